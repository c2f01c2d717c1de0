"""The machine's commands, one line a case."""

from __future__ import annotations

import pytest

from tempt.sandbox.virtual import VirtualSandbox

# Each case runs in a new world: two seconds after its epoch, 22:13:20 on 14 November 2023.
OUTPUT = [
    ("date", "Tue Nov 14 22:13:22 UTC 2023\n"),
    ("date +%s", "1700000002\n"),
    ("date '+%F %T %a %b %e %j %u %y %I%p %Z %%'",
     "2023-11-14 22:13:22 Tue Nov 14 318 2 23 10PM UTC %\n"),
    ("date +%-d/%-m/%_H/%^a/%Q", "14/11/22/TUE/%Q\n"),
    ("date +%N", "000000000\n"),
    ("date -u -d @0 +%FT%TZ", "1970-01-01T00:00:00Z\n"),
    ("date --date='2024-02-28 23:30' +%c", "Wed Feb 28 23:30:00 2024\n"),
    ("date -d 2024-02-28T01:02:03Z +%s", "1709082123\n"),
    ("date -d yesterday +%F; date -d tomorrow +%F", "2023-11-13\n2023-11-15\n"),
    ("date -d '3 days ago' +%F; date -d '+2 weeks' +%F", "2023-11-11\n2023-11-28\n"),
    ("date -d '2024-01-01 1 day' +%F", "2024-01-02\n"),
    ("date -I; date -Iseconds; date -R",
     "2023-11-14\n2023-11-14T22:13:22+00:00\nTue, 14 Nov 2023 22:13:22 +0000\n"),
    ("date -r notes.txt +%T", "22:13:20\n"),
    ("sleep 90; date +%T", "22:14:52\n"),
    ("sleep 0.5 1.5; date +%T", "22:13:24\n"),
    ("sleep 1h 1m; date +%T", "23:14:22\n"),
    ("sleep 5 & wait; date +%T", "22:13:27\n"),
    ("ps",
     "    PID TTY          TIME CMD\n"
     "      1 pts/0    00:00:00 bash\n   4211 pts/0    00:00:00 ps\n"),
    ("ps -eo pid,user,cmd --no-headers | head -2",
     "      1 alice    bash\n    310 root     /usr/sbin/cron -f\n"),
    ("ps -o pid=,args= -p 310", "    310 /usr/sbin/cron -f\n"),
    ("ps aux | awk '{print $1, $2, $11}' | head -3",
     "USER PID COMMAND\nalice 1 bash\nroot 310 /usr/sbin/cron\n"),
    ("ps -ef | awk '{print $1, $2, $3, $8}' | sed -n 3p", "root 310 1 /usr/sbin/cron\n"),
    ("ps -C cron -o pid=", "    310\n"),
    ("ps aux | grep -c '[w]orker'", "1\n"),
    ("pgrep cron; pgrep -l worker", "310\n4210 worker\n"),
    ("pgrep -a 'w.*r'; pgrep -f '^/usr/bin.*mail$'", "4210 /usr/bin/worker --queue mail\n4210\n"),
    ("pgrep -f '[c]ron|nothing'; pgrep -c .; pgrep -x work; echo $?", "310\n0\n1\n"),
    ("pgrep -u root ''; pgrep -n ''; pgrep -o ''", "310\n4210\n310\n"),
    ("kill 310; pgrep cron; echo $?", "1\n"),
    ("kill -s STOP 310 && kill -SIGCONT 310 && kill -0 310 && pgrep cron", "310\n"),
    ("pkill -9 -f queue; pgrep worker || echo ended", "ended\n"),
    ("pkill nothing; echo $?", "1\n"),
    ("kill -l 9; kill -l TERM", "KILL\nTERM\n"),
    ("ls", "blob\nempty\nnotes.txt\nrun.sh\n"),
    ("ls -A", ".hidden\nblob\nempty\nnotes.txt\nrun.sh\n"),
    ("ls -a | head -2", ".\n..\n"),
    ("ls -d . empty", ".\nempty\n"),
    ("ls -S; ls -r", "empty\nblob\nrun.sh\nnotes.txt\nrun.sh\nnotes.txt\nempty\nblob\n"),
    ("ls notes.txt empty", "notes.txt\n\nempty:\n"),
    ("mkdir -p d/e; touch d/e/f; ls -R d", "d:\ne\n\nd/e:\nf\n"),
    ("ls -l run.sh", "-rwxr-xr-x 1 alice alice 22 Nov 14 22:13 run.sh\n"),
    ("ls -l blob empty/..", "-rw------- 1 root root 256 Nov 14 22:13 blob\n\nempty/..:\n"
     "total 16\n-rw------- 1 root  root   256 Nov 14 22:13 blob\n"
     "drwxr-xr-x 2 alice alice 4096 Nov 14 22:13 empty\n"
     "-rw-r--r-- 1 alice alice   14 Nov 14 22:13 notes.txt\n"
     "-rwxr-xr-x 1 alice alice   22 Nov 14 22:13 run.sh\n"),
    ("ln -s notes.txt l; ls -l l", "lrwxrwxrwx 1 alice alice 9 Nov 14 22:13 l -> notes.txt\n"),
    ("ln -s empty l; touch empty/x; ls l; ls -d l", "x\nl\n"),
    ("head -c 5000 /dev/zero > big; ls -lh big; ls -s big 2>/dev/null || ls -1 big",
     "-rw-r--r-- 1 alice alice 4.9K Nov 14 22:13 big\nbig\n"),
    ("sleep 300; touch late; ls -t | head -1", "late\n"),
    ("touch -d 2020-02-03 old; ls -l old", "-rw-r--r-- 1 alice alice 0 Feb  3  2020 old\n"),
    ("stat -c '%a %A %n %s %U %G %Y %F' blob",
     "600 -rw------- blob 256 root root 1700000000 regular file\n"),
    ("stat -c %F empty run.sh /etc; ln -s x l; stat -c '%F %N' l",
     "directory\nregular file\ndirectory\nsymbolic link 'l' -> 'x'\n"),
    ("stat --printf '%n|%h\\n' blob; stat -c %y blob",
     "blob|1\n2023-11-14 22:13:20.000000000 +0000\n"),
    ("sleep 60; echo x >> notes.txt; stat -c %Y notes.txt", "1700000062\n"),
    ("stat notes.txt | sed -n 3,4p",
     "Access: (0644/-rw-r--r--)  Uid: ( 1000/   alice)   Gid: ( 1000/   alice)\n"
     "Access: 2023-11-14 22:13:20.000000000 +0000\n"),
    ("chown root notes.txt; stat -c %U notes.txt", "root\n"),
    ("mkdir -p d; touch d/x; chown -R root:root d; stat -c %U d d/x", "root\nroot\n"),
    ("du -s .; du -b notes.txt; du -a empty", "24\t.\n14\tnotes.txt\n4\tempty\n"),
    ("du -h | tail -1; du -sc empty notes.txt", "24K\t.\n4\tempty\n4\tnotes.txt\n8\ttotal\n"),
    ("mkdir -p a/b; du -d 1 .", "8\t./a\n4\t./empty\n32\t.\n"),
    ("whoami; hostname; id; id -un; id -u root",
     "alice\nweb-2\nuid=1000(alice) gid=1000(alice) groups=1000(alice)\nalice\n0\n"),
    ("uname; uname -sn; uname -m", "Linux\nLinux web-2\nx86_64\n"),
    ("df -h / | tail -1", "/dev/vda1       20G 3.8G   16G  20% /\n"),
    ("shuf -e a | cat; shuf -i 3-3; echo z | shuf", "a\n3\nz\n"),
    ("shuf -i 1-9 | sort | tr -d '\\n'", "123456789"),
    ("shuf -n 2 notes.txt | wc -l; shuf -rn 5 -e q | uniq", "2\nq\n"),
    ("f=$(mktemp); test -f $f && stat -c %a $f; d=$(mktemp -d); stat -c %a $d", "600\n700\n"),
    ("mktemp -u | sed 's/[A-Za-z0-9]\\{10\\}$/X/'; mktemp -u a.XXX.log | wc -c",
     "/tmp/tmp.X\n10\n"),
    ("mktemp -p empty q.XXXX | cut -c1-8", "empty/q.\n"),
    ("uuidgen | wc -c", "37\n"),
    ("uptime | cut -c1-20", " 22:13:22 up 1 day, \n"),
    ("ls --version; ps --version", "ls (GNU coreutils) 9.1\nps (procps-ng) 4.0.2\n"),
    ("find . -name 'n*' -exec ls -l {} +",
     "-rw-r--r-- 1 alice alice 14 Nov 14 22:13 ./notes.txt\n"),
    ("echo notes.txt | xargs stat -c %s; bash -c 'ls | head -1'", "14\nblob\n"),
]  # fmt: skip

