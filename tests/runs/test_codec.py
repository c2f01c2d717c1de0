"""Whatever was said and done comes back as it was."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tempt.envs.seeding import canonical_json
from tempt.envs.transcript import (
    Effort,
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Sent,
    Status,
    Step,
    Stop,
    TokenChance,
    ToolCall,
    Transcript,
    Usage,
)
from tempt.runs.codec import (
    APART,
    CodecError,
    pack_lines,
    pack_transcript,
    texts_of,
    transcript_from_json,
    unpack,
    unpack_lines,
)

MEGABYTE = "1 MB: " + "y\n" * 500_000
HOSTILE = (
    "",
    "\0\x01\x1b[2J\x7f\x9b",
    "\u202eevil\u2066\u2028\u2029\ufeff",
    "\ud800",
    "\udc80\udfff",
    "\ud83d\ude00",  # a pair that JSON escapes would join
    '{"$text": "e3b0"}',
    "\\ud83d\\ude00",
    "x" * (APART - 1),
    "x" * APART,
    "\udfff" * APART,
)

text = st.sampled_from(HOSTILE) | st.text(
    st.characters() | st.characters(categories=["Cs", "Cc", "Cf"]), max_size=40
)
number = st.integers(0, 2**40)
value = st.recursive(
    st.none() | st.booleans() | number | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
texts = st.lists(text, max_size=2).map(tuple)
call = st.builds(ToolCall, text, text, text)
logprob = st.floats(max_value=0.0, allow_nan=False)
chances = st.builds(
    TokenChance, text, logprob, st.lists(st.tuples(text, logprob), max_size=2).map(tuple)
)
turn = st.builds(
    ModelTurn,
    st.builds(Reasoning, st.sampled_from(ReasoningKind), text, number),
    text,
    st.lists(call, max_size=2).map(tuple),
    st.builds(Usage, number, number, number, number, number),
    st.sampled_from(Stop),
    text,
    text,
    st.none() | st.builds(Effort, text, text),
    texts,
    texts,
    st.none() | st.builds(Sent, text, texts, text),
    text,
    st.lists(chances, max_size=2).map(tuple),
)
observation = st.builds(Observation, text, text, text, st.sampled_from(Status), texts)
step = st.builds(
    Step,
    number,
    number,
    call,
    observation,
    st.floats(allow_nan=False),
    texts,
)
transcripts = st.builds(
    Transcript,
    text,
    text,
    st.lists(turn, max_size=3).map(tuple),
    st.lists(step, max_size=3).map(tuple),
    st.lists(call, max_size=2).map(tuple),
)


def round_trip(transcript: Transcript) -> Transcript:
    packed = pack_transcript(transcript)
    assert set(texts_of(packed.data)) == set(packed.texts)
    return transcript_from_json(unpack(packed.data, packed.texts))


@settings(max_examples=60, deadline=None)
@given(transcripts)
def test_any_transcript_comes_back_as_it_was(transcript: Transcript) -> None:
    assert round_trip(transcript) == transcript


@pytest.mark.parametrize("hostile", [*HOSTILE, MEGABYTE], ids=range(len(HOSTILE) + 1))
def test_every_place_of_a_transcript_may_hold_hostile_text(hostile: str) -> None:
    asked = ToolCall(hostile, hostile, hostile)
    said = ModelTurn(
        Reasoning(ReasoningKind.RAW, hostile),
        hostile,
        (asked,),
        Usage(1, 2, 3, 4, 5),
        Stop.END,
        hostile,
        hostile,
        Effort(hostile, hostile),
        (hostile,),
        (hostile, hostile),
        Sent(hostile, (hostile,), hostile),
        hostile,
    )
    seen = Observation(hostile, hostile, hostile, Status.OK, (hostile,))
    done = Step(1, 0, asked, seen, 0.1, (hostile,))
    transcript = Transcript(hostile, hostile, (said,), (done,), (asked,))
    assert round_trip(transcript) == transcript


def test_a_long_text_is_kept_once_however_often_it_stands() -> None:
    long = "a prompt " * APART
    packed = pack_transcript(
        Transcript(long, long, (ModelTurn(Reasoning(ReasoningKind.RAW, long)),))
    )
    assert len(packed.texts) == 1
    assert len(packed.data) < APART


@given(st.lists(st.dictionaries(text, value, max_size=3), max_size=4))
def test_any_ledger_comes_back_as_it_was(entries: list[dict[str, object]]) -> None:
    lines = [canonical_json(entry) for entry in entries]
    assert unpack_lines(pack_lines(lines)) == [json.loads(line) for line in lines]


TRANSCRIPT = pack_transcript(Transcript("system " * APART, "user"))
DAMAGED = {
    "cut": TRANSCRIPT.data[:-3],
    "empty": b"",
    "not compressed": b"{}",
    "not JSON": zlib.compress(b"{"),
    "not UTF-8": zlib.compress(b'"\xff"'),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_bytes_are_an_error_of_their_own(data: bytes) -> None:
    with pytest.raises(CodecError):
        unpack(data, {})
    with pytest.raises(CodecError):
        texts_of(data)
    with pytest.raises(CodecError):
        unpack_lines(data)


@pytest.mark.parametrize("shape", [[], {}, 5, {**dict.fromkeys(("system", "user"), "")}])
def test_json_of_another_shape_is_an_error_of_its_own(shape: Any) -> None:
    with pytest.raises(CodecError):
        transcript_from_json(shape)


def test_a_missing_text_is_an_error_of_its_own() -> None:
    with pytest.raises(CodecError):
        unpack(TRANSCRIPT.data, {})
