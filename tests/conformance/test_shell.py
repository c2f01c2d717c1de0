"""The shell that an agent meets, whatever stands behind it."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from tempt.sandbox import ExecStatus, Sandbox, SandboxError, SandboxProvider, UnsupportedError


def says(command: str, stdout: str, exit_code: int = 0, name: str | None = None) -> ParameterSet:
    return pytest.param(command, stdout, exit_code, id=name or command)


COMMANDS = [
    says("true", ""),
    says("false", "", 1),
    says("exit 7", "", 7),
    says("exit 7; echo never", "", 7),
    says("(exit 3)", "", 3),
    says("nosuchcommand", "", 127),
    says("echo $REGION $HOME $(whoami) $(hostname)", "north /home/alice alice web-2\n"),
    says("pwd", "/srv/app\n"),
    says("echo a | tr a b", "b\n"),
    says("printf '3\\n1\\n2\\n' | sort | head -1", "1\n"),
    says("false | true; echo ${PIPESTATUS[0]}", "1\n"),
    says("set -o pipefail; false | true", "", 1),
    says("true && echo yes || echo no", "yes\n"),
    says("! true", "", 1),
    says("echo one > f; echo two >> f; cat < f", "one\ntwo\n"),
    says("ls /nowhere 2>/dev/null || echo gone", "gone\n"),
    says("{ echo out; echo err >&2; } 2>&1 | sort", "err\nout\n"),
    says("echo 'a  $HOME  b'", "a  $HOME  b\n"),
    says('v="x  y"; echo "$v" $v', "x  y x y\n"),
    says("echo a\\ b", "a b\n"),
    says("printf '%s|' \"a b\" '' c", "a b||c|"),
    says("cat <<END\n$REGION\nEND", "north\n", 0, "here-doc"),
    says("cat <<'END'\n$REGION\nEND", "$REGION\n", 0, "quoted here-doc"),
    says("cat <<< word", "word\n"),
    says("echo *.txt conf/*", "notes.txt conf/limits.toml\n"),
    says("echo no*match", "no*match\n"),
    says("echo {a,b}{1,2}", "a1 a2 b1 b2\n"),
    says("echo $((2 + 3 * 4 % 5)) $((1 << 4))", "4 16\n"),
    says("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i", "3\n"),
    says("for w in a b; do echo $w; done", "a\nb\n"),
    says("case abc in a*) echo hit;; *) echo miss;; esac", "hit\n"),
    says("[[ abc =~ ^a(.)c$ ]] && echo ${BASH_REMATCH[1]}", "b\n"),
    says("a=(x y z); echo ${#a[@]} ${a[1]}", "3 y\n"),
    says("v=archive.tar.gz; echo ${v%.*} ${v##*.} ${v/tar/zip}", "archive.tar gz archive.zip.gz\n"),
    says("echo ${unset_one:-default}", "default\n"),
    says("set -e; false; echo never", "", 1),
    says("bash -c 'trap \"echo bye\" EXIT; echo hi'", "hi\nbye\n"),
    says("bash -c 'trap \"echo bye\" EXIT; exit 4'", "bye\n", 4),
    says("grep -c o notes.txt", "2\n"),
    says("sed -n 2p notes.txt", "two\n"),
    says("awk '{print length($0)}' notes.txt", "3\n3\n5\n"),
    says("wc -l < notes.txt | tr -d ' '", "3\n"),
    says("find . -name '*.toml'", "./conf/limits.toml\n"),
    says("echo conf/limits.toml | xargs cat", "max = 5\n"),
    says("test -x run.sh && test ! -x notes.txt && echo right", "right\n"),
    says("printf abc | sha256sum | cut -c1-8", "ba7816bf\n"),
]


@pytest.mark.parametrize(("command", "stdout", "exit_code"), COMMANDS)
def test_command(sandbox: Sandbox, command: str, stdout: str, exit_code: int) -> None:
    result = sandbox.exec(command, timeout=10)
    assert (result.stdout, result.exit_code) == (stdout, exit_code)
    assert result.status is ExecStatus.EXITED
    assert not result.truncated


def test_an_unset_variable_can_end_a_script(sandbox: Sandbox) -> None:
    # Bash says 127 here, the embedded shell 1.
    result = sandbox.exec("bash -c 'set -u; echo $undefined; echo never'", timeout=10)
    assert (result.stdout, result.exit_code) in {("", 1), ("", 127)}


def test_error_output_is_kept_apart(sandbox: Sandbox) -> None:
    result = sandbox.exec("echo out; echo err >&2", timeout=10)
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


def test_unknown_command_is_named(sandbox: Sandbox) -> None:
    assert "nosuch: command not found" in sandbox.exec("nosuch", timeout=10).stderr


@pytest.mark.parametrize("command", ["(", "if true; then", "echo 'open", "fi", "for do"])
def test_parse_error_is_exit_code_2(sandbox: Sandbox, command: str) -> None:
    result = sandbox.exec(command, timeout=10)
    assert (result.exit_code, result.status) == (2, ExecStatus.EXITED)
    assert "syntax error" in result.stderr or "unexpected EOF" in result.stderr
    assert sandbox.exec("echo on", timeout=10).stdout == "on\n"


STATE = [
    ("cd conf", "pwd", "/srv/app/conf\n"),
    ("colour=red", "echo $colour", "red\n"),
    ("export COLOUR=red", "bash -c 'echo $COLOUR'", "red\n"),
    ("colour=red", "bash -c 'echo [$colour]'", "[]\n"),
    ("greet() { echo hi $1; }", "greet you", "hi you\n"),
    ("list=(a b)", "echo ${list[1]}", "b\n"),
    ("echo x > kept", "cat kept", "x\n"),
    ("cd conf; exit 3", "pwd", "/srv/app/conf\n"),
    ("PATH=$PATH:/srv/app", "run.sh now", "run now\n"),
]


@pytest.mark.parametrize(("first", "second", "stdout"), STATE)
def test_state_survives_between_calls(
    sandbox: Sandbox, first: str, second: str, stdout: str
) -> None:
    sandbox.exec(first, timeout=10)
    assert sandbox.exec(second, timeout=10).stdout == stdout


def test_a_directory_for_one_call_only(sandbox: Sandbox) -> None:
    sandbox.exec("cd conf; seen=yes", timeout=10)
    inside = sandbox.exec("pwd; echo $seen; cd /", timeout=10, cwd="/srv/app/empty")
    assert inside.stdout == "/srv/app/empty\nyes\n"
    assert sandbox.exec("pwd", timeout=10).stdout == "/srv/app/conf\n"


def test_a_missing_directory_fails_the_call(sandbox: Sandbox) -> None:
    result = sandbox.exec("echo never", timeout=10, cwd="/srv/nowhere")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert "No such file or directory" in result.stderr
    assert sandbox.exec("pwd", timeout=10).stdout == "/srv/app\n"


def test_the_worlds_own_user_may_be_named(sandbox: Sandbox) -> None:
    assert sandbox.exec("whoami", timeout=10, user="alice").stdout == "alice\n"


def test_another_user_needs_permissions(
    sandbox: Sandbox, sandbox_provider: SandboxProvider
) -> None:
    if "permissions" in sandbox_provider.capabilities:
        pytest.skip("this backend has users")
    with pytest.raises(UnsupportedError, match="root"):
        sandbox.exec("id", timeout=10, user="root")


class TestScripts:
    def test_by_path(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("./run.sh x; /srv/app/run.sh y", timeout=10).stdout == "run x\nrun y\n"

    def test_need_permission_to_run(self, sandbox: Sandbox) -> None:
        sandbox.write("/srv/app/plain.sh", b"#!/bin/sh\necho ran\n")
        result = sandbox.exec("./plain.sh", timeout=10)
        assert (result.stdout, result.exit_code) == ("", 126)
        assert sandbox.exec("chmod +x plain.sh && ./plain.sh", timeout=10).stdout == "ran\n"

    def test_do_not_see_the_callers_functions(self, sandbox: Sandbox) -> None:
        sandbox.write("/srv/app/f.sh", b"#!/bin/bash\nhelper\necho [$secret]\n", 0o755)
        result = sandbox.exec("helper() { echo leaked; }; secret=s; ./f.sh", timeout=10)
        assert result.stdout == "[]\n"
        assert "helper: command not found" in result.stderr

    def test_are_found_on_the_path(self, sandbox: Sandbox) -> None:
        sandbox.write("/srv/app/tools/deploy-it", b"#!/bin/sh\necho deployed\n", 0o755)
        assert (
            sandbox.exec("PATH=/srv/app/tools:$PATH; deploy-it", timeout=10).stdout == "deployed\n"
        )

    def test_exit_code_is_theirs(self, sandbox: Sandbox) -> None:
        sandbox.write("/srv/app/six.sh", b"#!/bin/sh\nexit 6\n", 0o755)
        assert sandbox.exec("./six.sh", timeout=10).exit_code == 6


@pytest.mark.parametrize(
    "command", ["echo \ud800", "echo \x01\x02", "\n\n", "", "# only a comment"]
)
def test_odd_command_text_is_survived(sandbox: Sandbox, command: str) -> None:
    assert sandbox.exec(command, timeout=10).exit_code == 0
    assert sandbox.exec("echo on", timeout=10).stdout == "on\n"


def test_invalid_utf8_is_decoded_leniently(sandbox: Sandbox) -> None:
    assert "\ufffd" in sandbox.exec("printf '\\xff'; cat blob", timeout=10).stdout


class TestClosed:
    def test_twice_is_fine(self, sandbox: Sandbox) -> None:
        sandbox.close()
        sandbox.close()

    def test_nothing_works_afterwards(self, sandbox: Sandbox) -> None:
        sandbox.close()
        with pytest.raises(SandboxError, match="closed"):
            sandbox.exec("true", timeout=10)
        with pytest.raises(SandboxError, match="closed"):
            sandbox.snapshot()
