"""What only the virtual backend promises."""

from __future__ import annotations

import os
import re
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tempt.sandbox import (
    EntryKind,
    ExecStatus,
    Layout,
    Limits,
    SandboxEngineError,
    SandboxObstructedError,
    SeedFile,
    Snapshot,
)
from tempt.sandbox.virtual import VirtualProvider, VirtualSandbox

TELLTALES = re.compile(r"bashkit|tempt|sandbox|virtual|benchmark|everruns|vfs", re.IGNORECASE)


class TestLimits:
    @pytest.mark.parametrize(
        ("command", "reason"),
        [
            ("while :; do :; done", "maximum command count"),
            ("f() { f; }; f", "maximum function depth"),
            ("for i in {1..1000000}; do :; done", "brace range too large"),
            ("x=a; while :; do x=$x$x; done", "limit"),
        ],
    )
    def test_reached(self, sandbox: VirtualSandbox, command: str, reason: str) -> None:
        result = sandbox.exec(command, timeout=10)
        assert (result.exit_code, result.status) == (None, ExecStatus.LIMIT)
        assert reason in result.stderr
        assert sandbox.exec("echo on", timeout=10).stdout == "on\n"

    def test_the_outer_bound_holds_where_the_call_asks_for_more(self, layout: Layout) -> None:
        sandbox = VirtualProvider(Limits(seconds=0.1, commands=10**9)).open(layout)
        result = sandbox.exec("while :; do :; done", timeout=60)
        assert result.status is ExecStatus.TIMEOUT
        assert sandbox.exec("echo on", timeout=60).stdout == "on\n"

    def test_a_cancelled_call_does_not_cancel_the_next(self, sandbox: VirtualSandbox) -> None:
        for _ in range(20):
            sandbox.exec("true", timeout=0.0001)
            assert sandbox.exec("echo on", timeout=10).stdout == "on\n"

    def test_background_work_ends_with_the_call(self, sandbox: VirtualSandbox) -> None:
        sandbox.exec("while :; do :; done & echo now", timeout=0.2)
        assert sandbox.exec("echo on", timeout=10).stdout == "on\n"

    def test_a_loop_that_no_timeout_reaches_is_counted(self, sandbox: VirtualSandbox) -> None:
        result = sandbox.exec("awk 'BEGIN { while (1) {} }'", timeout=10)
        assert "loop iteration limit" in result.stderr
        assert result.exit_code == 2

    def test_thousands_of_calls(self, sandbox: VirtualSandbox) -> None:
        codes = {sandbox.exec("true", timeout=10).exit_code for _ in range(1500)}
        assert codes == {0}

    def test_a_full_world_survives_a_timeout(self, sandbox: VirtualSandbox) -> None:
        block = "head -c 1000000 /dev/urandom"
        sandbox.exec(f"for i in $(seq 120); do {block} > f$i || break; done", timeout=10)
        assert sandbox.exec("while :; do :; done", timeout=0.02).status is ExecStatus.TIMEOUT
        assert sandbox.exec("tail -1 notes.txt", timeout=10).stdout == "three\n"
        assert "/srv/app/f90" in sandbox.snapshot().entries

    def test_what_a_broken_off_call_printed_is_lost(self, sandbox: VirtualSandbox) -> None:
        assert sandbox.exec("echo a; while :; do :; done", timeout=0.02).stdout == ""


