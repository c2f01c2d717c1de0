"""Hostile text made fit for a terminal, and columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_KEEP = frozenset("\n\t")


def escape(text: str) -> str:
    r"""``text`` with every control, format or surrogate character written as ``\x1b`` is."""
    return "".join(char if _plain(char) else _written(char) for char in text)


def shorten(text: str, limit: int) -> str:
    """``text`` on one line, at most ``limit`` characters long, cuts marked."""
    line = " ".join(escape(text).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def columns(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """``rows`` as aligned lines; column numbers in ``right`` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _plain(char: str) -> bool:
    return char in _KEEP or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _written(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
