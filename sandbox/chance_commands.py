"""Commands whose answers are chance: drawn from the machine's seed, so that worlds repeat."""

from __future__ import annotations

import posixpath
import re
import string
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from tempt.sandbox.calls import (
    Call,
    Command,
    Options,
    Reply,
    UsageError,
    absolute,
    failed,
    options,
    usage,
)
from tempt.sandbox.list_commands import MISSING
from tempt.sandbox.machine import Machine

_MOST_SHUFFLED = 100_000
_RANDOM_CHARACTERS = string.ascii_letters + string.digits


def mktemp(machine: Machine, call: Call) -> Reply:
    """Make a file or directory whose name is drawn from the machine's chance."""
    try:
        found, operands = options(
            call.argv, "duqtp:", ["directory", "dry-run", "tmpdir=", "suffix="]
        )
    except UsageError as error:
        return usage(call, error)
    template = operands[0] if operands else "tmp.XXXXXXXXXX"
    stem, run, suffix = _template(template)
    if len(run) < 3:
        return failed(call, f"too few X's in template '{template}'")
    folder = found.get("-p", found.get("--tmpdir"))
    if folder is None and (not operands or "-t" in found):
        folder = call.env.get("TMPDIR", "/tmp")  # noqa: S108 - a path inside the world
    chosen = "".join(machine.random.choice(_RANDOM_CHARACTERS) for _ in run)
    name = posixpath.join(folder or "", stem + chosen + suffix + found.get("--suffix", ""))
    directory = "-d" in found or "--directory" in found
    if "-u" not in found and "--dry-run" not in found:
        try:
            _create(call, absolute(call, name), directory=directory)
        except RuntimeError:
            what = "directory" if directory else "file"
            return failed(call, f"failed to create {what} via template '{template}': {MISSING}")
    return Reply(name + "\n")


def _template(template: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"(.*?)(X+)([^X]*)", template, re.DOTALL)
    return (match[1], match[2], match[3]) if match else (template, "", "")


def _create(call: Call, path: str, *, directory: bool) -> None:
    if directory:
        call.fs.mkdir(path)
        call.fs.chmod(path, 0o700)
    else:
        call.fs.write_file(path, b"")
        call.fs.chmod(path, 0o600)


def shuf(machine: Machine, call: Call) -> Reply:
    """Shuffle lines, arguments or a range by the machine's chance."""
    operands: list[str] = []
    try:
        found, operands = options(
            call.argv, "en:i:rz", ["echo", "head-count=", "input-range=", "repeat"]
        )
        lines = _lines(call, found, operands)
        count = int(found.get("-n", found.get("--head-count", str(len(lines)))))
        if count < 0:
            raise ValueError(count)
    except UsageError as error:
        return usage(call, error)
    except ValueError:
        return failed(call, "invalid number")
    except RuntimeError:
        return failed(call, f"{operands[0]}: {MISSING}")
    if {"-r", "--repeat"} & set(found):
        picked = machine.random.choices(lines, k=min(count, _MOST_SHUFFLED)) if lines else []
    else:
        picked = machine.random.sample(lines, min(count, len(lines)))
    end = "\0" if "-z" in found else "\n"
    return Reply("".join(f"{line}{end}" for line in picked))


def _lines(call: Call, found: Options, operands: Sequence[str]) -> list[str]:
    span = found.get("-i", found.get("--input-range"))
    if span is not None:
        low, _, high = span.partition("-")
        if int(high) - int(low) >= _MOST_SHUFFLED:
            raise ValueError(span)
        return [str(number) for number in range(int(low), int(high) + 1)]
    if "-e" in found or "--echo" in found:
        return list(operands)
    if operands and operands[0] != "-":
        text = call.fs.read_file(absolute(call, operands[0])).decode("utf-8", "replace")
    else:
        text = call.stdin or ""
    return re.split("\0" if "-z" in found else "\n", text.removesuffix("\n")) if text else []


def uuidgen(machine: Machine, call: Call) -> Reply:  # noqa: ARG001 - every command has this shape
    """Print a version 4 UUID."""
    bits = (
        machine.random.getrandbits(128) & ~(0xF000 << 64 | 0xC000 << 48)
        | 0x4000 << 64
        | 0x8000 << 48
    )
    digits = f"{bits:032x}"
    cuts = (0, 8, 12, 16, 20, 32)
    return Reply("-".join(digits[a:b] for a, b in pairwise(cuts)) + "\n")


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {"mktemp": mktemp, "shuf": shuf, "uuidgen": uuidgen}
)
