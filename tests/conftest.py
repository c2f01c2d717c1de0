"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The same examples every time, and no verdict from how busy the machine is.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")