PROBLEMS = [
    ("date -d rubbish", 1, "date: invalid date 'rubbish'"),
    ("date -s 12:00", 1, "date: cannot set date: Operation not permitted"),
    ("date 1203", 1, "date: invalid date '1203'"),
    ("date --frob", 1, "date: unrecognized option '--frob'"),
    ("date -d @99999999999999", 1, "date: invalid date"),
    ("date -d @999999999999", 1, "date:"),
    ("sleep", 1, "sleep: missing operand"),
    ("sleep soon", 1, "sleep: invalid time interval 'soon'"),
    ("sleep -1", 1, "sleep: invalid time interval '-1'"),
    ("ps -o nonsense", 1, "error: unknown user-defined format specifier"),
    ("pgrep", 2, "pgrep: no matching criteria specified"),
    ("kill", 2, "kill: usage:"),
    ("kill 999", 1, "kill: (999) - No such process"),
    ("kill x", 1, "kill: x: arguments must be process or job IDs"),
    ("kill -NOPE 310", 1, "kill: NOPE: invalid signal specification"),
    ("kill %3", 1, "kill: %3: no such job"),
    ("kill $$", 1, "kill: (1) - Operation not permitted"),
    ("kill -9 -1", 1, "kill: (-1) - Operation not permitted"),
    ("ls absent", 2, "ls: cannot access 'absent': No such file or directory"),
    ("ls -Z", 2, "ls: invalid option -- 'Z'"),
    ("stat absent", 1, "stat: cannot statx 'absent': No such file or directory"),
    ("stat", 1, "stat: missing operand"),
    ("du absent", 1, "du: cannot access 'absent': No such file or directory"),
    ("chown nobody-here notes.txt", 1, "chown: invalid user: 'nobody-here'"),
    ("chown root absent", 1, "chown: cannot access 'absent': No such file or directory"),
    ("chown root", 1, "chown: missing operand"),
    ("mktemp xX", 1, "mktemp: too few X's in template 'xX'"),
    ("mktemp absent/XXXX", 1, "mktemp: failed to create file via template 'absent/XXXX'"),
    ("shuf absent", 1, "shuf: absent: No such file or directory"),
    ("shuf -i a-b", 1, "shuf: invalid number"),
    ("shuf -i 1-99999999999", 1, "shuf: invalid number"),
    ("hostname other", 1, "hostname: you must be root to change the host name"),
    ("id stranger", 1, "id: 'stranger': no such user"),
    ("curl http://example.com/x", 6, "curl: (6) Could not resolve host: example.com"),
    ("curl -sS -X POST -d a=1 https://u:p@api.example.com:8/x", 6, "resolve host: api.example.com"),
    ("curl 10.0.0.1", 7, "curl: (7) Failed to connect to 10.0.0.1 port 80"),
    ("curl", 2, "curl: try 'curl --help'"),
    ("wget example.com", 4, "wget: unable to resolve host address 'example.com'"),
    ("wget", 1, "wget: missing URL"),
    ("ssh -p 22 bob@example.com ls", 255, "ssh: Could not resolve hostname example.com"),
    ("scp notes.txt example.com:", 255, "ssh: Could not"),
    ("sudo ls", 127, "sudo: command not found"),
    ("vi notes.txt", 127, "vi: command not found"),
    ("help nonsense", 1, "no help topics match `nonsense'"),
]


