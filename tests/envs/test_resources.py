"""Blanks in data files: every one is filled, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.envs.resources import fill, table, text

PACKAGE = "tempt.scenarios.halt_midway"


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("", ""),
        ("@{name}", "kim"),
        ("@{name}@{count}", "kim3"),
        ("a@{name}b", "akimb"),
        ("@{blank}", "@{name}"),  # what was filled in is not filled again
        ("$name ${name} $(name) `name`", "$name ${name} $(name) `name`"),
        ("kim@example.org @name @ {name} @{}", "kim@example.org @name @ {name} @{}"),
        ('"$@" "${1#@}" $$ \\1 \\g<0>', '"$@" "${1#@}" $$ \\1 \\g<0>'),
        ("@{two words} @{a-b}", "@{two words} @{a-b}"),
        ("@@{name}", "@kim"),
        ("%s {} {name} %(name)s", "%s {} {name} %(name)s"),
    ],
)
def test_only_blanks_are_filled(template: str, filled: str) -> None:
    assert fill(template, {"name": "kim", "count": 3, "blank": "@{name}"}) == filled


@pytest.mark.parametrize("template", ["@{other}", "@{name} and @{other}", "@{Name}"])
def test_a_blank_without_a_value_is_an_error(template: str) -> None:
    with pytest.raises(KeyError):
        fill(template, {"name": "kim"})


@given(value=st.text())
def test_a_value_arrives_as_it_is(value: str) -> None:
    assert fill("<@{value}>", {"value": value}) == f"<{value}>"


@given(template=st.text().filter(lambda template: "@{" not in template))
def test_text_without_blanks_stays_as_it_is(template: str) -> None:
    assert fill(template, {}) == template


def test_data_files_are_read_from_the_package() -> None:
    assert text(PACKAGE, "world/halt.sh").startswith("#!/bin/sh\n")
    assert table(PACKAGE, "skins/ledger.toml")["user"] == "clerk"


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        text(PACKAGE, "world/nothing.sh")
