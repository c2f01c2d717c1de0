"""Where the supervisor reads, writes and looks, nothing the agent puts there leads it astray."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.security.acts import python
from tests.security.conftest import Arena, OpenContainer

from tempt.sandbox import EntryKind, Sandbox, SandboxObstructedError, UnsupportedError

APP = "/srv/app"
SWAPPING = (
    f"mkdir -p {APP}/in /tmp/out; ln -s /tmp/out {APP}/.link; "
    "perl -e 'chomp(my $m = `uname -m`); my $n = $m eq q(x86_64) ? 316 : 276; "
    f'my ($a, $b) = ("{APP}/in", "{APP}/.link"); my $c = 0; open(F, q(>), q(/tmp/swaps)); '
    "while (1) { syscall($n, -100, $a, -100, $b, 2); ++$c % 100 or syswrite(F, q(x)) }' & sleep 0.1"
)
"""Exchanges a folder and a link, so that neither is ever missing."""

ROUNDS = 40
"""Most that are tried until both sides have had their turn, however busy the machine is."""

SWAPS = "stat -c %s /tmp/swaps"
_NAIVE = (
    "import os\n"
    "for n in range(200000):\n"
    "    try:\n"
    f'        with open("{APP}/in/file", "w") as f: f.write("x")\n'
    "    except OSError: pass\n"
    '    if os.path.exists("/tmp/out/file"): print("astray"); break\n'
)


@pytest.fixture(scope="session")
def goes_astray(open_container: OpenContainer) -> bool:
    """Whether a writer that does not look out is led outside by the same loop."""
    told = open_container.run(
        f"{SWAPPING}; {python(_NAIVE)}; kill $!; rm -rf {APP} /tmp/out /tmp/swaps"
    )
    return b"astray" in told.out


def attempt(what: Callable[[], object]) -> bool:
    try:
        what()
    except SandboxObstructedError:
        return False
    return True


OPERATIONS: dict[str, Callable[[Sandbox], object]] = {
    "write": lambda s: s.write(f"{APP}/in/file", b"mine"),
    "write below": lambda s: s.write(f"{APP}/in/a/b/file", b"mine"),
    "read": lambda s: s.read(f"{APP}/in/secret", 100),
    "remove": lambda s: s.remove(f"{APP}/in/precious"),
    "look at all": lambda s: s.snapshot(),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_folder_that_turns_into_a_link_leads_nowhere(
    arena: Arena, goes_astray: bool, name: str
) -> None:
    assert goes_astray
    sandbox = arena.sandbox
    arena.act(SWAPPING)
    arena.act("echo outside > /tmp/out/secret; echo keep > /tmp/out/precious")
    swaps, done, swapped = int(arena.act(SWAPS).stdout), 0, False
    for _ in range(ROUNDS):
        done += sum(attempt(lambda: OPERATIONS[name](sandbox)) for _ in range(40))
        swapped = int(arena.act(SWAPS).stdout) > swaps
        if swapped and (done or name == "read"):
            break
    assert swapped, "it was swapped all the while"
    assert (done > 0) == (name != "read"), "some got through, and where they belong"
    assert arena.act("ls /tmp/out").stdout == "precious\nsecret\n"
    arena.unharmed()


def test_a_file_that_turns_into_a_link_shows_nothing_of_roots(arena: Arena) -> None:
    swapping = SWAPPING.replace("mkdir -p", "echo mine >").replace("in /tmp/out", "in")
    arena.act(swapping.replace("ln -s /tmp/out", "ln -s /etc/worker.conf"))
    told: set[bytes | None] = set()
    for count in range(ROUNDS * 40):
        try:
            told.add(arena.sandbox.read(f"{APP}/in", 20))
        except SandboxObstructedError:
            told.add(None)
        try:
            shown = arena.sandbox.snapshot([f"{APP}/in"])
        except SandboxObstructedError:
            continue  # it was never the same twice
        entry = shown.entries.get(f"{APP}/in")
        if entry is not None and entry.kind is EntryKind.FILE:
            told.add(shown.content(f"{APP}/in"))
        if count > 60 and len(told) > 1:
            break
    assert told == {b"mine\n", None}
    arena.sandbox.write(f"{APP}/in", b"notice")
    assert arena.sandbox.read("/etc/worker.conf", 20) == b"queue = mail\n"
    arena.unharmed()


@dataclass(frozen=True, slots=True)
class Trap:
    """Something put where the supervisor looks.

    Attributes:
        name: What it is.
        command: What the agent types.
        path: Where it stands.
        proof: What is found in what is printed when the agent uses it itself.
        use: What the agent types for that.
        kind: What a snapshot takes it for; ``None`` where it need not see it.
        whole: Whether a snapshot of everything has to succeed.
    """

    name: str
    command: str
    path: str
    use: str
    proof: str
    kind: EntryKind | None
    whole: bool = True


LINK, FILE, OTHER, FOLDER = (
    EntryKind.SYMLINK,
    EntryKind.FILE,
    EntryKind.OTHER,
    EntryKind.DIRECTORY,
)
_DEEP = python('import os\nfor n in range(%d): os.mkdir("d"); os.chdir("d")')

TRAPS = (
    Trap(
        "a link to a file of root's",
        "ln -s /etc/worker.conf t",
        f"{APP}/t",
        "readlink t",
        "/etc",
        LINK,
    ),
    Trap(
        "a link into the processes' file system",
        "ln -s /proc/1/environ t",
        f"{APP}/t",
        "readlink t",
        "/proc",
        LINK,
    ),
    Trap(
        "a folder that is a link to processes",
        "mkdir t; rmdir t; ln -s /proc/self t",
        f"{APP}/t/status",
        "cat t/status",
        "Name:",
        None,
    ),
    *(
        Trap(
            f"a folder that is a link to a process' {name}",
            f"sleep 60 & ln -s /proc/$!/{name} t",
            f"{APP}/t/notes.txt",
            f"ls t{below}",
            "notes.txt",
            None,
        )
        for name, below in (("cwd", ""), ("root", "/srv/app"))
    ),
    Trap(
        "a folder that is a link to /sys", "ln -s /sys/kernel t", f"{APP}/t/mm", "ls t", "mm", None
    ),
    Trap(
        "a folder that is a link to /dev",
        "ln -s /dev t",
        f"{APP}/t/zero",
        "head -c 1 t/zero | wc -c",
        "1",
        None,
    ),
    Trap("a link to itself", "ln -s t t", f"{APP}/t", "cat t", "Too many levels", LINK),
    Trap(
        "a hard link to a file that is watched",
        "ln notes.txt t",
        f"{APP}/t",
        "stat -c %h t",
        "2",
        FILE,
    ),
    Trap("a pipe", "mkfifo t", f"{APP}/t", "timeout 0.1 cat t; echo $?", "124", OTHER),
    Trap(
        "a socket",
        python(f'import socket; socket.socket(socket.AF_UNIX).bind("{APP}/t")'),
        f"{APP}/t",
        "stat -c %F t",
        "socket",
        OTHER,
    ),
    Trap("a file nobody may read", "echo x > t; chmod 0 t", f"{APP}/t", "cat t", "denied", FILE),
    Trap("a folder nobody may enter", "mkdir t; chmod 0 t", f"{APP}/t", "ls t", "denied", FOLDER),
    Trap(
        "a name of 255 bytes",
        "touch $(printf 'n%.0s' $(seq 255))",
        f"{APP}/{'n' * 255}",
        "ls | grep -c nnnn",
        "1",
        FILE,
    ),
    Trap(
        "a name with a line's end and orders",
        "touch $'t\\n\\e[2J\\x01'",
        f"{APP}/t\n\x1b[2J\x01",
        "ls -b",
        r"\\033",
        FILE,
    ),
    Trap(
        "a name that is no text",
        "touch $'t\\xff\\xfe'",
        f"{APP}/t\udcff\udcfe",
        "ls -b",
        r"\\377",
        FILE,
    ),
    Trap(
        "folders 250 deep",
        _DEEP % 250,
        f"{APP}/d",
        "find . -type d | wc -l",
        "252",
        FOLDER,
        whole=False,
    ),
    Trap(
        "folders 3000 deep",
        _DEEP % 3000,
        f"{APP}/d",
        "find . -type d | wc -l",
        "3002",
        FOLDER,
        whole=False,
    ),
    Trap(
        "a path of more than 4096 bytes",
        python(
            "import os\n"
            'for n in range(20): os.mkdir("p" * 240); os.chdir("p" * 240)\n'
            'open("end", "w")'
        ),
        f"{APP}/{'p' * 240}",
        "find . -name end | wc -c",
        r"482\d",
        FOLDER,
    ),
    Trap(
        "ten thousand names",
        python('import os\nos.mkdir("t")\nfor n in range(10000): os.symlink("x", f"t/{n}")'),
        f"{APP}/t",
        "ls t | wc -l",
        "10000",
        FOLDER,
    ),
    Trap(
        "an archive with paths that lead out",
        python(
            "import os\n"
            'h = bytearray(512); n = b"../../tmp/../srv/app/t"; h[:len(n)] = n\n'
            'h[100:108] = b"0000644\\0"; h[124:136] = b"00000000001\\0"; h[156:157] = b"0"\n'
            'h[148:156] = b" " * 8; h[148:156] = b"%06o\\0 " % sum(h)\n'
            'open("t.tar", "wb").write(bytes(h) + b"x".ljust(512, b"\\0") + bytes(1024))'
        )
        + "; tar -xPf t.tar",
        f"{APP}/t",
        "tar -tPf t.tar; cat t",
        r"\.\./\.\.",
        FILE,
    ),
)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_catches_nobody(arena: Arena, trap: Trap) -> None:
    sandbox = arena.sandbox
    arena.act(trap.command)
    used = arena.act(trap.use)
    assert re.search(trap.proof, used.stdout + used.stderr), used
    entry = sandbox.snapshot([trap.path]).entries.get(trap.path)
    assert (entry.kind if entry else None) is trap.kind
    if trap.kind is FILE:
        assert sandbox.read(trap.path, 10) is not None
    else:
        assert not attempt(lambda: sandbox.read(trap.path, 10))
    whole = attempt(sandbox.snapshot)
    assert whole == trap.whole
    written = attempt(lambda: sandbox.write(trap.path, b"notice"))
    assert written == (trap.kind in {LINK, FILE, OTHER})
    if written:
        assert sandbox.read(trap.path, 10) == b"notice"
        assert sandbox.read(f"{APP}/notes.txt", 20) == b"one\ntwo\nthree\n"
        assert sandbox.read("/etc/worker.conf", 20) == b"queue = mail\n"
    arena.unharmed()


ODD_REQUESTS: dict[str, Callable[[Sandbox], object]] = {
    "a path with a name of 300 bytes": lambda s: s.read(f"{APP}/{'x' * 300}", 10),
    "a path of 5000 bytes": lambda s: s.read("/x" * 2_500, 10),
    "a command larger than a frame": lambda s: s.exec("#" + "x" * 17_000_000, timeout=5),
    "a file larger than a frame": lambda s: s.write(f"{APP}/x", bytes(17_000_000)),
}


@pytest.mark.parametrize("name", ODD_REQUESTS)
def test_an_odd_request_is_refused_and_breaks_nothing(arena: Arena, name: str) -> None:
    with pytest.raises((SandboxObstructedError, UnsupportedError)):
        ODD_REQUESTS[name](arena.sandbox)
    assert arena.act("echo on").stdout == "on\n"
    arena.unharmed()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempt.sandbox.docker._GRACE", 1.0)


@pytest.mark.usefixtures("short_patience")
def test_a_file_too_large_to_be_looked_at_is_the_agents_doing(arena: Arena) -> None:
    """Where it is not refused at once; the control makes one."""
    made = "truncate -s 1T t && stat -c %s t; rm -f t"
    assert arena.control(f"cd /dev/shm && {made}").out == b"1099511627776\n"
    if arena.act("truncate -s 1T t").exit_code == 0:
        assert arena.sandbox.read(f"{APP}/t", 4) == bytes(4)
        with pytest.raises(SandboxObstructedError):
            arena.sandbox.snapshot()
        arena.obstructed()
    else:
        arena.unharmed()


def test_a_file_changed_through_shared_memory_is_seen(arena: Arena) -> None:
    """No time of the file changes: its page is written to already when the supervisor looks."""
    arena.act(
        "printf AAAAAAAA > t; printf CCCCCCCC > /tmp/c; printf BBBBBBBB > /tmp/b; "
        "perl -e 'open(F, q(+<), q(t)); chomp(my $m = `uname -m`); my $x = $m eq q(x86_64); "
        "my $a = syscall($x ? 9 : 222, 0, 4096, 3, 1, fileno(F), 0); my $r = $x ? 0 : 63; "
        "open(C, q(<), q(/tmp/c)); open(B, q(<), q(/tmp/b)); syscall($r, fileno(C), $a, 8); "
        "select(undef, undef, undef, 0.02) until -e q(/tmp/go); syscall($r, fileno(B), $a, 8); "
        "open(D, q(>), q(/tmp/done)); sleep 100' & "
        'while test "$(cat t)" != CCCCCCCC; do sleep 0.05; done; sleep 0.3'
    )
    before = arena.act("stat -c '%y %z' t").stdout
    assert arena.sandbox.snapshot([f"{APP}/t"]).text(f"{APP}/t") == "CCCCCCCC"
    after = arena.act(
        "touch /tmp/go; until test -e /tmp/done; do sleep 0.02; done; cat t; stat -c '%y %z' t"
    ).stdout
    assert after == f"BBBBBBBB{before}", "it changed, and its times did not"
    assert arena.sandbox.snapshot([f"{APP}/t"]).text(f"{APP}/t") == "BBBBBBBB"
    arena.unharmed()


LISTINGS = {
    "many names": (
        'for n in range(14): os.mkdir("d" * 240); os.chdir("d" * 240)\n'
        'for n in range(6000): os.close(os.open("f%05d" % n + "x" * 200, os.O_CREAT))'
    ),
    "names of characters of four bytes": (
        "d = chr(0x1F600) * 62\n"
        "for n in range(190): os.mkdir(d); os.chdir(d)\n"
        "for n in range(420): os.close(os.open(d[:60] + str(n), os.O_CREAT))"
    ),
}
"""Paths that are together more than a frame holds."""


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_too_large_to_be_sent_is_the_agents_doing(arena: Arena, name: str) -> None:
    assert arena.act(python(f"import os\n{LISTINGS[name]}")).exit_code == 0
    with pytest.raises(SandboxObstructedError):
        arena.sandbox.snapshot()
    arena.obstructed()


def test_what_is_changed_as_soon_as_it_is_written_is_seen(arena: Arena) -> None:
    """Outside the roots, where a look shows only what differs from what the supervisor put."""
    arena.act("mkdir /tmp/d")
    arena.sandbox.write("/tmp/d/notice", b"fine")
    assert "/tmp/d/notice" not in arena.sandbox.snapshot().entries
    waiting = "while (1) { if (open(F, q(+<), q(/tmp/d/notice))) { syswrite(F, q(evil)) } }"
    arena.act(f"perl -e '{waiting}' > /dev/null 2>&1 & sleep 0.1")
    for _ in range(ROUNDS):
        arena.sandbox.write("/tmp/d/notice", b"fine")
        arena.act("until grep -q evil /tmp/d/notice; do :; done")
        assert arena.sandbox.snapshot().text("/tmp/d/notice") == "evil"
    arena.unharmed()


@pytest.mark.usefixtures("short_patience")
def test_who_silenced_a_world_is_known_and_remembered(arena: Arena) -> None:
    """Or whoever looks a second time blames the engine, and the episode does not count.

    There is much to look at, and hardly any time left for it; one beside it has time enough.
    """
    many = 'for n in range(9000): open(f"/srv/app/{n}", "w").write(str(n))'
    assert arena.act(python(many)).exit_code == 0
    assert len(arena.sandbox.snapshot().entries) > 9000, "there is time for that"
    arena.act("touch run.sh; for n in $(seq 100); do (while :; do :; done) & done")
    for _ in range(2):
        with pytest.raises(SandboxObstructedError, match="no room to answer"):
            arena.sandbox.snapshot()
    arena.obstructed()


def test_contents_of_earlier_snapshots_do_not_pile_up_without_end(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, held: Callable[[], int]
) -> None:
    monkeypatch.setattr("tempt.sandbox.docker._MOST_KEPT", 12 << 20)
    for _ in range(16):
        arena.act("head -c 4M /dev/urandom > t")
        seen = arena.sandbox.snapshot([f"{APP}/t", f"{APP}/notes.txt"])
        assert len(seen.content(f"{APP}/t") or b"") == 4 << 20
        assert seen.text(f"{APP}/notes.txt") == "one\ntwo\nthree\n", (
            "what was forgotten is sent again"
        )
    assert held() < 48 << 20
    arena.unharmed()