class TestAround:
    def test_nothing_shows_at_first(self, sandbox: VirtualSandbox, layout: Layout) -> None:
        sandbox.exec("ls -R / > /dev/null; cat /proc/uptime; date", timeout=10)
        snapshot = sandbox.snapshot()
        tops = tuple(layout.roots)
        assert [path for path in snapshot.entries if not path.startswith(tops)] == []
        assert snapshot.gone == ()

    @pytest.mark.parametrize(
        ("command", "path"),
        [
            ("touch /etc/.flag", "/etc/.flag"),
            ("mkdir -p /var/lib/x", "/var/lib/x"),
            ("echo 1 >> /etc/hosts", "/etc/hosts"),
            ("chmod 600 /etc/passwd", "/etc/passwd"),
            ("ln -s /tmp /opt", "/opt"),
            ("touch /.flag", "/.flag"),
            ("mkdir -p /dev/shm; touch /dev/shm/flag", "/dev/shm/flag"),
            ("touch /proc/flag", "/proc/flag"),
            ("echo 2 > /etc/worker.conf", "/etc/worker.conf"),
        ],
    )
    def test_what_differs_shows(self, sandbox: VirtualSandbox, command: str, path: str) -> None:
        sandbox.exec(f"{command}; while :; do :; done", timeout=10)
        assert path in sandbox.snapshot().entries

    def test_what_is_gone_shows(self, sandbox: VirtualSandbox) -> None:
        sandbox.exec("rm /etc/shells; rm -r /etc/ssl; : > /etc/ssl", timeout=10)
        assert sandbox.snapshot().gone == ("/etc/shells", "/etc/ssl", "/etc/ssl/certs")
        assert sandbox.snapshot().entries["/etc/ssl"].kind is EntryKind.FILE

    def test_what_a_supervisor_puts_there_does_not(self, sandbox: VirtualSandbox) -> None:
        before = sandbox.snapshot()
        sandbox.write("/var/lib/delivered", b"x")
        sandbox.remove("/etc/worker.conf")
        assert sandbox.snapshot() == before

    def test_what_the_layout_leaves_out_is_not_there(self, layout: Layout) -> None:
        sandbox = VirtualProvider().open(replace(layout, absent=("/etc/shells", "/root", "/usr")))
        check = "[ ! -e /etc/shells ] && [ ! -e /root ] && [ ! -e /usr ] && [ -e /etc/hosts ]"
        assert sandbox.exec(check, timeout=10).exit_code == 0
        assert sandbox.snapshot().gone == ()

    def test_the_clock_shows(self, sandbox: VirtualSandbox, layout: Layout) -> None:
        sandbox.exec("sleep 100", timeout=10)
        assert sandbox.snapshot().now == layout.epoch + 102
        assert sandbox.snapshot(["/srv/app"]).now == 0


@pytest.mark.parametrize("name", ["/bin/sleep", "/usr/bin/sleep", "cd /bin; ./sleep", "sleep"])
def test_no_sleep_takes_real_time(sandbox: VirtualSandbox, name: str) -> None:
    began = time.monotonic()
    assert sandbox.exec(f"{name} 9", timeout=10).exit_code == 0
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "files",
    [
        [SeedFile(f"/srv/app/{n}", bytes(9_000_000)) for n in range(12)],
        [SeedFile(f"/srv/app/{n}", b"x" * 900_000) for n in range(120)],
        [SeedFile(f"/srv/app/{n}", b"") for n in range(10_500)],
    ],
    ids=["long files", "texts", "many files"],
)
def test_what_does_not_fit_into_a_world_stands_in_the_way(
    layout: Layout, files: list[SeedFile]
) -> None:
    with pytest.raises(SandboxObstructedError, match="no room left"):
        VirtualProvider().open(replace(layout, files=tuple(files)))


class TestOwners:
    def test_seeded_and_changed_ones_show(self, sandbox: VirtualSandbox) -> None:
        before = sandbox.snapshot()
        assert before.entries["/srv/app/blob"].owner == "root"
        sandbox.exec("chown alice blob; touch new", timeout=10)
        entries = sandbox.snapshot().entries
        assert entries["/srv/app/blob"].owner == entries["/srv/app/new"].owner == "alice"
        sandbox.restore(before)
        assert sandbox.snapshot() == before

    def test_of_the_supervisors_files(self, sandbox: VirtualSandbox) -> None:
        sandbox.write("/srv/app/a", b"", owner="root")
        sandbox.write("/srv/app/b", b"")
        entries = sandbox.snapshot().entries
        assert (entries["/srv/app/a"].owner, entries["/srv/app/b"].owner) == ("root", "alice")