@pytest.mark.parametrize(("command", "stdout"), OUTPUT, ids=[case[0] for case in OUTPUT])
def test_output(sandbox: VirtualSandbox, command: str, stdout: str) -> None:
    assert sandbox.exec(command, timeout=10).stdout == stdout


@pytest.mark.parametrize(
    ("command", "exit_code", "stderr"), PROBLEMS, ids=[case[0] for case in PROBLEMS]
)
def test_problem(sandbox: VirtualSandbox, command: str, exit_code: int, stderr: str) -> None:
    result = sandbox.exec(command, timeout=10)
    assert result.exit_code == exit_code
    assert stderr in result.stderr


@pytest.mark.parametrize("command", ["curl -s example.com", "wget -q example.com"])
def test_silence_is_kept(sandbox: VirtualSandbox, command: str) -> None:
    result = sandbox.exec(command, timeout=10)
    assert result.stdout + result.stderr == ""
    assert result.exit_code not in {0, None}


HOSTILE = [
    "sleep 1e400",
    "sleep 9999999999999999",
    "date -d '999999999 weeks'",
    "date +" + "%c" * 1000,
    "pgrep -f '(a+)+$'",
    "pgrep -f '" + "a*" * 200 + "'",
    "pgrep -f '" + ".*" * 100 + "x'",
    "kill 99999999999999999999",
    "kill -99999999999999999999 1",
    "ls -l $'\\x01'",
    "ls /dev/null/x",
    "stat -c %999999999s blob",
    "du -d 99999999999999999999999 .",
    "du -d x .",
    "shuf -n -1 notes.txt",
    "shuf -n 99999999999 -re a | wc -l",
    "mktemp " + "X" * 5000,
    "mktemp -u /a/b/c/../../XXXX",
    "chown : notes.txt",
    "ps -o ''",
    "ps -p ''",
    "curl http://[::1",
    "ln -s loop loop; ls -l loop; ls loop/; stat -L loop; du loop",
    "df absent; df -B",
]


@pytest.mark.parametrize("command", HOSTILE, ids=[command[:40] for command in HOSTILE])
def test_hostile_arguments_are_survived(sandbox: VirtualSandbox, command: str) -> None:
    sandbox.exec(command, timeout=10)
    assert sandbox.exec("date +%Y", timeout=10).stdout.startswith("20")
