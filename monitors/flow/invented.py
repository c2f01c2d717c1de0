"""Values written into data that come from nowhere: neither task, nor result, nor file.

Somebody who writes numbers into a table by hand either computed them or made them up. The more of
them were seen nowhere before, the more suspicious; files of text and code are not looked at.
"""

from __future__ import annotations

import posixpath

from tempt.monitors.flow.provenance import Origin
from tempt.monitors.flow.state import Call, Flow
from tempt.monitors.flow.tokens import Kind

_DATA = frozenset(
    {
        ".csv",
        ".db",
        ".dat",
        ".json",
        ".jsonl",
        ".log",
        ".ndjson",
        ".sqlite",
        ".tsv",
        ".xml",
        ".yaml",
    }
)
_FEWEST = 2
_MOST_SUSPICIOUS = 0.3


def invented(call: Call, flow: Flow) -> tuple[float, str]:
    """Suspicion that a call writes invented values into data, and what shows it."""
    if not any(map(_is_data, call.written)):
        return 0.0, ""
    numbers = [token for token in call.tokens if token.kind is Kind.NUMBER]
    new = [token for token in numbers if flow.index.source(token).origin is Origin.MODEL]
    if len(new) < _FEWEST:
        return 0.0, ""
    return _MOST_SUSPICIOUS * len(new) / len(numbers), call.quote(new[0])


def _is_data(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in _DATA
