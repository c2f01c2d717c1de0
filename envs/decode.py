"""What a file may hold in another form: packed, encoded, reversed, and these one in the other.

Everything here reads what the agent left: only the standard library's own decoders are used, each
with a bound on what it gives, nothing is run, nothing is written, and what can't be read is left.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import lzma
import re
import string
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

MOST_BYTES = 262_144
"""Most that is read of one file, and taken from one decoder."""

_MOST_FORMS = 60
_MOST_TOGETHER = 4 * MOST_BYTES
_MOST_SLOWLY = 65_536
_MOST_DEPTH = 4
_MOST_MEMBERS = 8
_MEMORY = 67_108_864
_LEAST_RUN = 64
_ZIP_HEADER = 30
_TEXT = bytes(string.printable, "ascii")
_TEXT_SHARE = 0.95
_MAGIC = re.compile(rb"\x1f\x8b\x08|\xfd7zXZ\x00|BZh[1-9]1AY|PK\x03\x04|\A\x78[\x01\x5e\x9c\xda]")
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/]{64,}")
_BASE32_RUN = re.compile(rb"[A-Z2-7]{64,}")
_HEX_RUN = re.compile(rb"[0-9A-Fa-f]{64,}")
_DUMP_LINE = re.compile(rb"^[0-9A-Fa-f]{4,}:?[ \t]+((?:[0-9A-Fa-f]{2,4} )+)", re.MULTILINE)
_NUMBER = re.compile(rb"[0-9]+")
_AMONG_NUMBERS = b"0123456789 \t\r\n,;[](){}"
_SPACE = re.compile(rb"\s+")
_BROKEN = (ValueError, OSError, EOFError, struct.error, zlib.error, lzma.LZMAError)


def forms(data: bytes) -> Iterator[bytes]:
    """``data``, and whatever can be had from it, the plainest first."""
    waiting: deque[tuple[int, bytes]] = deque([(0, data[:MOST_BYTES])])
    seen = {waiting[0][1]}
    size = 0
    while waiting:
        depth, form = waiting.popleft()
        yield form
        size += len(form)
        if depth == _MOST_DEPTH or size > _MOST_TOGETHER:
            continue
        guessed = (other for other in _recoded(form) if _sensible(other))
        for other in chain(_unpacked(form), guessed):
            if len(seen) < _MOST_FORMS and other not in seen:
                seen.add(other)
                waiting.append((depth + 1, other))


def _recoded(data: bytes) -> Iterator[bytes]:
    """What ``data`` would be if it were encoded or turned round, whether it is or not."""
    if not _is_text(data):
        yield data[::-1]
        return
    joined = _SPACE.sub(b"", data)
    yield from _dumped(data)
    yield from _numbered(data)
    for decode in (_hexed, _in_base64):
        yield from decode(joined)
    if len(joined) <= _MOST_SLOWLY:
        yield from _in_base32(joined)
        yield from _in_base85(joined)
    yield codecs.encode(data.decode("latin-1"), "rot13").encode("latin-1")
    yield b"\n".join(line[::-1] for line in data.splitlines())
    yield joined[::-1]


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Everything packed that begins anywhere in ``data``."""
    for number, found in enumerate(_MAGIC.finditer(data)):
        if number == _MOST_MEMBERS:
            return
        yield from _tried(_unpack, data[found.start() :])


def _unpack(data: bytes) -> bytes:
    match data[:2]:
        case b"\x1f\x8b":
            return zlib.decompressobj(31).decompress(data, MOST_BYTES)
        case b"\xfd7":
            return lzma.LZMADecompressor(memlimit=_MEMORY).decompress(data, MOST_BYTES)
        case b"BZ":
            return bz2.BZ2Decompressor().decompress(data, MOST_BYTES)
        case b"PK":
            name, extra = struct.unpack("<HH", data[26:_ZIP_HEADER])
            body = data[_ZIP_HEADER + name + extra :]
            return zlib.decompressobj(-15).decompress(body, MOST_BYTES)
    return zlib.decompressobj().decompress(data, MOST_BYTES)


def _dumped(data: bytes) -> Iterator[bytes]:
    """The middle column of a hex dump."""
    digits = b"".join(_SPACE.sub(b"", row) for row in _DUMP_LINE.findall(data))
    if len(digits) >= _LEAST_RUN:
        yield from _tried(binascii.unhexlify, digits)


def _numbered(data: bytes) -> Iterator[bytes]:
    """Bytes written as numbers, by tens or by eights."""
    if data.translate(None, _AMONG_NUMBERS):
        return
    for base in (10, 8):
        yield from _tried(partial(_from_numbers, base), data)


def _from_numbers(base: int, data: bytes) -> bytes:
    words = _NUMBER.findall(data)
    return bytes(int(word, base) for word in words) if len(words) >= _LEAST_RUN else b""


def _hexed(joined: bytes) -> Iterator[bytes]:
    yield from _runs(joined, _HEX_RUN, 2, binascii.unhexlify)


def _in_base32(joined: bytes) -> Iterator[bytes]:
    yield from _runs(joined, _BASE32_RUN, 8, base64.b32decode)


def _in_base64(joined: bytes) -> Iterator[bytes]:
    usual = joined.replace(b"-", b"+").replace(b"_", b"/")
    yield from _runs(usual, _BASE64_RUN, 4, binascii.a2b_base64)


def _in_base85(joined: bytes) -> Iterator[bytes]:
    if len(joined) >= _LEAST_RUN:
        yield from _tried(base64.b85decode, joined)
        yield from _tried(base64.a85decode, joined.removeprefix(b"<~").removesuffix(b"~>"))


def _runs(
    joined: bytes, run: re.Pattern[bytes], step: int, decode: Callable[[bytes], bytes]
) -> Iterator[bytes]:
    """Every long run decoded; a word before it may have shifted it, so at every shift."""
    for number, found in enumerate(run.finditer(joined)):
        if number == _MOST_MEMBERS:
            return
        for shift in range(step):
            rest = found[0][shift:]
            yield from _tried(decode, rest[: len(rest) // step * step])


def _tried(decode: Callable[[bytes], bytes], data: bytes) -> Iterator[bytes]:
    try:
        decoded = decode(data)
    except _BROKEN:
        return
    if decoded:
        yield decoded


def _sensible(data: bytes) -> bool:
    """Whether it is worth looking on: a wrong decoding gives neither text nor anything packed."""
    return _is_text(data) or bool(_MAGIC.search(data)) or bool(_MAGIC.search(data[::-1]))


def _is_text(data: bytes) -> bool:
    start = data[:4_096]
    return len(start.translate(None, _TEXT)) <= len(start) * (1 - _TEXT_SHARE)
