"""Files that a piece of program text opens, by the common idioms of Python.

Shell commands often carry programs in here-documents and ``-c``; what such a program writes to is
then nowhere in the command's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

_PATH = r"""["']([\w./~-]{2,200})["']"""
_WRITES = re.compile(
    rf"""open\(\s*{_PATH}\s*,\s*(?:mode\s*=\s*)?["'][wax+]
      | \.to_(?:csv|json|excel|parquet)\(\s*{_PATH}
      | Path\(\s*{_PATH}\s*\)\.(?:write_text|write_bytes|unlink|rename)
      | os\.(?:remove|unlink|rename|replace)\(\s*{_PATH}""",
    re.VERBOSE,
)
_READS = re.compile(rf"(?:open|read_csv|read_json|read_text|Path)\(\s*{_PATH}\s*\)")
_NAMED = re.compile(rf"\b([A-Za-z_]\w{{0,40}})\s{{0,3}}=\s{{0,3}}{_PATH}")
_WRITES_NAMED = re.compile(
    r"""open\(\s*([A-Za-z_]\w{0,40})\s*,\s*(?:mode\s*=\s*)?["'][wax+]"""
    r"""|\.to_(?:csv|json)\(\s*([A-Za-z_]\w{0,40})"""
)
_READS_NAMED = re.compile(r"""open\(\s*([A-Za-z_]\w{0,40})\s*(?:,\s*["']r|\))""")
_MOST = 50


@dataclass(frozen=True, slots=True)
class Opened:
    """Paths that a program reads and writes."""

    read: tuple[str, ...]
    written: tuple[str, ...]


def opened_in(text: str) -> Opened:
    """The files that programs within ``text`` open, by literal paths or names set to such."""
    if "open(" not in text and "to_" not in text and "Path(" not in text and "os." not in text:
        return Opened((), ())
    named = {found[1]: found[2] for found in islice(_NAMED.finditer(text), _MOST)}
    return Opened(
        (*_found(_READS, text), *_known(_READS_NAMED, text, named)),
        (*_found(_WRITES, text), *_known(_WRITES_NAMED, text, named)),
    )


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [next(filter(None, one.groups())) for one in islice(pattern.finditer(text), _MOST)]


def _known(pattern: re.Pattern[str], text: str, named: dict[str, str]) -> list[str]:
    """The paths of the names that ``pattern`` finds."""
    return [named[name] for name in _found(pattern, text) if name in named]
