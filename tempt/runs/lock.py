"""Who writes a run file holds it; whoever would write or delete it meanwhile is refused.

The hold is on the file itself and ends with the process, however that ends: nothing is left
behind. SQLite's own locks are of another kind and don't meet it. Closing any descriptor of a file
gives up those locks, though, so a hold is to be taken before the file is opened and given up after
it was closed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HeldError(Exception):
    """Somebody else is writing the run file, or it can't be held."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep every other writer from ``path`` within the block.

    Raises:
        HeldError: Another process writes to it, or it is missing.
    """
    try:
        # Not inherited by workers, which may outlive this process for a moment.
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise HeldError(f"{path} can't be read: {error.strerror}") from error
    try:
        _hold(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _hold(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise HeldError(f"{path} is being written by another process") from error
    except OSError as error:
        raise HeldError(f"{path} can't be locked: {error.strerror}") from error
    if not os.fstat(descriptor).st_nlink:
        raise HeldError(f"{path} has just been deleted")
