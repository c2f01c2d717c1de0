"""Frames and values on the channel between host and container.

A frame is a length, the number of the request it belongs to, the session's secret, a flag that
says whether more frames follow, and one value. Values are ``None``, integers, bytes, text and
lists of values. Whatever does not fit is refused: neither side trusts the other's lengths.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

TYPE_CHECKING = False  # the module that has it takes a container long to import
if TYPE_CHECKING:
    from typing import Any

    Value = None | int | bytes | str | list["Value"]

HEADER = struct.Struct(">IQ16s?")
SECRET_BYTES = 16
MAX_FRAME = 16 * 1024 * 1024
_NUMBER = struct.Struct(">q")
_LENGTH = struct.Struct(">I")
_DEEPEST = 6


class WireError(Exception):
    """Bytes on the channel are not what the protocol says."""


def encode(value: Value) -> bytes:
    """The bytes of ``value``."""
    parts: list[bytes] = []
    _put(value, parts)
    return b"".join(parts)


def _put(value: Value, parts: list[bytes]) -> None:
    if value is None:
        parts.append(b"n")
    elif isinstance(value, int):
        parts.append(b"i" + _NUMBER.pack(value))
    elif isinstance(value, bytes):
        parts.append(b"b" + _LENGTH.pack(len(value)))
        parts.append(value)
    elif isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
        parts.append(b"s" + _LENGTH.pack(len(raw)))
        parts.append(raw)
    else:
        parts.append(b"l" + _LENGTH.pack(len(value)))
        for each in value:
            _put(each, parts)


def decode(data: bytes) -> Value:
    """The one value that ``data`` holds.

    Raises:
        WireError: The bytes are no value, or more than one.
    """
    try:
        value, end = _take(data, 0, _DEEPEST)
    except struct.error as error:
        raise WireError(f"a value is cut short: {error}") from error
    if end != len(data):
        raise WireError(f"{len(data) - end} bytes follow the value")
    return value


def _take(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    tag, at = data[at : at + 1], at + 1
    if tag == b"n":
        return None, at
    if tag == b"i":
        return _NUMBER.unpack_from(data, at)[0], at + _NUMBER.size
    if tag not in (b"b", b"s", b"l") or depth == 0:
        raise WireError(f"no value begins with {tag!r} here")
    (length,) = _LENGTH.unpack_from(data, at)
    at += _LENGTH.size
    if length > len(data) - at:
        raise WireError("a length reaches past the end of the frame")
    if tag == b"l":
        return _take_list(data, at, length, depth - 1)
    raw = data[at : at + length]
    return (raw if tag == b"b" else raw.decode("utf-8", "surrogateescape")), at + length


def _take_list(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    items: list[Value] = []
    for _ in range(count):
        item, at = _take(data, at, depth)
        items.append(item)
    return items, at


def frame(number: int, secret: bytes, value: Value, *, more: bool = False) -> bytes:
    """One frame.

    Raises:
        WireError: The value is too large for one.
    """
    body = encode(value)
    if len(body) > MAX_FRAME:
        raise WireError(f"{len(body)} bytes are more than a frame holds ({MAX_FRAME})")
    return HEADER.pack(len(body), number, secret, more) + body


def read_frame(
    read: Callable[[int], bytes], number: int | None, secret: bytes
) -> tuple[int, bool, Any]:
    """The next frame: its number, whether more follow, and its value.

    Args:
        read: Gives exactly as many bytes as it is asked for.
        number: The number it must have; ``None`` for any.
        secret: The secret it must carry.

    Raises:
        WireError: It is not the frame that was due.
    """
    length, found, token, more = HEADER.unpack(read(HEADER.size))
    if token != secret:
        raise WireError("a frame does not carry the session's secret")
    if number is not None and found != number:
        raise WireError(f"frame {found} came where {number} was due")
    if length > MAX_FRAME:
        raise WireError(f"a frame claims {length} bytes; {MAX_FRAME} are allowed")
    return found, more, decode(read(length))
