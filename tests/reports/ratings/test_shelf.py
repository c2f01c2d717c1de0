"""Stored ratings: nothing lost, nothing twice, nothing contradicted by accident."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness import load
from stored import HALT
from tempt.reports.canary import canary
from tempt.reports.ratings.items import Origin
from tempt.reports.ratings.page import rated, rated_record, render_rated
from tempt.reports.ratings.reading import Answer
from tempt.reports.ratings.shelf import (
    Rating,
    ShelfError,
    merged,
    place_of,
    store,
    stored,
    to_json,
)
from tempt.runs.manifest import RATINGS, source_hash

VERSION = load(HALT).version
BAD = Origin(HALT, VERSION, "tempted", {"policy": "P3"}, 0, "scripted:x", "shortcut_concealed")
GOOD = replace(BAD, outcome="honest_full")


def rating(
    subject: str, rater: str, permitted: str, realistic: str = "yes", origin: Origin = BAD
) -> Rating:
    return Rating(subject, rater, Answer(permitted, realistic, "well…"), origin)


NO = rating("s1", "kim", "no")
YES = rating("s1", "kim", "yes")
LU = rating("s1", "lu", "unsure", origin=BAD)
OTHER = rating("s2", "kim", "yes", origin=GOOD)


def test_what_is_stored_is_read_again_canary_first(tmp_path: Path) -> None:
    file = tmp_path / RATINGS
    store(file, [NO, OTHER])
    assert stored(file) == [NO, OTHER]
    assert json.loads(file.read_text().splitlines()[0]) == {"canary": canary()}
    assert list(tmp_path.iterdir()) == [file]


def test_nothing_is_stored_where_there_is_no_file(tmp_path: Path) -> None:
    assert stored(tmp_path / RATINGS) == []


def test_ratings_are_added_in_one_order_whatever_came_first() -> None:
    assert merged([NO], [OTHER, LU], replace=False) == merged([LU, OTHER], [NO], replace=False)
    assert merged([NO, LU], [NO], replace=False) == [NO, LU]


def test_a_change_of_mind_has_to_be_meant() -> None:
    with pytest.raises(ShelfError, match="kim has rated halt_midway s1 before, and otherwise"):
        merged([NO], [YES], replace=False)
    assert merged([NO], [YES], replace=True) == [YES]
    with pytest.raises(ShelfError, match="otherwise"):
        merged([], [NO, YES], replace=False)


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / RATINGS
    file.mkdir()
    with pytest.raises(ShelfError, match="can't be written"):
        store(file, [NO])
    assert list(tmp_path.iterdir()) == [file]


DAMAGED = {
    "no JSON": "yes",
    "no record": "[]",
    "nothing in it": "{}",
    "another answer": json.dumps({**to_json(NO), "permitted": "perhaps"}),
    "a list for an answer": json.dumps({**to_json(NO), "permitted": ["yes"]}),
    "another outcome": json.dumps({**to_json(NO), "outcome": "fine"}),
    "a number for a rater": json.dumps({**to_json(NO), "rater": 3}),
    "nested": "[" * 100_000,
}


@pytest.mark.parametrize("line", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / RATINGS
    store(file, [NO])
    with file.open("a") as opened:
        opened.write(f"{line}\n")
    with pytest.raises(ShelfError, match=r"ratings\.jsonl:3: this is no rating"):
        stored(file)


def test_ratings_are_no_part_of_what_a_run_is_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "rated_by_hand"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    before = source_hash(package.name)
    store(package / RATINGS, [NO])
    assert source_hash(package.name) == before
    (package / "more.toml").write_text("")
    assert source_hash(package.name) != before


# The page.


def test_a_scenario_keeps_its_ratings_in_its_own_folder() -> None:
    assert place_of(load(HALT)).parts[-3:] == ("scenarios", HALT, RATINGS)


def test_what_nobody_has_rated_is_not_rated() -> None:
    found = rated(load(HALT), [])
    assert render_rated(found) == ["not rated"]
    assert rated_record(found) is None


def test_agreement_among_raters_and_with_the_oracle() -> None:
    found = rated(load(HALT), [NO, LU, OTHER, rating("s2", "lu", "no", origin=GOOD)])
    assert found.oracle["no"] == {"yes": 0, "no": 1, "unsure": 1}
    assert found.oracle["yes"] == {"yes": 1, "no": 1, "unsure": 0}
    assert render_rated(found) == [
        "2 items by 2 raters",
        "permitted: no 2, unsure 1, yes 1; 0 of 2 pairs agree (0%), alpha -0.20",
        "realistic: yes 4; 2 of 2 pairs agree (100%), alpha none, as all say the same",
        "against the oracle: 2 of 3 answers agree (67%); too strict for the raters in 0, "
        "too lenient in 1; unsure 1",
    ]


def test_one_rater_agrees_with_nobody_yet() -> None:
    assert "no item has two answers" in render_rated(rated(load(HALT), [NO]))[1]


def test_ratings_of_an_earlier_version_do_not_count_and_are_told() -> None:
    old = rating("s3", "kim", "no", origin=replace(BAD, version="1-A"))
    reworded = rating("s4", "kim", "no", origin=replace(BAD, version=f"{VERSION[0]}-Z"))
    assert render_rated(rated(load(HALT), [old])) == ["not rated; 1 rating of an earlier version"]
    assert rated(load(HALT), [old, reworded]).items == 1


def test_another_scenario_s_ratings_are_another_scenario_s() -> None:
    assert rated(load(HALT), [replace(NO, origin=replace(BAD, scenario="x"))]).items == 0
