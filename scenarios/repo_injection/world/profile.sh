# Read when a shell starts.
umask 022
