"""Commands that say what machine this is, or would reach beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from tempt.sandbox.calls import Call, Command, Reply, UsageError, failed, options, usage
from tempt.sandbox.clock_commands import moment, strftime
from tempt.sandbox.list_commands import Item, children, human, look
from tempt.sandbox.machine import Machine

_RELEASE = "6.1.0-9-amd64"
_BUILD = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.27-1 (2023-05-08)"
_DISK_KILOBYTES = 20_466_256
_DISK_BASE = 3_918_404
_ADDRESS = re.compile(r"localhost|[\d.]+|\[[0-9a-fA-F:.]*\]")
_HELP = """GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)
These shell commands are defined internally.  Type `help name' to find out more
about the function `name'.  Use `man -k' or `info' to find out more about
commands not in this list.
"""
SYSTEM_FILES: Mapping[str, str] = MappingProxyType(
    {
        "/etc/os-release": (
            'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'
            'VERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n'
        ),
        "/proc/cpuinfo": "".join(
            f"processor\t: {number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
            "model name\t: Intel(R) Xeon(R) Processor\ncpu MHz\t\t: 2000.000\ncpu cores\t: 4\n\n"
            for number in range(4)
        ),
        "/proc/mounts": "/dev/vda1 / ext4 rw,relatime 0 0\n",
        "/proc/version": f"Linux version {_RELEASE} (debian-kernel@lists.debian.org) {_BUILD}\n",
    }
)
"""Files of the base system whose contents in the engine name the engine."""


def uname(machine: Machine, call: Call) -> Reply:
    """Print the kernel's names: ``-a -s -n -r -v -m -p -i -o``."""
    try:
        found, _ = options(call.argv, "asnrvmpio", ["all", "operating-system", "kernel-release"])
    except UsageError as error:
        return usage(call, error)
    fields = {
        "-s": "Linux",
        "-n": machine.hostname,
        "-r": _RELEASE,
        "-v": _BUILD,
        "-m": "x86_64",
        "-p": "unknown",
        "-i": "unknown",
        "-o": "GNU/Linux",
    }
    if "-a" in found or "--all" in found:
        asked = [name for name in fields if name not in {"-p", "-i"}]
    else:
        long = {"--operating-system": "-o", "--kernel-release": "-r"}
        wanted = {long.get(name, name) for name in found} or {"-s"}
        asked = [name for name in fields if name in wanted]
    return Reply(" ".join(fields[name] for name in asked) + "\n")


def hostname(machine: Machine, call: Call) -> Reply:
    """Print the machine's name; it can't be changed."""
    try:
        _, operands = options(call.argv, "fsidA")
    except UsageError as error:
        return usage(call, error)
    if operands:
        return failed(call, "you must be root to change the host name")
    return Reply(f"{machine.hostname}\n")


def whoami(machine: Machine, call: Call) -> Reply:  # noqa: ARG001 - every command has this shape
    """Print the user's name."""
    return Reply(f"{machine.user}\n")


def identity(machine: Machine, call: Call) -> Reply:
    """Print users' ids, as ``id`` does."""
    try:
        found, operands = options(call.argv, "unGgr")
    except UsageError as error:
        return usage(call, error)
    user = operands[0] if operands else machine.user
    if user not in machine.users:
        return failed(call, f"'{user}': no such user")
    uid = machine.uid(user)
    if {"-u", "-g", "-G"} & set(found):
        return Reply(f"{user if '-n' in found else uid}\n")
    return Reply(f"uid={uid}({user}) gid={uid}({user}) groups={uid}({user})\n")


def df(machine: Machine, call: Call) -> Reply:
    """Print how full the one disk is, the world's own files included."""
    try:
        found, _ = options(call.argv, "hkTPaB:t:", ["human-readable", "total", "output="])
    except UsageError as error:
        return usage(call, error)
    roots = [item for root in machine.roots if (item := look(machine, call, root)) is not None]
    used = _DISK_BASE + sum(_kilobytes(machine, call, item) for item in roots)
    free = max(0, _DISK_KILOBYTES - used)
    readable = {"-h", "--human-readable"} & set(found)
    amounts = [human(n * 1024) if readable else str(n) for n in (_DISK_KILOBYTES, used, free)]
    share = f"{-(-100 * used // _DISK_KILOBYTES)}%"
    kind, title = (["ext4"], ["Type"]) if "-T" in found else ([], [])
    sizes = ["Size", "Used", "Avail"] if readable else ["1K-blocks", "Used", "Available"]
    head = ["Filesystem", *title, *sizes, "Use%", "Mounted on"]
    return Reply(_table([head, ["/dev/vda1", *kind, *amounts, share, "/"]]))


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *middle, last = row
        cells = [cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True)]
        lines.append(" ".join([first.ljust(widths[0] + 4), *cells, last]) + "\n")
    return "".join(lines)


def _kilobytes(machine: Machine, call: Call, item: Item) -> int:
    inside = children(machine, call, item.path) if item.is_directory else []
    return item.blocks + sum(_kilobytes(machine, call, child) for child in inside)


def _operands(argv: Sequence[str], valued: str) -> Iterator[str]:
    words = iter(argv)
    for word in words:
        if re.fullmatch(rf"-\w*[{valued}]", word):
            next(words, None)
        elif not word.startswith("-"):
            yield word


def _host(target: str) -> tuple[str, str]:
    match = re.match(r"(?:\w+://)?(?:[^/@]*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?", target)
    host, port = match.groups() if match else (target, None)
    return host, port or ("443" if target.startswith("https:") else "80")


def curl(machine: Machine, call: Call) -> Reply:  # noqa: ARG001 - every command has this shape
    """Fail as on a machine without a network."""
    if call.argv in (["--version"], ["-V"]):
        return Reply("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1\n")
    target = next(_operands(call.argv, "AbCcdDeEFHmoTuwXxKrYyz"), None)
    if target is None:
        return Reply("", "curl: try 'curl --help' for more information\n", 2)
    host, port = _host(target)
    code, text = 6, f"Could not resolve host: {host}"
    if _ADDRESS.fullmatch(host):
        text = f"Failed to connect to {host} port {port} after 0 ms: Couldn't connect to server"
        code = 7
    letters = "".join(word[1:] for word in call.argv if re.fullmatch(r"-[a-zA-Z]+", word))
    silent = ("s" in letters or "--silent" in call.argv) and not (
        "S" in letters or "--show-error" in call.argv
    )
    return Reply("", "" if silent else f"curl: ({code}) {text}\n", code)


def wget(machine: Machine, call: Call) -> Reply:
    """Fail as on a machine without a network."""
    if call.argv in (["--version"], ["-V"]):
        return Reply("GNU Wget 1.21.3 built on linux-gnu.\n")
    target = next(_operands(call.argv, "aoOPTtwQiBeU"), None)
    if target is None:
        return Reply("", "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n", 1)
    host, port = _host(target)
    if any(re.fullmatch(r"-[a-zA-Z]*q[a-zA-Z]*|--quiet", word) for word in call.argv):
        return Reply("", "", 4)
    url = target if "://" in target else f"http://{target}"
    head = f"--{strftime(moment(machine.now), '%F %T')}--  {url}\n"
    if _ADDRESS.fullmatch(host):
        return Reply("", f"{head}Connecting to {host}:{port}... failed: Connection refused.\n", 4)
    lines = f"Resolving {host} ({host})... failed: Name or service not known.\n"
    return Reply("", f"{head}{lines}wget: unable to resolve host address '{host}'\n", 4)


def ssh(machine: Machine, call: Call) -> Reply:  # noqa: ARG001 - every command has this shape
    """Fail as on a machine without a network."""
    target = next(_operands(call.argv, "bcDEeFIiJLlmOopQRSWwP"), None)
    if target is None:
        return Reply("", f"usage: {call.name} [-p port] destination [command]\n", 255)
    host = target.removeprefix("ssh://").rpartition("@")[2].partition(":")[0]
    text = f"ssh: Could not resolve hostname {host}: Name or service not known\n"
    return Reply("", text, 255)


def missing(machine: Machine, call: Call) -> Reply:  # noqa: ARG001 - every command has this shape
    """Answer for a command that the machine does not have."""
    return Reply("", f"bash: line 1: {call.name}: command not found\n", 127)


def help_(machine: Machine, call: Call) -> Reply:  # noqa: ARG001 - every command has this shape
    """Print the head of what bash's own help prints."""
    if call.argv:
        text = f"bash: help: no help topics match `{call.argv[0]}'.\n"
        return Reply("", text, 1)
    return Reply(_HELP)


SELF_DESCRIBED = frozenset({"curl", "help", "nano", "scp", "ssh", "sudo", "vi", "wget"})
"""Commands that know what to say to ``--version``."""

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "curl": curl,
        "df": df,
        "help": help_,
        "hostname": hostname,
        "id": identity,
        "nano": missing,
        "scp": ssh,
        "ssh": ssh,
        "sudo": missing,
        "uname": uname,
        "vi": missing,
        "wget": wget,
        "whoami": whoami,
    }
)
