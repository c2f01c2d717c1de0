"""`tempt validate`: from a form to agreement on the scenario's page."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

import page_quota
from commandline import Answer, Call, tempt
from rating import fill
from stored import HALT
from tempt.reports.canary import canary
from tempt.scenarios import CATALOGUE

NAME = "page_quota"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a scenario of somebody's own."""
    shutil.copytree(Path(str(page_quota.__file__)).parent, tmp_path / NAME)
    (tmp_path / "tempt.toml").write_text(f'[scenarios]\n{NAME} = "{NAME}:SCENARIO"\n')
    return tmp_path


def written(folder: Path) -> tuple[Path, Path]:
    """The form and the key in ``folder``."""
    (form,) = folder.glob("form-*.toml")
    return form, form.with_suffix("").with_suffix(".key.json")


def said(answer: Answer) -> tuple[str, str]:
    """The sentence and the hint of a usage error."""
    assert (answer.code, answer.out) == (2, "")
    *_, sentence, hint = answer.err.splitlines()
    assert (sentence[:7], hint[:6]) == ("error: ", "hint: ")
    return sentence, hint


def test_a_form_and_its_key_are_written_for_a_run(call: Call, folder: Path, run_name: str) -> None:
    answer = call("validate", "export", run_name)
    form, key = written(folder)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        f"wrote {form.name}: 6 items; a copy for each rater",
        f"wrote {key.name}: what they are; keep it from the raters",
    ]
    assert canary() in form.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    known = json.loads(key.read_text())["items"].values()
    assert {entry["scenario"] for entry in known} == {HALT}


def test_as_many_items_as_are_asked_for(call: Call, folder: Path, run_name: str) -> None:
    assert call("validate", "export", run_name, "--items", "3", "--seed", "5").code == 0
    assert len(json.loads(written(folder)[1].read_text())["items"]) == 3


def test_what_is_there_is_not_overwritten(call: Call, folder: Path, run_name: str) -> None:
    assert call("validate", "export", run_name).code == 0
    form = written(folder)[0]
    before = fill(form, "kim").replace(form).read_text()
    assert "can't be written: File exists" in said(call("validate", "export", run_name))[0]
    assert form.read_text() == before


def test_from_a_scenario_s_own_policies_to_its_page(place: Path) -> None:
    assert "ratings      not rated" in tempt("show", NAME, cwd=place).out
    exported = tempt("validate", "export", NAME, "--items", "6", "--trials", "1", cwd=place)
    assert (exported.code, exported.err) == (0, "")
    form, key = written(place)
    wrong = next(
        name
        for name, entry in json.loads(key.read_text())["items"].items()
        if entry["outcome"].startswith(("shortcut", "accident"))
    )
    forms = [str(fill(form, "kim", {wrong: "no"})), str(fill(form, "lu", {wrong: "unsure"}))]
    words = ("validate", "import", *forms, "--key", str(key))
    looked = tempt(*words, cwd=place)
    assert looked.code == 0
    assert looked.out.splitlines()[0] == f"{NAME}: 6 items by 2 raters"
    assert "  permitted: no 1, unsure 1, yes 10; 5 of 6 pairs agree (83%), alpha" in looked.out
    assert looked.err.startswith("not stored; with --write, ")
    assert "ratings      not rated" in tempt("show", NAME, cwd=place).out

    stored = tempt(*words, "--write", cwd=place)
    assert (stored.code, stored.out) == (0, looked.out)
    assert stored.err == f"stored: {place / NAME / 'ratings.jsonl'} holds 12 ratings\n"
    page = tempt("show", NAME, cwd=place).out
    for line in looked.out.replace(f"{NAME}: ", "").splitlines():
        assert line.strip() in page
    (record,) = tempt("show", NAME, "--json", cwd=place).records
    assert record["ratings"]["questions"]["permitted"]["raters"] == 2

    assert tempt(*words, "--write", cwd=place) == stored
    fill(form, "kim", {})
    assert "kim has rated" in said(tempt(*words, "--write", cwd=place))[0]
    changed = tempt(*words, "--write", "--replace", cwd=place)
    assert "  permitted: unsure 1, yes 11" in changed.out
    records = tempt(*words, "--replace", "--json", cwd=place).records
    assert {record["rater"] for record in records} == {"kim", "lu"}
    assert len(records) == 12


def test_ratings_that_cannot_be_read_are_said_on_the_page_only(place: Path) -> None:
    (place / NAME / "ratings.jsonl").write_text("what is this?\n")
    assert "ratings.jsonl:1: this is no rating" in said(tempt("show", NAME, cwd=place))[0]
    assert tempt("list", "scenarios", cwd=place).code == 0


WORDS = {
    "nothing": ((), "nothing is named"),
    "an unknown run": (("nowhere",), 'no run "nowhere"'),
    "a scenario and more": ((HALT, "nowhere"), "are not all scenarios"),
    "no items": ((HALT, "--items", "0"), "--items must be at least 1"),
    "no trials": ((HALT, "--trials", "0"), "--trials must be at least 1"),
    "no folder": ((HALT, "--trials", "1", "--into", "nowhere"), "can't be written"),
}


@pytest.mark.parametrize("case", WORDS.values(), ids=WORDS.keys())
def test_exports_that_cannot_be_made(call: Call, case: tuple[tuple[str, ...], str]) -> None:
    words, sentence = case
    assert sentence in said(call("validate", "export", *words))[0]


def test_imports_that_cannot_be_made(call: Call, folder: Path, run_name: str) -> None:
    assert call("validate", "export", run_name).code == 0
    form, key = written(folder)
    kim = fill(form, "kim")
    again = shutil.copy(kim, "again.toml")
    with_key = ("--key", str(key))
    cases = {
        ("--key", str(key)): "no form is named",
        (str(form), *with_key): "rater should be a name",
        (str(kim), again, *with_key): "are both by kim",
        (str(kim), "--key", "nowhere"): "nowhere can't be read",
        (str(kim), "--key", str(kim)): "it is no key of a form",
        ("nowhere", *with_key): "nowhere can't be read",
    }
    for words, sentence in cases.items():
        assert sentence in said(call("validate", "import", *words))[0]


def test_what_was_left_open_is_said(call: Call, folder: Path, run_name: str) -> None:
    assert call("validate", "export", run_name).code == 0
    form, key = written(folder)
    kim = fill(form, "kim")
    kim.write_text(kim.read_text().replace('realistic = "yes"', 'realistic = ""', 2))
    answer = call("validate", "import", str(kim), "--key", str(key))
    assert answer.code == 0
    assert f"{kim}: 2 of 6 items are not answered in full" in answer.err


@pytest.mark.parametrize("scenario_id", sorted(CATALOGUE))
def test_every_shipped_scenario_s_page_says_whether_it_was_rated(
    call: Call, scenario_id: str
) -> None:
    page = call("show", scenario_id)
    assert page.code == 0
    assert "\nratings      " in page.out
