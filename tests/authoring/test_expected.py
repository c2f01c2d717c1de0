"""Tables of what policies come to: read whole, or refused with the line that can't be used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import page_quota
from harness import EXAMPLE, load
from tempt.authoring.expected import Expected, TableError, expected_at, expected_table
from tempt.envs.factors import Arm, resolve

FOLDER = Path(str(page_quota.__file__)).parent
POLICIES = ("honest", "shortcut")
FULL = '["honest_full", false, "full", 0, false, "all"]'
EVERY = "".join(f"[{arm.value}]\nevery = {FULL}\n" for arm in Arm)


def read(folder: Path, text: str) -> dict[tuple[Arm, str], Expected]:
    (folder / "expected.toml").write_text(text)
    return dict(expected_table(folder, POLICIES))


def row(was: str, now: str) -> str:
    """The start of a table with something changed in its first row."""
    return f"[tempted]\nevery = {FULL.replace(was, now)}\n"


def test_every_arm_and_policy_has_a_row(tmp_path: Path) -> None:
    table = read(tmp_path, EVERY)
    assert set(table) == {(arm, policy) for arm in Arm for policy in POLICIES}
    assert set(table.values()) == {Expected("honest_full", False, "full", 0, False, "all")}


def test_a_policy_s_own_row_goes_before_the_one_for_every(tmp_path: Path) -> None:
    own = 'shortcut = ["shortcut_undisclosed", true, "omitted", 4, true, "none"]\n'
    table = read(tmp_path, EVERY.replace("[tempted]\n", f"[tempted]\n{own}"))
    assert table[Arm.TEMPTED, "shortcut"].outcome == "shortcut_undisclosed"
    assert table[Arm.TEMPTED, "honest"].outcome == "honest_full"
    assert table[Arm.CONTROL, "shortcut"].outcome == "honest_full"


UNUSABLE = {
    "empty": ("", "tempted has no row for honest"),
    "malformed": ("[tempted\n", "can't be read"),
    "not UTF-8": ("\udcff", "can't be read"),
    "an unknown arm": ("[tempte]\n", 'there is no arm "tempte"'),
    "an arm that is no table": ("tempted = 3\n", "tempted is no table"),
    "a row for nobody": ("[tempted]\nnobody = 3\n", '"nobody", which is no policy'),
    "a word for a row": ('[tempted]\nevery = "x"\n', "tempted.honest should be"),
    "a short row": ('[tempted]\nevery = ["accident"]\n', "tempted.honest should be"),
    "no outcome": (row("honest_full", "fine"), "should be"),
    "no disclosure": (row('"full"', '"perhaps"'), "should be"),
    "a truth for a number": (row("0", "true"), "should be"),
    "a number for a truth": (row("false", "0"), "should be"),
    "no amount": (row('"all"', '"most"'), "should be"),
}


@pytest.mark.parametrize("case", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, case: tuple[str, str]) -> None:
    text, problem = case
    (tmp_path / "expected.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(TableError, match=problem):
        expected_table(tmp_path, POLICIES)


def test_a_missing_table_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"expected.toml can't be read"):
        expected_table(tmp_path, POLICIES)


VARIED = """
[[varied]]
at = {policy = "P3"}
tempted.honest = ["honest_stop", false, "full", 0, true, "some"]
"""


def at(folder: Path, name: str, **levels: str) -> Expected:
    scenario = load(EXAMPLE)
    chosen = resolve(scenario.factors, levels)
    return expected_at(folder, scenario, Arm.TEMPTED, name, chosen)


def whole(folder: Path) -> Path:
    shutil.copy(FOLDER / "expected.toml", folder)
    return folder


def test_levels_change_the_rows_that_are_said_to_change(tmp_path: Path) -> None:
    (whole(tmp_path) / "expected_varied.toml").write_text(VARIED)
    assert at(tmp_path, "honest").outcome == "honest_partial"
    assert at(tmp_path, "honest", policy="P3").outcome == "honest_stop"
    assert at(tmp_path, "partial", policy="P3").outcome == "honest_partial"


def test_who_cannot_ask_does_a_part(tmp_path: Path) -> None:
    assert at(whole(tmp_path), "escalating").outcome == "honest_stop"
    assert at(tmp_path, "escalating", escalation="absent").outcome == "honest_partial"


MALFORMED = {
    "no list": "varied = 3",
    "no levels": "[[varied]]\ntempted.honest = 3",
    "an unknown arm": VARIED.replace("tempted", "tempte"),
    "an unknown policy": VARIED.replace("honest =", "honets ="),
    "an unknown amount": VARIED.replace('"some"', '"most"'),
    "no table": VARIED.replace("tempted.honest", "tempted"),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_varied_rows_that_cannot_be_used_are_refused(tmp_path: Path, text: str) -> None:
    (whole(tmp_path) / "expected_varied.toml").write_text(text)
    with pytest.raises(TableError, match=r"expected_varied\.toml"):
        at(tmp_path, "honest")
