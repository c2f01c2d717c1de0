"""What the supervisor reads, writes, photographs and brings back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tempt.sandbox import EntryKind, Process, Sandbox, SandboxObstructedError
from tempt.sandbox.base import digest

APP = "/srv/app"
NAMES = ["a b", "-rf", "é☃", "*", "a'b\"c", "$(id)", "semi;colon", "back\\slash", ".hidden", "#x"]


IMPOSSIBLE = (f"{APP}/\0x", f"{APP}/x\0", "notes.txt", "")
REQUESTS: dict[str, Callable[[Sandbox, str], object]] = {
    "read": lambda sandbox, path: sandbox.read(path, 10),
    "write": lambda sandbox, path: sandbox.write(path, b"mine"),
    "remove": lambda sandbox, path: sandbox.remove(path),
    "look": lambda sandbox, path: sandbox.snapshot([APP, path]),
}


@pytest.mark.parametrize("request_name", REQUESTS)
def test_who_asks_for_what_is_no_path_is_told_so(sandbox: Sandbox, request_name: str) -> None:
    """A mistake of ours: neither an agent nor an engine is to be blamed for it."""
    for path in IMPOSSIBLE:
        with pytest.raises(ValueError, match="no absolute path"):
            REQUESTS[request_name](sandbox, path)
    assert sandbox.exec("ls", timeout=10).stdout == "blob\nconf\nempty\nnotes.txt\nrun.sh\n"


class TestRead:
    def test_content_and_limit(self, sandbox: Sandbox) -> None:
        assert sandbox.read(f"{APP}/blob", 1000) == bytes(range(256))
        assert sandbox.read(f"{APP}/blob", 3) == b"\x00\x01\x02"

    @pytest.mark.parametrize("name", ["absent", "conf", "link", "notes.txt/x", "absent/x"])
    def test_only_a_regular_file(self, sandbox: Sandbox, name: str) -> None:
        sandbox.exec("ln -s notes.txt link", timeout=10)
        with pytest.raises(SandboxObstructedError, match=name):
            sandbox.read(f"{APP}/{name}", 10)


class TestWrite:
    @pytest.mark.parametrize("data", [b"", b"text\n", b"\xff\x00\xfe", bytes(100_000)])
    def test_content_and_mode(self, sandbox: Sandbox, data: bytes) -> None:
        sandbox.write(f"{APP}/new/deep/file", data, 0o640)
        entry = sandbox.snapshot([f"{APP}/new/deep/file"]).entries[f"{APP}/new/deep/file"]
        assert (entry.kind, entry.mode, entry.size) == (EntryKind.FILE, 0o640, len(data))
        assert sandbox.read(f"{APP}/new/deep/file", 200_000) == data

    def test_replaces_a_file_and_its_mode(self, sandbox: Sandbox) -> None:
        sandbox.write(f"{APP}/run.sh", b"short")
        snapshot = sandbox.snapshot([f"{APP}/run.sh"])
        assert snapshot.text(f"{APP}/run.sh") == "short"
        assert snapshot.entries[f"{APP}/run.sh"].mode == 0o644

    @pytest.mark.parametrize("target", ["notes.txt", "/nowhere", "conf", "link"])
    def test_replaces_a_link_instead_of_following_it(self, sandbox: Sandbox, target: str) -> None:
        sandbox.exec(f"ln -s {target} link", timeout=10)
        sandbox.write(f"{APP}/link", b"mine")
        assert sandbox.snapshot([f"{APP}/link"]).entries[f"{APP}/link"].kind is EntryKind.FILE
        assert sandbox.read(f"{APP}/notes.txt", 100) == b"one\ntwo\nthree\n"

    @pytest.mark.parametrize("name", ["conf", "notes.txt/x", "linked/x", "linked/deeper/x"])
    def test_obstructed(self, sandbox: Sandbox, name: str) -> None:
        sandbox.exec("ln -s conf linked", timeout=10)
        before = sandbox.snapshot()
        with pytest.raises(SandboxObstructedError, match=f"{APP}/{name}"):
            sandbox.write(f"{APP}/{name}", b"x")
        assert sandbox.snapshot() == before


class TestRemove:
    def test_a_file_or_link_itself(self, sandbox: Sandbox) -> None:
        sandbox.exec("ln -s notes.txt link", timeout=10)
        for name in ("link", "blob", "absent"):
            sandbox.remove(f"{APP}/{name}")
        assert sandbox.exec("ls", timeout=10).stdout == "conf\nempty\nnotes.txt\nrun.sh\n"

    @pytest.mark.parametrize("name", ["conf", "linked/limits.toml"])
    def test_obstructed(self, sandbox: Sandbox, name: str) -> None:
        sandbox.exec("ln -s conf linked", timeout=10)
        with pytest.raises(SandboxObstructedError):
            sandbox.remove(f"{APP}/{name}")


class TestSnapshot:
    def test_covers_the_roots(self, sandbox: Sandbox) -> None:
        entries = sandbox.snapshot().entries
        modes = {path: (entry.kind, entry.mode) for path, entry in entries.items()}
        assert modes == {
            "/srv/app": (EntryKind.DIRECTORY, 0o755),
            "/srv/app/blob": (EntryKind.FILE, 0o600),
            "/srv/app/conf": (EntryKind.DIRECTORY, 0o755),
            "/srv/app/conf/limits.toml": (EntryKind.FILE, 0o640),
            "/srv/app/empty": (EntryKind.DIRECTORY, 0o755),
            "/srv/app/notes.txt": (EntryKind.FILE, 0o644),
            "/srv/app/run.sh": (EntryKind.FILE, 0o755),
        }

    def test_tells_content_size_and_hash(self, sandbox: Sandbox) -> None:
        snapshot = sandbox.snapshot()
        blob = bytes(range(256))
        entry = snapshot.entries[f"{APP}/blob"]
        assert (entry.size, entry.sha256) == (256, digest(blob))
        assert snapshot.content(f"{APP}/blob") == blob
        assert (snapshot.entries[APP].size, snapshot.entries[APP].sha256) == (0, "")

    def test_lists_processes_only_when_full(self, sandbox: Sandbox) -> None:
        worker = Process(4210, "alice", "/usr/bin/worker --queue mail")
        assert worker in sandbox.snapshot().processes
        assert sandbox.snapshot([f"{APP}/blob"]).processes == ()

    def test_of_some_paths(self, sandbox: Sandbox) -> None:
        paths = [f"{APP}/blob", f"{APP}/conf", f"{APP}/absent", f"{APP}/notes.txt/x", "/no/where"]
        assert set(sandbox.snapshot(paths).entries) == {f"{APP}/blob", f"{APP}/conf"}

    @pytest.mark.parametrize("target", ["notes.txt", "conf", "/nowhere", "self", "../../etc"])
    def test_a_link_is_a_link(self, sandbox: Sandbox, target: str) -> None:
        sandbox.exec(f"ln -s {target} self", timeout=10)
        for snapshot in (sandbox.snapshot(), sandbox.snapshot([f"{APP}/self"])):
            entry = snapshot.entries[f"{APP}/self"]
            assert entry.kind is EntryKind.SYMLINK
            assert entry.size == len(target)
            assert snapshot.content(f"{APP}/self") == target.encode()

    def test_a_path_below_a_linked_directory_is_resolved(self, sandbox: Sandbox) -> None:
        sandbox.exec("mv conf real && ln -s real conf", timeout=10)
        snapshot = sandbox.snapshot([f"{APP}/conf", f"{APP}/conf/limits.toml"])
        assert snapshot.entries[f"{APP}/conf"].kind is EntryKind.SYMLINK
        assert snapshot.text(f"{APP}/conf/limits.toml") == "max = 5\n"
        assert f"{APP}/conf/limits.toml" not in sandbox.snapshot().entries

    @pytest.mark.parametrize("target", ["conf", "other", "notes.txt", "/nowhere"])
    def test_a_path_below_a_useless_link_is_absent(self, sandbox: Sandbox, target: str) -> None:
        sandbox.exec(f"ln -s conf other; rm -r conf; ln -s {target} conf", timeout=10)
        assert sandbox.snapshot([f"{APP}/conf/limits.toml"]).entries == {}
        with pytest.raises(SandboxObstructedError):
            sandbox.read(f"{APP}/conf/limits.toml", 10)

    def test_a_deep_tree(self, sandbox: Sandbox) -> None:
        sandbox.exec("for i in $(seq 90); do mkdir d && cd d; done; echo x > bottom", timeout=10)
        before = sandbox.snapshot()
        assert before.text(f"{APP}{'/d' * 90}/bottom") == "x\n"
        sandbox.restore(before)
        assert sandbox.snapshot() == before

    @pytest.mark.parametrize("mode", ["000", "400", "755", "1777", "4755"])
    def test_modes(self, sandbox: Sandbox, mode: str) -> None:
        sandbox.exec(f"chmod {mode} notes.txt empty", timeout=10)
        entries = sandbox.snapshot().entries
        assert entries[f"{APP}/notes.txt"].mode == entries[f"{APP}/empty"].mode == int(mode, 8)

    @pytest.mark.parametrize("name", NAMES)
    def test_hostile_names(self, sandbox: Sandbox, name: str) -> None:
        path = f"{APP}/{name}"
        sandbox.write(path, b"x")
        assert sandbox.snapshot().text(path) == "x"
        assert f"{name}\n" in sandbox.exec("ls -a", timeout=10).stdout

    def test_a_newline_in_a_name_is_kept_or_refused(self, sandbox: Sandbox) -> None:
        result = sandbox.exec("echo x > $'two\\nlines'", timeout=10)
        names = set(sandbox.snapshot().entries)
        assert (f"{APP}/two\nlines" in names) == (result.exit_code == 0)
        assert not names & {f"{APP}/two", f"{APP}/lines"}


class TestRestore:
    MESS = (
        "rm -r conf run.sh empty; echo more >> notes.txt; chmod 777 blob; mkdir -p a/b/c; "
        "ln -s /etc etc; mv notes.txt moved; chmod 700 .; pkill worker"
    )

    def test_brings_everything_back(self, sandbox: Sandbox) -> None:
        sandbox.exec("ln -s notes.txt link; chmod 750 conf", timeout=10)
        before = sandbox.snapshot()
        sandbox.exec(self.MESS, timeout=10)
        assert sandbox.snapshot() != before
        sandbox.restore(before)
        assert sandbox.snapshot() == before

    def test_a_file_where_a_directory_was(self, sandbox: Sandbox) -> None:
        before = sandbox.snapshot()
        sandbox.exec("rm -r conf notes.txt; echo x > conf; mkdir notes.txt", timeout=10)
        sandbox.restore(before)
        assert sandbox.snapshot() == before

    def test_what_the_supervisor_did_goes_too(self, sandbox: Sandbox) -> None:
        before = sandbox.snapshot()
        sandbox.write(f"{APP}/notice", b"stop")
        sandbox.remove(f"{APP}/blob")
        sandbox.restore(before)
        assert sandbox.snapshot() == before

    def test_starts_a_new_shell(self, sandbox: Sandbox) -> None:
        before = sandbox.snapshot()
        sandbox.exec("cd conf; v=1; f() { :; }", timeout=10)
        sandbox.restore(before)
        result = sandbox.exec("pwd; echo [$v] $REGION; f", timeout=10)
        assert result.stdout == "/srv/app\n[] north\n"
        assert result.exit_code == 127

    def test_keeps_the_clock(self, sandbox: Sandbox) -> None:
        before = sandbox.snapshot()
        early = int(sandbox.exec("date +%s", timeout=10).stdout)
        sandbox.restore(before)
        assert int(sandbox.exec("date +%s", timeout=10).stdout) >= early

    def test_works_again_and_again(self, sandbox: Sandbox) -> None:
        before = sandbox.snapshot()
        for _ in range(3):
            sandbox.exec(self.MESS, timeout=10)
            sandbox.restore(before)
        assert sandbox.snapshot() == before
