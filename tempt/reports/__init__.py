"""What people read: tables and transcripts, made from stored runs."""
