"""What `docs/security.md` claims is what is tested."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.security import test_cis
from tests.security.acts import Act
from tests.security.refused import REFUSED
from tests.security.test_channel import OUTPUTS, TRICKS
from tests.security.test_exhaustion import FLOODS, PRINTERS
from tests.security.test_files import OPERATIONS, TRAPS
from tests.security.test_leftovers import LEFTOVERS

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
LEAST = 60


def contained(acts: Iterable[Act]) -> int:
    return sum(not act.gap for act in acts)


COUNTS = {
    **{group: contained(acts) for group, acts in REFUSED.items()},
    "exhaustion": len(FLOODS) + len(PRINTERS),
    "shell and channel": len(TRICKS) + len(OUTPUTS),
    "supervisor's files": len(OPERATIONS) + len(TRAPS),
    "leftovers": len(LEFTOVERS),
}


def test_the_page_counts_the_acts_as_they_are() -> None:
    rows = re.findall(r"^\| ([\w' ]+) \| (\d+) \|", PAGE, re.MULTILINE)
    assert {name: int(count) for name, count in rows} == {**COUNTS, "all": sum(COUNTS.values())}


def test_enough_of_them_count_on_any_machine() -> None:
    certain = sum(not act.gap and not act.lacking for acts in REFUSED.values() for act in acts)
    assert certain >= LEAST


def test_the_page_names_every_test_of_the_benchmark() -> None:
    tests = [name for name in vars(test_cis) if re.match(r"test_[45]_\d", name)]
    assert sorted(re.findall(r"`(test_[45]_\w+)`", PAGE)) == sorted(tests)
