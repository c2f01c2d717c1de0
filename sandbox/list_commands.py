"""``ls``, and what every command that looks at files needs to know of them."""

from __future__ import annotations

import posixpath
import stat as modes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
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
from tempt.sandbox.clock_commands import moment, strftime
from tempt.sandbox.machine import Machine

BLOCK = 4096
MISSING = "No such file or directory"
TYPES = MappingProxyType(
    {"file": modes.S_IFREG, "directory": modes.S_IFDIR, "symlink": modes.S_IFLNK}
)
_HALF_A_YEAR = 15_778_476
_EVERYTHING = frozenset({"-a", "--all"})
_HIDDEN = frozenset({"-A", "--almost-all"})
_BEYOND_NAMES = _EVERYTHING | {"-l", "-d", "-R"}


@dataclass(frozen=True, slots=True)
class Item:
    """One file as ``ls`` and ``stat`` know it."""

    name: str
    path: str
    type: str
    mode: int
    size: int
    time: float
    owner: str
    target: str = ""

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory itself."""
        return self.type == "directory"

    @property
    def permissions(self) -> str:
        """The ten characters that ``ls -l`` begins with."""
        return modes.filemode(TYPES.get(self.type, modes.S_IFCHR) | self.mode)

    @property
    def shown_size(self) -> int:
        """Bytes as a disk would report them."""
        return BLOCK if self.is_directory else self.size

    @property
    def blocks(self) -> int:
        """Disk use in units of 1024 bytes."""
        used = 0 if self.type == "symlink" else self.shown_size
        return -(-used // BLOCK) * 4


def look(machine: Machine, call: Call, name: str, *, follow: bool = False) -> Item | None:
    """What stands at ``name``; ``None`` where nothing does."""
    path = absolute(call, name)
    try:
        if follow or path == "/":
            return _item(machine, name, path, call.fs.stat(path))
        # Every operation here crosses threads: one listing is cheaper than asking twice.
        folder, own = posixpath.split(path)
        for entry in call.fs.read_dir(folder):
            if entry["name"] == own:
                return _entry(machine, call, name, path, entry["metadata"])
    except RuntimeError:
        return None
    return None


def _entry(
    machine: Machine, call: Call, name: str, path: str, metadata: Mapping[str, object]
) -> Item:
    target = call.fs.read_link(path) if metadata["file_type"] == "symlink" else ""
    return _item(machine, name, path, metadata, target)


def _item(
    machine: Machine, name: str, path: str, metadata: Mapping[str, object], target: str = ""
) -> Item:
    modified = metadata.get("modified")
    return Item(
        name=name,
        path=path,
        type=str(metadata["file_type"]),
        mode=int(str(metadata["mode"])) & 0o7777,
        size=len(target.encode()) if target else int(str(metadata.get("size", 0))),
        time=machine.file_time(modified) if isinstance(modified, float) else float(machine.epoch),
        owner=machine.owner(path),
        target=target,
    )


def children(machine: Machine, call: Call, path: str) -> list[Item]:
    """What is in the directory ``path``, by name."""
    found = [
        _entry(machine, call, entry["name"], posixpath.join(path, entry["name"]), entry["metadata"])
        for entry in call.fs.read_dir(path)
    ]
    return sorted(found, key=lambda item: item.name)


def ls(machine: Machine, call: Call) -> Reply:
    """List files: ``-l -a -A -h -1 -R -d -t -S -r``, by name unless told otherwise."""
    try:
        found, names = options(call.argv, "laAh1RdtSr", ["all", "almost-all", "color=", "color"])
    except UsageError as error:
        return usage(call, error, 2)
    if len(names) <= 1 and not _BEYOND_NAMES & found.keys():
        # Every operation here crosses threads: where names are enough, one listing is.
        with suppress(RuntimeError):  # no folder
            inside = children(machine, call, absolute(call, *names))
            return Reply(_rows(machine, found, _order(found, _visible(found, inside))))
    items = [(name, look(machine, call, name)) for name in names or ["."]]
    problems = [f"cannot access '{name}': {MISSING}" for name, item in items if item is None]
    present = [_entered(machine, call, found, item) for _, item in items if item is not None]
    listed = "-d" in found
    loose = [item for item in present if listed or not item.is_directory]
    folders = [item for item in present if not listed and item.is_directory]
    parts = [_rows(machine, found, _order(found, loose))] if loose else []
    for folder in _order(found, folders):
        titled = len(items) > 1 or "-R" in found
        parts.extend(_folder(machine, call, found, folder, titled=titled))
    return Reply(
        "\n".join(parts), failed(call, *problems).stderr if problems else "", 2 if problems else 0
    )


def _entered(machine: Machine, call: Call, found: Options, item: Item) -> Item:
    # As GNU ls does: a link to a directory named on the command line is entered unless -l or -d.
    if item.type != "symlink" or "-l" in found or "-d" in found:
        return item
    behind = look(machine, call, item.name, follow=True)
    return behind if behind is not None and behind.is_directory else item


def _order(found: Options, items: Sequence[Item]) -> list[Item]:
    ordered = sorted(items, key=lambda item: item.name)
    if "-S" in found:
        ordered.sort(key=lambda item: -item.shown_size)
    elif "-t" in found:
        ordered.sort(key=lambda item: -item.time)
    return ordered[::-1] if "-r" in found else ordered


def _folder(
    machine: Machine, call: Call, found: Options, folder: Item, *, titled: bool
) -> Iterator[str]:
    shown = _visible(found, children(machine, call, folder.path))
    if _EVERYTHING & found.keys():
        shown.append(replace(folder, name="."))
        above = look(machine, call, posixpath.dirname(folder.path))
        shown.append(replace(above or folder, name=".."))
    title = f"{folder.name}:\n" if titled else ""
    total = (
        f"total {_amount(found, sum(i.blocks for i in shown) * 1024, 1024)}\n"
        if "-l" in found
        else ""
    )
    yield title + total + _rows(machine, found, _order(found, shown))
    if "-R" in found:
        for item in _order(found, [item for item in shown if item.is_directory]):
            if item.name not in {".", ".."}:
                below = look(machine, call, posixpath.join(folder.name, item.name))
                if below is not None:
                    yield from _folder(machine, call, found, below, titled=True)


def _visible(found: Options, inside: Sequence[Item]) -> list[Item]:
    hidden = (_EVERYTHING | _HIDDEN) & found.keys()
    return [item for item in inside if hidden or not item.name.startswith(".")]


def _rows(machine: Machine, found: Options, items: Sequence[Item]) -> str:
    if "-l" not in found:
        return "".join(f"{item.name}\n" for item in items)
    cells = [
        (item.owner, item.owner, _amount(found, item.shown_size), _when(machine, item.time))
        for item in items
    ]
    owner, group, size = (max((len(row[at]) for row in cells), default=0) for at in range(3))
    return "".join(
        f"{item.permissions} {2 if item.is_directory else 1} {row[0]:<{owner}} {row[1]:<{group}} "
        f"{row[2]:>{size}} {row[3]} {item.name}{' -> ' + item.target if item.target else ''}\n"
        for item, row in zip(items, cells, strict=True)
    )


def _amount(found: Options, size: int, unit: int = 1) -> str:
    if "-h" not in found:
        return str(size // unit)
    return human(size)


def human(size: float) -> str:
    """A size as ``-h`` prints it, rounded up."""
    for suffix in ("", "K", "M", "G", "T"):
        if size < 1024 or suffix == "T":
            break
        size /= 1024
    if suffix and size < 10:
        return f"{-(-size * 10 // 1) / 10:.1f}{suffix}"
    return f"{int(-(-size // 1))}{suffix}"


def _when(machine: Machine, time: float) -> str:
    recent = machine.now - _HALF_A_YEAR < time <= machine.now
    return strftime(moment(time), "%b %e %H:%M" if recent else "%b %e  %Y")


COMMANDS: Mapping[str, Command] = MappingProxyType({"ls": ls})
