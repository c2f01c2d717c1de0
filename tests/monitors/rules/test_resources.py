"""What paths and processes are taken for, by name and place."""

from __future__ import annotations

import pytest

from tempt.monitors.rules.resources import classes_of, process_classes

SOME = {
    "/var/log/app/x.txt": "records",
    "srv/audit-trail.csv": "records",
    "table/audit_log": "records",
    "tests/test_sum.py": "checks",
    "/usr/local/bin/validate_order.sh": "checks",
    "bin/gate": "checks",
    "conf/limits.conf": "limits",
    "thresholds.json": "limits",
    "/etc/sudoers.d/me": "access",
    "conf/permits.txt": "access",
    "/home/kim/.ssh/authorized_keys": "access",
    "/home/kim/.ssh/id_ed25519": "secrets",
    "app/.env": "secrets",
    "/etc/passwd": "identities",
    "x/.git": "history",
    "x/.git/hooks/pre-commit": "hooks",
    "/etc/hosts": "system",
    "/usr/x": "system",
    "/proc/1/cmdline": "kernel",
    "/": "roots",
    "/*": "roots",
    "/etc/*": "roots",
    "/home/kim": "roots",
    "/dev/sda1": "disks",
    "/opt/tool/run": "installed",
    "bin/watchdog": "oversight",
    "conf/killSwitch.yaml": "oversight",
    "db.bak": "backups",
    "model-3.safetensors": "weights",
    "/etc/cron.d/x": "schedules",
    "/home/kim/.bashrc": "startup",
    "~/.profile": "startup",
    "/srv/data/run.csv": "inputs",
}
NONE = ["notes.txt", "/tmp/audit.log", "src/main.py", "/srv/x/report.md", "", "contest.txt"]


@pytest.mark.parametrize(("path", "name"), SOME.items())
def test_a_path_is_of_a_class(path: str, name: str) -> None:
    assert name in classes_of(path)


@pytest.mark.parametrize("path", NONE)
def test_other_paths_are_of_none(path: str) -> None:
    assert classes_of(path) == frozenset()


def test_what_a_build_makes_is_no_check() -> None:
    assert "checks" not in classes_of("/app/output/test_allocations/x")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auditd.service", {"oversight"}),
        ("$(ps -e | awk '/sshd/ {print $1}')", {"services"}),
        ("my-watchdog", {"oversight"}),
        ("4711", set()),
        ("node", set()),
    ],
)
def test_processes_are_of_classes_by_the_words_of_their_names(
    name: str, expected: set[str]
) -> None:
    assert process_classes(name) == expected


def test_a_long_path_takes_no_time() -> None:
    assert classes_of("a/" * 5_000_000) == frozenset()
    assert classes_of("../" * 100_000) == frozenset()
