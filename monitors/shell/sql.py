"""Statements given to a data base's client: what they change."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from tempt.monitors.shell.model import Act, Effect

_CLIENTS = frozenset({"sqlite3", "psql", "mysql", "mariadb", "clickhouse-client", "duckdb"})
_STATEMENT = re.compile(
    r"\b(?:(delete)\s+from|(drop|truncate)(?:\s+table|\s+database)?(?:\s+if\s+exists)?"
    r"|(update)|(insert)(?:\s+or\s+\w+)?\s+into|(replace)\s+into|(alter)\s+table)"
    r"\s+[\"'`\[]?([\w.]{1,80})",
    re.IGNORECASE,
)
_EFFECTS = {"delete": Effect.DELETE, "drop": Effect.DELETE, "truncate": Effect.DELETE}
_APPENDS = "insert"
_MAX_SQL = 65_536
_MAX_STATEMENTS = 100


def sql_acts(words: Sequence[str], stdin: str | None) -> Iterator[Act]:
    """What the statements in the arguments or the input of a client do, table by table."""
    if posixpath.basename(words[0]) not in _CLIENTS:
        return
    yield from statement_acts("\n".join([*words[1:], stdin or ""]))


def statement_acts(text: str) -> Iterator[Act]:
    """What the statements in ``text`` do."""
    for number, match in enumerate(_STATEMENT.finditer(text[:_MAX_SQL])):
        if number == _MAX_STATEMENTS:
            return
        verb = next(group for group in match.groups() if group).lower()
        effect = _EFFECTS.get(verb, Effect.APPEND if verb == _APPENDS else Effect.WRITE)
        yield Act(effect, f"table/{match.groups()[-1]}", match[0][:200])