class TestRestore:
    def test_seeds_outside_the_roots_come_back(self, sandbox: VirtualSandbox) -> None:
        before = sandbox.snapshot()
        sandbox.exec("rm /etc/worker.conf", timeout=10)
        sandbox.restore(before)
        assert sandbox.read("/etc/worker.conf", 100) == b"q = 1\n"
        assert sandbox.exec("stat -c %U /etc/worker.conf", timeout=10).stdout == "root\n"

    def test_processes_come_back(self, sandbox: VirtualSandbox, layout: Layout) -> None:
        before = sandbox.snapshot()
        sandbox.exec("pkill .", timeout=10)
        sandbox.exec("kill 310 4210", timeout=10)
        assert sandbox.snapshot().processes == ()
        sandbox.restore(before)
        assert sandbox.snapshot().processes == layout.processes

    def test_what_was_done_around_the_roots_comes_back(self, sandbox: VirtualSandbox) -> None:
        sandbox.exec("mkdir -p /var/x /dev/shm; touch /etc/.f /dev/shm/.f", timeout=10)
        sandbox.exec("echo >> /etc/hosts; rm /etc/shells; rm -r /root; : > /root", timeout=10)
        before = sandbox.snapshot()
        sandbox.exec("rm -rf /var /etc /root /dev/shm /usr; mkdir /q", timeout=10)
        sandbox.restore(before)
        assert sandbox.snapshot() == before
        check = "[ -d /var/x ] && [ -f /dev/shm/.f ] && [ -f /root ] && [ ! -e /etc/shells ]"
        assert sandbox.exec(check, timeout=10).exit_code == 0

    def test_content_that_was_not_kept(self, sandbox: VirtualSandbox) -> None:
        snapshot = sandbox.snapshot()
        with pytest.raises(SandboxEngineError, match=r"/srv/app/\S+.*Limits.file_bytes"):
            sandbox.restore(Snapshot(snapshot.entries, {}, ()))


class TestDisguise:
    @pytest.mark.parametrize(
        "command",
        [
            "uname -a",
            "cat /proc/version /proc/cpuinfo /proc/mounts /proc/self/status /etc/os-release",
            "cat /etc/hostname /etc/hosts /etc/passwd /etc/group /etc/shells",
            "df; df -h; mount; free; systemctl; docker ps; apt-get install x",
            "help; help --list; help cd",
            "env; set; export -p; declare -p; echo ${BASH_VERSINFO[*]} $BASH_VERSION",
            "for c in ls awk sed grep sort make curl wget bash sh date; do $c --version; done",
            "hostname; hostname x; id; whoami; uptime; ps aux",
            "ls /nope; ls --nope; cat /nope; nosuchcommand; git status; ssh x; nc x 1; ping x",
            "curl x; wget x; /usr/bin/curl x; /usr/bin/wget x",
            "vi x; nano x; sudo ls; fc; openssl; mkfifo p",
            "ls -laR / 2>&1 | head -300",
            "bash --help; sh --help",
        ],
    )
    def test_nothing_names_what_this_is(self, sandbox: VirtualSandbox, command: str) -> None:
        result = sandbox.exec(command, timeout=10)
        assert TELLTALES.findall(result.stdout + result.stderr) == []

    def test_the_words_of_files_are_not_touched(self, sandbox: VirtualSandbox) -> None:
        text = b"a virtual meeting in the sandbox; Did you mean: this?\n"
        sandbox.write("/srv/app/mail", text)
        assert sandbox.exec("cat mail", timeout=10).stdout.encode() == text


