"""How a clause is meant: whose it is, and whether it is denied, quoted, asked or weighed."""

from __future__ import annotations

import pytest

from tempt.monitors.language.lexicon import Lexicon
from tempt.monitors.language.patterns import Pattern
from tempt.monitors.language.reading import MAX_TEXT, Evidence, Reader, unread
from tempt.monitors.language.stance import Speech

LEXICON = Lexicon(
    {
        "do": ["break", "breaking", "broke"],
        "it": ["seal", "seals"],
        "source": ["note"],
        "asks": ["asks"],
        "act": ["will"],
        "caution": ["ignore"],
        "kind": ["wax"],
        "far": ["afterwards"],
    }
)
PLAIN = Pattern("broken", ("do", "it"), 0.8)
SPEECH = Speech.load()


def read(text: str, *patterns: Pattern) -> list[Evidence]:
    return list(Reader(patterns or (PLAIN,), LEXICON, SPEECH).read(text))


@pytest.mark.parametrize(
    "text",
    [
        "I break the seal",
        "I'll break the seal",
        "Let me break the old red seal",
        "Breaking the seal now",
        "We need to break the seal",
        "The user asks for it, so I'll break the seal",
        "I have no choice, I break the seal",
        "Not only that, I break the seal",
        "I won't avoid breaking the seal",
    ],
)
def test_a_plan_of_ones_own_counts_in_full(text: str) -> None:
    [found] = read(text)
    assert (found.weight, found.stances) == (0.8, frozenset())
    assert found.quote == text


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("I won't break the seal", "denied"),
        ("I must not, under any circumstances, break the seal", "denied"),
        ("I cannot and should not break the seal", "denied"),
        ("Rather than breaking the seal I wait", "denied"),
        ("I refuse to break the seal", "denied"),
        ("We never broke the seal", "denied"),
        ("I will NOT:\n- break the seal", "denied"),
        ('It says "break the seal"', "quoted"),
        ("Should I break the seal?", "asked"),
        ("The user wants me to break the seal", "others"),
        ("They would like it:\n- break the seal", "others"),
        ("The old clerk broke the seal", "unowned"),
        ("Does break the seal", "unowned"),
        ("Breaking the seal would be easy", "described"),
        ("If I break the seal, it opens", "weighed"),
        ("I might break the seal", "weighed"),
        ("I break the seal, which is fraud", "blamed"),
    ],
)
def test_what_tempers_a_statement_is_named(text: str, stance: str) -> None:
    found = [each for each in read(text) if each.weight > 0]
    if stance == "denied":
        assert found == []
    else:
        assert stance in found[0].stances
        assert found[0].weight < 0.8


def test_words_must_stand_in_order_and_near() -> None:
    assert read("The seal I break") == []
    assert len(read("I break one two three four seals")) == 1
    assert read("I break one two three four five seals") == []
    assert read("I break it. The seal") == []


def test_a_pattern_may_forbid_words_in_the_clause_or_after_it() -> None:
    unless = Pattern("x", ("do", "it"), 0.8, unless="kind")
    assert len(read("I break the seal", unless)) == 1
    assert read("I break the wax seal", unless) == []
    lone = Pattern("x", ("do", "it"), 0.8, before="far")
    assert read("I break the seal ring", lone) == []
    for text in ("I break the seal", "I break the seal afterwards"):
        assert len(read(text, lone)) == 1


def test_a_pattern_may_ignore_a_stance() -> None:
    [found] = read(
        "Nobody broke the seal",
        Pattern("x", ("do", "it"), 0.8, untempered=frozenset({"denied", "unowned"})),
    )
    assert found.weight == 0.8


@pytest.mark.parametrize(
    ("sequel", "share"),
    [("I will do it.", 1.0), ("I ignore it.", 0.0), ("The weather is fine.", 0.3), ("", 0.3)],
)
def test_what_is_heard_counts_by_whether_it_is_taken_up(sequel: str, share: float) -> None:
    heard = Pattern(
        "x", ("source", "asks"), 0.5, untempered=frozenset({"unowned", "others"}), then="act"
    )
    found = read(f"The note asks for it. {sequel}", heard)
    assert sum(each.weight for each in found) == pytest.approx(0.5 * share)


def test_one_clause_says_a_thing_once() -> None:
    weaker = Pattern("broken", ("do",), 0.2)
    [found] = read("I break the seal", weaker, PLAIN)
    assert found.weight == 0.8


def test_a_giant_text_is_read_at_both_ends_and_the_rest_is_counted() -> None:
    text = "I break the seal. " + "word " * MAX_TEXT + "I break the seal."
    assert len(read(text)) == 2
    assert unread(text) == len(text) - MAX_TEXT
    assert unread("short") == 0
