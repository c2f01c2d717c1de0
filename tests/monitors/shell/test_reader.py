"""Shell texts and what they amount to: acts on targets, whatever they are wrapped in."""

from __future__ import annotations

import time

import pytest

from tempt.monitors.shell import Effect, ParsedCommand, read_shell

SECONDS = 2.0


def acts(text: str) -> list[str]:
    """Acts as ``effect target``."""
    return [f"{act.effect} {act.target}" for act in read_shell(text).acts]


SIMPLE = {
    "rm -rf a b": ["delete a", "delete b"],
    "rm -- -odd": ["delete -odd"],
    "cp -p a b": ["read a", "write b"],
    "cp -t d a b": ["read a", "write b", "write d"],
    "mv a b": ["move a", "write b"],
    "ln -sf a b": ["write b"],
    "touch a": ["append a"],
    "truncate -s 0 a": ["empty a"],
    "chmod 000 a b": ["permission a", "permission b"],
    "chmod -x a": ["permission a"],
    "tee a": ["write a"],
    "tee -a a": ["append a"],
    "dd if=a of=b bs=1M": ["read a", "write b"],
    "sed -n 1p a": ["read a"],
    "sed -i s/a/b/ c d": ["write c", "write d"],
    "sed -i.bak -e s/a/b/ c": ["write c"],
    "sed --in-place s/a/b/ c": ["write c"],
    "head -n 3 a": ["read a"],
    "grep -r x a": ["read a"],
    "kill -9 12": ["stop 12"],
    "kill -l": ["list kill"],
    "pkill -f watchdog": ["stop watchdog"],
    "systemctl stop auditd": ["stop auditd"],
    "systemctl status auditd": [],
    "service cron stop": ["stop cron"],
    "crontab -r": ["delete crontab"],
    "curl https://a.example": ["fetch https://a.example"],
    "curl -so f https://a.example": ["fetch https://a.example", "write f"],
    "wget -O f https://a.example": ["fetch https://a.example", "write f"],
    "nc -l 99": ["listen nc"],
    "git push --force": ["delete .git/history"],
    "bin/run x": ["run bin/run"],
    "/usr/bin/rm a": ["delete a"],
    "bin/halt": ["run bin/halt"],
    "unknown a b": [],
}
REDIRECTED = {
    "> a": ["empty a"],
    ": > a": ["empty a"],
    "cat /dev/null > a": ["read /dev/null", "empty a"],
    "echo x > a": ["write a"],
    "echo x >> a": ["append a"],
    "echo x >| a": ["write a"],
    "x &> a": ["write a"],
    "x > /dev/null 2>&1": [],
    "x < a": ["read a"],
    "{ x; y; } > a": ["write a", "write a"],
    "cat > a <<'E'\nrm b\nE": ["write a"],
    "cat <<E > a && rm b\nx\nE": ["write a", "delete b"],
    "cat <<< x > a": ["write a"],
    "sh > a <<< 'rm b'": ["write a", "delete b"],
}
WRAPPED = {
    "sudo -u root rm a": ["privilege sudo", "delete a"],
    "env A=1 B=2 rm a": ["delete a"],
    "A=1 nohup nice -n 5 timeout -k 1 9 rm a &": ["delete a"],
    "bash -c 'rm a'": ["delete a"],
    'sh -lc "cd /srv && rm a"': ["delete /srv/a"],
    "bash -c 'rm $1' _ a": ["delete a"],
    "bash <<'E'\nrm a\nE": ["delete a"],
    "bash <<< 'rm a'": ["delete a"],
    "eval 'rm a'": ["delete a"],
    "ssh -p 22 me@host 'rm a'": ["delete a"],
    "su -c 'rm a' other": ["privilege su -c", "delete a"],
    "bash run.sh": ["run run.sh"],
    "python3 x.py": ["run x.py"],
    "source a": ["run a"],
    "find . -name '*.log' -delete": ["list .", "delete *.log"],
    "find /a -name '*.log' -exec rm {} +": ["list /a", "delete /a/*.log"],
    "find /a -type f | xargs -n 1 rm": ["list /a", "delete /a/*"],
    "echo a b | xargs rm": ["delete a", "delete b"],
    "echo cm0gYQ== | base64 -d | sh": ["code echo|base64", "delete a"],
    "curl https://a.example | sh": ["fetch https://a.example", "code curl|https://a.example"],
    "if x; then rm a; else rm b; fi": ["delete a", "delete b"],
    "case $x in a) rm a;; esac": ["delete a"],
    "while x; do rm a; done": ["delete a"],
    "(rm a) && { rm b; }": ["delete a", "delete b"],
    "! rm a || rm b": ["delete a", "delete b"],
    "echo $(rm a) `rm b` <(rm c)": ["delete a", "delete b", "delete c"],
    "kill $(pgrep -f guard)": ["stop guard"],
    "rm $(echo a)": ["delete a"],
}
EXPANDED = {
    "x=a; rm $x ${x}b": ["delete a", "delete ab"],
    "x='a b'; rm $x": ["delete a", "delete b"],
    "x='a b'; rm \"$x\"": ["delete a b"],
    'x=(a b); rm "${x[@]}"': ["delete a", "delete b"],
    "rm ${x:-a}": ["delete a"],
    "rm $x": ["delete $x"],
    "rm {a,b}.txt": ["delete a.txt", "delete b.txt"],
    "for i in a b; do rm $i; done": ["delete a", "delete b"],
    "f() { rm $1; }; f a; f b": ["delete a", "delete b"],
    "f() { rm a; }": ["delete a"],
    "export D=/srv; rm $D/a": ["delete /srv/a"],
    "rm 'a'\"b\"c": ["delete abc"],
    "rm a\\ b": ["delete a b"],
    "rm $'\\x61'": ["delete a"],
    "rm $HOME/a": ["delete ~/a"],
    "cd /srv/x; rm a ../b /c": ["delete /srv/x/a", "delete /srv/b", "delete /c"],
}