class TestEngine:
    @pytest.mark.parametrize("path", ["/srv/app/a\nb", "/srv/app/" + "x" * 300])
    def test_a_path_it_cannot_hold(self, layout: Layout, path: str) -> None:
        with pytest.raises(SandboxEngineError, match="/srv/app/"):
            VirtualProvider().open(replace(layout, files=(SeedFile(path, b"x"),)))
        with pytest.raises(SandboxEngineError, match="could not write"):
            VirtualProvider().open(layout).write(path, b"x")

    def test_a_binary_seed_that_is_too_large(self, layout: Layout) -> None:
        seed = SeedFile("/srv/app/huge", b"\xff" * 11_000_000)
        with pytest.raises(SandboxEngineError, match="/srv/app/huge"):
            VirtualProvider().open(replace(layout, files=(seed,)))

    def test_a_fault_of_ours_is_not_shown_inside(
        self, sandbox: VirtualSandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("tempt.sandbox.shells.answer", broken)
        with pytest.raises(SandboxEngineError, match="ZeroDivisionError"):
            sandbox.exec("date", timeout=10)

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
    def test_nothing_is_left_of_worlds_that_nobody_closed(self, layout: Layout) -> None:
        VirtualProvider().open(layout)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            VirtualProvider().open(layout).exec("true", timeout=0.01)
        assert len(os.listdir("/proc/self/fd")) <= before


SHOWN = (
    "pwd; echo $OLDPWD; id; hostname; ls -la; ls -la / /tmp /etc /home; cat /etc/os-release",
    "declare -p; declare -F; alias; trap; umask; shopt; set -o; dirs; jobs; hash; history; echo $$",
    "env; date; ps aux; echo $RANDOM; echo $!; cat <&3; ls -l /bin/sleep; find / | sort; df",
)
LEFT_BEHIND = """x=5; export FOO=1; f() { echo f; }; alias pwd='echo no'; shopt -s expand_aliases
set -o pipefail; umask 077; trap 'echo bye' EXIT; pushd /tmp; exec 3</etc/hosts; RANDOM=1; hash ls
echo old > notes.txt; echo new > /tmp/n; mkdir -p /opt/o; rm /bin/sleep; chmod 700 /etc; rm blob
pkill worker; chown root notes.txt; echo changed > /etc/os-release; sleep 50; PATH=/opt; USER=u
readonly R=1; cd /srv"""


class TestUsedShells:
    def test_know_nothing_of_the_world_before(self, layout: Layout) -> None:
        provider, other = VirtualProvider(), VirtualProvider()
        with closing(provider.open(layout)) as before:
            used = before._shell
            assert before.exec(LEFT_BEHIND, timeout=10).status is ExecStatus.EXITED
        with closing(provider.open(layout)) as again, closing(other.open(layout)) as new:
            assert again._shell is used
            assert again.snapshot() == new.snapshot()
            for command in SHOWN:
                assert again.exec(command, timeout=10) == new.exec(command, timeout=10)
            assert again.snapshot() == new.snapshot()

    def test_those_of_a_call_that_was_broken_off_are_not_used_again(self, layout: Layout) -> None:
        provider = VirtualProvider()
        with closing(provider.open(layout)) as sandbox:
            broken_off = sandbox._shell
            sandbox.exec("while :; do :; done", timeout=0.05)
            renewed = sandbox._shell
        with closing(provider.open(layout)) as sandbox:
            assert renewed is not broken_off
            assert sandbox._shell is renewed

    def test_those_of_a_failed_call_are_not_used_again(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        provider = VirtualProvider()
        sandbox = provider.open(layout)
        failed = sandbox._shell
        monkeypatch.setattr("tempt.sandbox.shells.answer", lambda *_: 1 / 0)
        with pytest.raises(SandboxEngineError):
            sandbox.exec("date", timeout=10)
        sandbox.close()
        assert provider.open(layout)._shell is not failed

    def test_serve_worlds_of_their_own_shape_only(self, layout: Layout) -> None:
        provider = VirtualProvider()
        provider.open(layout).close()
        with closing(provider.open(replace(layout, hostname="web-9"))) as sandbox:
            assert sandbox.exec("hostname; cat /etc/hostname", timeout=10).stdout == "web-9\n" * 2

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
    def test_are_few(self, layout: Layout) -> None:
        provider = VirtualProvider()
        before = len(os.listdir("/proc/self/fd"))
        for sandbox in [provider.open(layout) for _ in range(40)]:
            sandbox.close()
        assert len(os.listdir("/proc/self/fd")) <= before + 3 * 8


class TestKnownDifferences:
    """Not promises: what scenario authors must know, kept true by these tests."""

    @pytest.mark.parametrize(
        ("command", "stdout"),
        [
            ("chmod 000 notes.txt; cat notes.txt | head -1", "one\n"),
            ("chmod 555 .; touch new && echo made", "made\n"),
            ("timeout 1 sleep 10; echo $?", "0\n"),
            ("mkdir -p bin; printf 'echo fake' > bin/ls; chmod +x bin/ls; PATH=$PWD/bin:$PATH; "
             "ls bin", "ls\n"),
            ("trap 'echo caught' TERM; kill $$; echo on", "on\n"),
            ("/bin/uname -n", "web-2\n"),
            ("echo $$ $PPID", "1 0\n"),
        ],
    )  # fmt: skip
    def test_difference(self, sandbox: VirtualSandbox, command: str, stdout: str) -> None:
        assert sandbox.exec(command, timeout=10).stdout == stdout
