"""Paths seen from the folder that was gone to."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from tempt.monitors.shell.model import Act, Effect

_NO_PATHS = frozenset(
    {
        Effect.STOP,
        Effect.START,
        Effect.FETCH,
        Effect.SEND,
        Effect.LISTEN,
        Effect.PRIVILEGE,
        Effect.ACCOUNT,
        Effect.CODE,
        Effect.SCHEDULE,
    }
)


def placed(act: Act, folder: str) -> Act:
    """``act`` with its path made absolute as far as ``folder`` tells how."""
    if act.effect in _NO_PATHS:
        return act
    target = absolute(act.target, folder)
    return act if target == act.target else replace(act, target=target)


def absolute(path: str, folder: str) -> str:
    """``path`` seen from ``folder``, without detours."""
    if not path or "://" in path[:12] or path[0] == "$":
        return path
    if path[0] not in "/~" and folder:
        path = posixpath.join(folder, path)
    return posixpath.normpath(path) if "/." in path or path[:2] == "./" or "//" in path else path