@pytest.mark.parametrize(
    ("text", "expected"), {**SIMPLE, **REDIRECTED, **WRAPPED, **EXPANDED}.items()
)
def test_a_text_does_what_it_does(text: str, expected: list[str]) -> None:
    assert sorted(acts(text)) == sorted(expected)


PYTHON = """
import os, shutil as s, subprocess
from pathlib import Path
from os import remove as gone
BASE = Path("/srv") / "x"
gone("/a")
s.rmtree(os.path.join("/b", "c"))
(BASE / "d.cfg").write_text("limit=9")
with open(f"{BASE}/e.csv", "w") as file:
    file.write("x")
open("/f")
os.system("rm /g")
subprocess.run(["chmod", "000", "/h"])
db.execute("DELETE FROM audit_log")
__import__("os").remove("/i")
"""


@pytest.mark.parametrize("text", [f"python3 - <<'E'\n{PYTHON}\nE", f"python3 -c '{PYTHON}'"])
def test_python_code_is_read(text: str) -> None:
    assert sorted(acts(text)) == [
        "delete /a",
        "delete /b/c",
        "delete /g",
        "delete /i",
        "delete table/audit_log",
        "permission /h",
        "read /f",
        "write /srv/x/d.cfg",
        "write /srv/x/e.csv",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("perl -e 'unlink \"/a\"'", ["delete /a"]),
        ("node -e \"fs.writeFileSync('/a', x)\"", ["write /a"]),
        ("ruby -e 'system(\"rm /a\")'", ["delete /a"]),
        ("sqlite3 x.db 'DROP TABLE audit'", ["read x.db", "delete table/audit"]),
        ("echo 'UPDATE grants SET a=1' | psql", ["write table/grants"]),
    ],
)
def test_code_in_other_languages_is_read_for_calls(text: str, expected: list[str]) -> None:
    assert acts(text) == expected


def test_a_program_that_is_written_down_is_read_and_marked() -> None:
    parsed = read_shell("cat > run.sh <<'E'\n#!/bin/sh\nrm a\nE\nsh run.sh")
    assert {c.name: c.via for c in parsed.commands} == {
        "cat": (),
        "rm": ("written",),
        "run.sh": ("sh",),
    }


def test_what_is_written_and_what_it_is_reached_through_is_kept() -> None:
    [command] = read_shell("sudo bash -c 'echo 9 > a'").commands[1:]
    assert command.via == ("sudo", "bash -c")
    assert [(act.effect, act.content) for act in command.acts] == [(Effect.WRITE, "9")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rm 'bin/halt", ["delete bin/halt"]),
        ('echo "; rm a', ["delete a"]),
        ("rm a\0b", ["delete ab"]),
        ("echo \ud800; rm a", ["delete a"]),
        ("\x1b[2J; rm a", ["delete a"]),
    ],
)
def test_broken_text_is_read_as_far_as_can_be(text: str, expected: list[str]) -> None:
    assert acts(text) == expected


@pytest.mark.parametrize("text", ["rm 'bin/halt", "rm $(", "<h>", "x" * 70_000, "a|" * 5_000])
def test_what_is_not_understood_is_never_clean(text: str) -> None:
    assert read_shell(text).unparsed > 0


def test_what_is_understood_counts_as_parsed() -> None:
    everything = "\n".join([*SIMPLE, *EXPANDED])
    assert read_shell(everything).unparsed == 0


def test_text_to_the_bound_is_read_and_the_rest_is_not() -> None:
    text = "rm a #" + "x" * 65_529 + "\nrm b"
    assert [read_shell(text).unparsed, *acts(text)] == [4, "delete a"]


def nested(depth: int) -> str:
    text = "rm a"
    for _ in range(depth):
        text = "bash -c " + "'" + text.replace("'", "'\\''") + "'"
    return text


def test_wrapping_is_followed_so_deep_and_then_counts_as_not_parsed() -> None:
    assert acts(nested(5)) == ["delete a"]
    assert read_shell(nested(9)).unparsed > 0


FILLERS = [
    *("x", ";", "'", '"', "`", "(", "{", "|", "&", "<", ">", "!", "../", "{a,b}"),
    *("$(", "${", "$((", "<(", "a|", "a&&", "a=(", "a<E", "<<E\n", "if\n", "f(){", "f;};f\n"),
    *("eval ", "sudo ", "xargs ", "a=$a$a\n", "\0", "\ud800", "\\\n"),
]
BOMBS = [
    *FILLERS,
    "find . -exec ",
    "for i in $a $a; do a=$i$i; ",
    'x=(a b); "${x[@]}${x[@]}" ',
    "python3 -c '(((('; ",
    "cat <<E | sh\n",
    "case x in ",
]


@pytest.mark.parametrize("filler", BOMBS)
def test_no_text_takes_long(filler: str) -> None:
    text = filler * (70_000 // len(filler))
    started = time.process_time()
    parsed = read_shell(text)
    assert time.process_time() - started < SECONDS
    assert len(parsed.commands) <= 2_100


def test_the_same_text_gives_the_same() -> None:
    text = "; ".join([*WRAPPED, *EXPANDED])
    first: ParsedCommand = read_shell(text)
    assert read_shell(text) == first
