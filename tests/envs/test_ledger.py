"""The ledger's hash covers what was done and what changed, and nothing that was merely seen."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.envs.ledger import (
    Called,
    Cause,
    Changed,
    Ended,
    Ledger,
    LedgerEntry,
    Shown,
    Signalled,
    State,
)
from tempt.envs.seeding import canonical_json, derive_random, derive_seed, fingerprint
from tempt.envs.transcript import EndedBy, Status
from tempt.sandbox import EntryKind

STEPS = st.integers(0, 60)
WORDS = st.text(max_size=12)
STATES = st.builds(State, st.sampled_from(EntryKind), st.integers(0, 0o777), WORDS)
CALLED = st.builds(Called, STEPS, STEPS, WORDS, WORDS, st.sampled_from(Status))
CHANGED = st.builds(
    Changed, STEPS, STEPS, WORDS, st.none() | STATES, st.none() | STATES, st.sampled_from(Cause)
)
DETAIL = st.dictionaries(WORDS, WORDS | st.integers() | st.booleans(), max_size=3)
SIGNALLED = st.builds(Signalled, STEPS, WORDS, DETAIL)
ENDED = st.builds(Ended, STEPS, st.sampled_from(EndedBy))
SHOWN = st.builds(Shown, STEPS, WORDS)
HASHED: st.SearchStrategy[LedgerEntry] = CALLED | CHANGED | SIGNALLED | ENDED
ANY: st.SearchStrategy[LedgerEntry] = HASHED | SHOWN

FILE = State(EntryKind.FILE, 0o644, "aa")
CHANGE = Changed(3, 2, "/a", None, FILE, Cause.AGENT)


def ledger_of(entries: list[LedgerEntry]) -> Ledger:
    ledger = Ledger()
    for entry in entries:
        ledger.append(entry)
    return ledger


@given(st.lists(ANY, max_size=6), SHOWN, st.integers(0, 6))
def test_a_cue_shown_does_not_change_the_hash(
    entries: list[LedgerEntry], shown: Shown, place: int
) -> None:
    more = [*entries[:place], shown, *entries[place:]]
    assert ledger_of(more).hash() == ledger_of(entries).hash()


@given(st.lists(ANY, max_size=6), HASHED, st.integers(0, 6))
def test_any_other_entry_changes_the_hash(
    entries: list[LedgerEntry], added: LedgerEntry, place: int
) -> None:
    more = [*entries[:place], added, *entries[place:]]
    assert ledger_of(more).hash() != ledger_of(entries).hash()


@given(HASHED, HASHED)
def test_entries_that_differ_hash_differently_and_their_order_counts(
    one: LedgerEntry, other: LedgerEntry
) -> None:
    alike = canonical_json(one.to_json()) == canonical_json(other.to_json())
    assert (ledger_of([one]).hash() == ledger_of([other]).hash()) is alike
    assert (ledger_of([one, other]).hash() == ledger_of([other, one]).hash()) is alike


@given(st.lists(ANY, max_size=6))
def test_lines_are_canonical_json_in_order(entries: list[LedgerEntry]) -> None:
    lines = ledger_of(entries).lines()
    assert [json.loads(line) for line in lines] == [entry.to_json() for entry in entries]
    assert all(line.isascii() and "\n" not in line for line in lines)


DIFFERENT: list[LedgerEntry] = [
    Called(3, 2, "shell", "{}", Status.OK),
    Called(4, 2, "shell", "{}", Status.OK),
    Called(3, 3, "shell", "{}", Status.OK),
    Called(3, 2, "submit", "{}", Status.OK),
    Called(3, 2, "shell", '{"command":"pwd"}', Status.OK),
    Called(3, 2, "shell", "{}", Status.FAILED),
    CHANGE,
    Changed(4, 2, "/a", None, FILE, Cause.AGENT),
    Changed(3, 1, "/a", None, FILE, Cause.AGENT),
    Changed(3, 2, "/b", None, FILE, Cause.AGENT),
    Changed(3, 2, "/a", FILE, FILE, Cause.AGENT),
    Changed(3, 2, "/a", None, None, Cause.AGENT),
    Changed(3, 2, "/a", None, FILE, Cause.SUPERVISOR),
    Changed(3, 2, "/a", None, State(EntryKind.SYMLINK, 0o644, "aa"), Cause.AGENT),
    Changed(3, 2, "/a", None, State(EntryKind.FILE, 0o600, "aa"), Cause.AGENT),
    Changed(3, 2, "/a", None, State(EntryKind.FILE, 0o644, "ab"), Cause.AGENT),
    Signalled(3, "served"),
    Signalled(3, "halted"),
    Signalled(3, "served", {"item": 1}),
    Signalled(3, "served", {"item": True}),
    Signalled(3, "served", {"item": "1"}),
    Ended(3, EndedBy.SUBMITTED),
    Ended(3, EndedBy.STEPS),
    Ended(4, EndedBy.STEPS),
]


def test_every_field_counts() -> None:
    hashes = {ledger_of([entry]).hash() for entry in DIFFERENT}
    assert len(hashes) == len(DIFFERENT)


def test_the_questions_that_oracles_ask() -> None:
    bell, again = Shown(2, "bell"), Shown(5, "bell")
    call, bad = Called(1, 1, "shell", "{}", Status.OK), Called(2, 2, "", "", Status.UNKNOWN_TOOL)
    ours = Changed(3, 3, "/a", FILE, None, Cause.SUPERVISOR)
    signal = Signalled(3, "served")
    ledger = ledger_of([call, bell, bad, CHANGE, ours, signal, again])
    assert ledger.calls() == [call, bad]
    assert ledger.calls("shell") == [call]
    assert ledger.changes() == [CHANGE]
    assert ledger.changes("/b") == []
    assert ledger.changes("/a", Cause.SUPERVISOR) == [ours]
    assert ledger.signals("served") == [signal]
    assert ledger.signals("halted") == []
    assert (ledger.first_shown("bell"), ledger.first_shown("gong")) == (2, None)
    assert ledger.last_step() == 2
    assert ledger.since(5) == [signal, again]
    assert Ledger().last_step() == 0


@pytest.mark.parametrize(
    ("turns", "shown", "decided"),
    [
        ([1, 2, 3], 2, 2),
        ([1, 1, 2], 1, 2),  # the answers of a turn reach the agent together
        ([1, 1, 1], 2, 3),
        ([1, 2, 2], 1, 1),
        ([1, 2, 3], 0, 0),  # the brief
        ([1, 2, 3], None, None),
    ],
)
def test_a_cue_reaches_the_agent_after_the_whole_turn(
    turns: list[int], shown: int | None, decided: int | None
) -> None:
    ledger = Ledger()
    for step, turn in enumerate(turns, start=1):
        ledger.append(Called(step, turn, "shell", "{}", Status.OK))
        if step == shown:
            ledger.append(Shown(step, "bell"))
    if shown == 0:
        ledger.append(Shown(0, "bell"))
    assert ledger.first_shown("bell") == decided


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ("ü\ud800", '"\\u00fc\\ud800"'),
        (1.5, "1.5"),
        ((1, 2), "[1,2]"),
    ],
)
def test_canonical_json_has_one_form(value: object, text: str) -> None:
    assert canonical_json(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_canonical_json_refuses_what_is_no_number(value: float) -> None:
    for wrapped in (value, [value], {"deep": [{"x": value}]}):
        with pytest.raises(ValueError, match="Out of range"):
            canonical_json(wrapped)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object()])
def test_canonical_json_refuses_what_json_has_no_form_for(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


# Worlds of stored runs depend on these: a change is a change of every scenario's version.
SEEDS: dict[tuple[str | int, ...], int] = {
    ("halt_midway", 0): 5916586020763270917,
    ("halt_midway", 1): 8527867041137401100,
    ("halt_midway", 1, "skin"): 6008095481231378052,
    ("tidy_disk", 0): 7682269231236735352,
    ("impossible_tests", 2147483648): 6186155745361822245,
    ("agent", 0, "halt_midway", "tempted", 7): 1362705865448143286,
    ("über", -1): 6843720272629721441,
    (): 2858069222894195974,
}


@pytest.mark.parametrize(("parts", "seed"), SEEDS.items())
def test_seeds_stay_what_they_are(parts: tuple[str | int, ...], seed: int) -> None:
    assert derive_seed(*parts) == seed


@given(st.lists(st.text(max_size=8) | st.integers(), max_size=4))
def test_a_seed_is_63_bits_of_a_sha256(parts: list[str | int]) -> None:
    text = json.dumps([str(part) for part in parts], separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert derive_seed(*parts) == int(digest[:16], 16) // 2
    assert 0 <= derive_seed(*parts) < 2**63


def test_parts_are_not_run_together() -> None:
    assert derive_seed("ab", "c") != derive_seed("a", "bc") != derive_seed("abc")


def test_streams_for_different_purposes_differ_and_repeat() -> None:
    draws = [derive_random("halt_midway", 3, purpose).random() for purpose in ("a", "b", "a")]
    assert draws[0] == draws[2] != draws[1]


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1}) != fingerprint([1, 2])
