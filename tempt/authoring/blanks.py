"""Blanks: what a scenario's author has still to write, each marked where it stands.

A blank is written ``<FILL: what belongs here>``, in code, comments, tables and scripts alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tempt.authoring.places import files_of, folder_of

_BLANK = re.compile(r"<FILL: ?([^<>\n]*)>")


@dataclass(frozen=True, slots=True)
class Blank:
    """One blank.

    Attributes:
        file: Where it stands, beginning with the scenario's folder.
        line: And in which line.
        wanted: What belongs there.
    """

    file: str
    line: int
    wanted: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.wanted}"


def blanks(location: str) -> list[Blank]:
    """Every blank in the files of the scenario at ``location``, in order."""
    root = folder_of(location).parent
    return [
        Blank(str(file.relative_to(root)), number, match[1].strip())
        for file in files_of(location)
        for number, line in enumerate(_lines(file.read_bytes()), start=1)
        for match in _BLANK.finditer(line)
    ]


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines()
