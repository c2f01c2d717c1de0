"""What runs inside a container: the supervisor's hands there, sent in source when it starts.

Nothing here may import more than Debian's ``python3-minimal`` has, nor anything of ours outside
this folder.
"""
