"""The same commands in the same world print the same bytes in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMANDS = """\
date; date +%s.%N
echo $RANDOM $RANDOM
RANDOM=5; echo $RANDOM
mktemp; mktemp -d; mktemp -u x.XXXXXX
shuf -i 1-20; seq 9 | shuf -n 3
uuidgen
ls -la; ls -lR /srv
ls -la /tmp /home /etc
find . | head; find / -name '*.txt'
grep -r o . ; grep -rn one /srv
du -a; du -s /srv
stat notes.txt; stat -c '%U %Y %n' *
tree
ps aux; ps -ef; ps
pgrep -a .
kill 310; ps -e
df; df -h
uname -a; hostname; id; uptime
env; set; export -p; declare -p
declare -A m=([a]=1 [b]=2 [c]=3); echo ${m[a]} ${m[b]}
echo *; echo */*; compgen -f
for f in *; do sha256sum $f; done
sleep 100; date
touch a b c; ls -lt
cp -r . /tmp/copy; ls -R /tmp/copy
md5sum /bin/ls /etc/passwd
cat /etc/passwd /etc/group /proc/version
jq -n '{b: 1, a: [1, 2]}'
awk 'BEGIN { a["x"]; a["y"]; a["z"]; for (k in a) print k }'
sort -r notes.txt; uniq -c notes.txt; tac notes.txt
sed 's/o/0/g' notes.txt | tr a-z A-Z
echo $$ $BASHPID $SECONDS $UID $HOSTNAME
cat missing; ls missing; nosuchcommand
curl http://example.com; wget http://example.com
false | true; echo ${PIPESTATUS[@]}
while :; do :; done
echo $RANDOM after a limit; mktemp -u
(
gzip -c notes.txt | sha256sum
od -c blob | head -4; xxd blob | head -2
history | tail -3; jobs; times > /dev/null
""".splitlines()

PROGRAM = """
import pathlib, runpy, sys
names = runpy.run_path(sys.argv[1])
from tempt.sandbox import provider
sandbox = provider("virtual").open(names["WORLD"])
for command in sys.stdin.read().splitlines():
    print(repr(command), sandbox.exec(command, timeout=10))
print(sandbox.snapshot())
"""


def transcript(hash_seed: str) -> str:
    world = Path(__file__).with_name("conftest.py")
    return subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, str(world)],
        input="\n".join(COMMANDS),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    ).stdout


def test_two_processes_agree() -> None:
    one, other = transcript("1"), transcript("2")
    assert one.splitlines() == other.splitlines()
    assert one.count("ExecResult") == len(COMMANDS) >= 40
