"""Runs: planned, executed, stored, and read again."""
