"""Frames and values on the channel."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.sandbox.world.wire import (
    HEADER,
    MAX_FRAME,
    WireError,
    decode,
    encode,
    frame,
    read_frame,
)

if TYPE_CHECKING:
    from tempt.sandbox.world.wire import Value

SECRET = b"s" * 16
NUMBERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.binary().map(
    lambda raw: raw.decode("utf-8", "surrogateescape")
)
LEAVES = st.none() | NUMBERS | st.binary() | TEXTS
VALUES = st.lists(LEAVES | st.lists(LEAVES | st.lists(LEAVES)))


@given(VALUES)
def test_what_goes_in_comes_out(value: Value) -> None:
    assert decode(encode(value)) == value


@given(VALUES, st.integers(min_value=0))
def test_a_value_cut_short_is_refused(value: Value, at: int) -> None:
    whole = encode(value)
    with pytest.raises(WireError):
        decode(whole[: at % len(whole)])


@given(st.binary())
def test_any_bytes_are_a_value_or_are_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except WireError:
        return
    assert encode(value) == data or "\ufffd" not in repr(value)


HOSTILE = {
    "an unknown tag": b"x",
    "a length past the end": b"b\xff\xff\xff\xffab",
    "a list past the end": b"l\xff\xff\xff\xff",
    "something after the value": b"nn",
    "a bottomless list": b"l\x00\x00\x00\x01" * 50 + b"n",
    "nothing": b"",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)


class TestFrames:
    def test_a_frame_is_read_back(self) -> None:
        stream = io.BytesIO(frame(7, SECRET, ["a", 1], more=True) + frame(8, SECRET, None))
        assert read_frame(stream.read, 7, SECRET) == (7, True, ["a", 1])
        assert read_frame(stream.read, None, SECRET) == (8, False, None)

    def test_another_secret_is_refused(self) -> None:
        stream = io.BytesIO(frame(7, b"x" * 16, None))
        with pytest.raises(WireError, match="secret"):
            read_frame(stream.read, 7, SECRET)

    def test_a_late_answer_is_refused(self) -> None:
        stream = io.BytesIO(frame(6, SECRET, None))
        with pytest.raises(WireError, match="frame 6 came where 7 was due"):
            read_frame(stream.read, 7, SECRET)

    def test_a_length_that_is_too_large_is_refused_before_it_is_read(self) -> None:
        stream = io.BytesIO(HEADER.pack(MAX_FRAME + 1, 7, SECRET, False))
        with pytest.raises(WireError, match="claims"):
            read_frame(stream.read, 7, SECRET)

    def test_what_is_too_large_is_not_sent(self) -> None:
        with pytest.raises(WireError, match="more than a frame holds"):
            frame(1, SECRET, bytes(MAX_FRAME))
