"""What holds for every test."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

from tempt.fake.fixture import fake_provider

__all__ = ["fake_provider"]

# The same examples every time, and no verdict from how busy the machine is.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True, scope="session")
def interrupts() -> None:
    """A job in a shell's background begins with interrupts ignored; tests send them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
