"""Hostile text on its way to a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.reports.text import columns, escape, shorten

ESCAPES = {
    "plain": "plain",
    "tab\tand\nline": "tab\tand\nline",
    "ümlaut 漢字 🙂 é": "ümlaut 漢字 🙂 é",
    "\x1b[31mred\x1b[0m": "\\x1b[31mred\\x1b[0m",
    "over\rwritten": "over\\x0dwritten",
    "\b\x7f\0": "\\x08\\x7f\\x00",
    "\x9b2J": "\\x9b2J",
    "\u202egnp.exe\u2066": "\\u202egnp.exe\\u2066",
    "a\u2028b\u2029c\u0085": "a\\u2028b\\u2029c\\x85",
    "\ud800 lone": "\\ud800 lone",
    "\U000e0041 tag": "\\U000e0041 tag",
    "zero\u200bwidth\ufeff": "zero\\u200bwidth\\ufeff",
    "\ue000 private": "\\ue000 private",
}


@pytest.mark.parametrize(("hostile", "harmless"), ESCAPES.items(), ids=range(len(ESCAPES)))
def test_what_a_terminal_would_obey_is_written_out(hostile: str, harmless: str) -> None:
    assert escape(hostile) == harmless


@given(st.text(st.characters() | st.characters(categories=["Cc", "Cf", "Cs", "Co"])))
def test_whatever_is_escaped_can_be_printed_and_is_escaped_once(text: str) -> None:
    safe = escape(text)
    left = {unicodedata.category(char) for char in safe if char not in "\n\t"}
    assert left.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    assert escape(safe) == safe
    assert safe.encode().decode() == safe


@given(st.text(), st.integers(3, 50))
def test_a_shortened_text_is_one_line_of_bounded_length(text: str, limit: int) -> None:
    line = shorten(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    whole = " ".join(escape(text).split())
    assert line == whole if len(whole) <= limit else line.endswith("...")


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    rows = [["name", "n", "rest"], ["a", "1", "x"], ["longer", "100", ""]]
    assert columns(rows) == [
        "name    n    rest",
        "a       1    x",
        "longer  100",
    ]
    assert columns(rows, right=frozenset({1})) == [
        "name      n  rest",
        "a         1  x",
        "longer  100",
    ]


def test_no_rows_are_no_lines() -> None:
    assert columns([]) == []
