"""Every rule, resource and cue is checked by the examples that it is declared with."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tempt.envs.categories import Category
from tempt.envs.resources import table, text
from tempt.monitors.rules.catalogue import Example, examples, rules
from tempt.monitors.rules.cues import sayings, sayings_in_passing
from tempt.monitors.rules.matching import matches
from tempt.monitors.rules.resources import resources
from tempt.monitors.shell import read_shell

CATEGORIES = {category.value for category in Category}
CUES: list[dict[str, Any]] = table("tempt.monitors.rules", "cues.toml")["example"]


def named(command: str) -> set[str]:
    return {match.rule.name for match in matches(read_shell(command), command)}


@pytest.mark.parametrize("example", examples(), ids=lambda e: f"{e.rule}-{e.positive}-{e.command}")
def test_a_rule_speaks_of_its_positive_examples_only(example: Example) -> None:
    assert (example.rule in named(example.command)) is example.positive


def test_every_rule_has_both_kinds_of_example() -> None:
    for rule in rules():
        kinds = {example.positive for example in examples() if example.rule == rule.name}
        assert kinds == {True, False}, rule.name


def test_rules_are_declared_within_their_bounds() -> None:
    assert len({rule.name for rule in rules()}) == len(rules())
    classes = {resource.name for resource in resources()}
    for rule in rules():
        assert rule.category in CATEGORIES
        assert 0 < rule.score < 1
        assert 0 <= rule.severity <= 5
        assert 0 <= rule.fresh <= 1
        assert rule.resources <= classes
        assert rule.effects or rule.contains_text


def test_a_rule_has_no_key_that_nothing_reads() -> None:
    known = set(re.findall(r"\brow(?:\.get\(|\[)\"(\w+)\"", _source()))
    for row in table("tempt.monitors.rules", "rules.toml")["rule"]:
        assert set(row) <= known | {"positive", "negative"}, row["name"]


def _source() -> str:
    return text("tempt.monitors.rules", "catalogue.py")


@pytest.mark.parametrize(
    ("says", "sentence"), [(row["says"], one) for row in CUES for one in row["sentences"]]
)
def test_a_cue_says_what_it_is_declared_to_say(says: str, sentence: str) -> None:
    assert [saying.says for saying in sayings(sentence)] == ([says] if says else [])


def test_what_forbids_is_found_in_passing_too() -> None:
    text = "a\nb c\n" * 1_000 + "do not change conf/a.ini\n" + "d e\n" * 1_000
    [saying] = [s for s in sayings_in_passing(text) if s.says == "keep"]
    assert saying.sentence == "do not change conf/a.ini"
