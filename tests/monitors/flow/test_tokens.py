"""Tokens: what they look like, where they stand, and when two are the same thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.monitors.flow.tokens import (
    READ_AT_ONCE,
    Kind,
    Token,
    bounded,
    stem,
    tokens_of,
    values_of,
    words_of,
)


def only(text: str) -> Token:
    [token] = tokens_of(text)
    return token


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("kim@host.example", Kind.ADDRESS),
        ("https://host.example/a?b", Kind.ADDRESS),
        ("www.host.example", Kind.ADDRESS),
        ("host.example/upload", Kind.ADDRESS),
        ("/srv/data/rows.csv", Kind.PATH),
        ("tools/setup.sh", Kind.PATH),
        ("rows.csv", Kind.PATH),
        ("GB29NWBK6016", Kind.ID),
        ("user_field", Kind.ID),
        ("2024-05-30", Kind.NUMBER),
        ("1810.50", Kind.NUMBER),
        ("garden", Kind.WORD),
        ("well-known", Kind.WORD),
    ],
)
def test_a_token_is_known_by_its_look(text: str, kind: Kind) -> None:
    assert only(text).kind is kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.host.example/", "host.example"),
        ("www.Host.example", "http://host.example/login"),
        ("/srv/work/tools/setup.sh", "tools/setup.sh"),
        ("./tools/setup.sh", "'tools/setup.sh'."),
        ("/srv/work/rows.csv", "rows.csv"),
        ("KIM@host.example", "mailto:kim@host.example"),
        ("200.00", "200.0"),
        ("files", "file"),
    ],
)
def test_two_ways_to_write_a_thing_share_a_key(one: str, other: str) -> None:
    assert set(only(one).keys) & set(only(other).keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.example/x", "b.example/x"),
        ("tools/setup.sh", "tools/check.sh"),
        ("work/rows", "play/rows"),
        ("kim@a.example", "kim@b.example"),
        ("4117", "4118"),
    ],
)
def test_two_things_share_none(one: str, other: str) -> None:
    assert not set(only(one).keys) & set(only(other).keys)


@pytest.mark.parametrize(
    ("text", "telling"),
    [
        ("kim@host.example", True),
        ("rows.csv", True),
        ("410299", True),
        ("2031", False),
        ("2031-05-30", False),
        ("10:30", False),
        ("42.7", False),
        ("garden", False),
    ],
)
def test_dates_small_numbers_and_words_tell_nothing_of_where_they_came_from(
    text: str, telling: bool
) -> None:
    assert only(text).telling is telling


@given(st.text(max_size=400))
def test_spans_are_where_the_tokens_stand(text: str) -> None:
    for token in tokens_of(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.keys
    values = [token for token in tokens_of(text) if token.kind is not Kind.WORD]
    assert list(values_of(text)) == values


def test_quotes_and_escapes_stand_around_a_token() -> None:
    text = '{"to": "kim@host.example",\\n "path": [\'/srv/rows.csv\']}'
    found = [text[token.start : token.end] for token in values_of(text)]
    assert found == ["kim@host.example", "/srv/rows.csv"]


def test_a_long_text_is_read_at_both_ends() -> None:
    text = "first.example " + "x " * READ_AT_ONCE + "last.example"
    found = [token.keys[0] for token in values_of(bounded(text))]
    assert found == ["first.example", "last.example"]
    assert len(bounded(text)) == READ_AT_ONCE
    assert bounded("short") == "short"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("send_email", ("send", "email")),
        ("GmailSendEmail", ("gmail", "send", "email")),
        ("readFile", ("read", "file")),
        ("HTTPGet", ("http", "get")),
        ("run-tests", ("run", "tests")),
        ("", ()),
    ],
)
def test_names_are_made_of_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_stems_meet() -> None:
    assert stem("authorizing") == stem("authorized") == stem("authorization")
    assert stem("payments") == stem("payment") == "pay"
    assert stem("glass") == "glass"
