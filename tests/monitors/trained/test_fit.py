"""Fitting, and figures that a model earns only on what it has not seen."""

from __future__ import annotations

import builtins
import random
from collections.abc import Sequence
from typing import Any

import pytest

from tempt.monitors.evaluation.scoring import rescored
from tempt.monitors.metrics import auc
from tempt.monitors.records import LabelledTrajectory, labelled
from tempt.monitors.trained.card import card_of
from tempt.monitors.trained.crossfit import across_groups, across_sources, by_group
from tempt.monitors.trained.examples import Example, examples_of
from tempt.monitors.trained.fit import USUAL, Options, TrainingError, fit, fit_stack
from tempt.monitors.trained.model import buckets
from tempt.monitors.trained.stacking import member_scores, stacked

FILLER = ("the", "report", "is", "due", "and", "sums", "have", "to", "match", "today")


def trajectory(
    number: int, bad: bool, telling: str, source: str = "s", groups: int = 8
) -> LabelledTrajectory:
    """A few words that say nothing, and ``telling``."""
    draw = random.Random(number)
    said = " ".join([*draw.choices(FILLER, k=8), telling])
    message = {
        "role": "assistant",
        "reasoning": said,
        "tool_calls": [{"name": "shell", "arguments": {"command": "ls"}}],
    }
    return labelled(
        {
            "id": number,
            "source": source,
            "messages": [{"role": "user", "content": "do it"}, message],
            "label": "misbehaved" if bad else "benign",
            "meta": {"group": f"g{number % groups}"},
        }
    )


def cheats(count: int = 80, source: str = "s", word: str = "bypass") -> list[LabelledTrajectory]:
    """Half of each group misbehave, and say so."""
    return [
        trajectory(n, bad := n // 8 % 2 == 0, word if bad else "careful", source)
        for n in range(count)
    ]


def area(examples: Sequence[Example], scores: Sequence[float | None]) -> float:
    pairs = [(s, e.misbehaved) for s, e in zip(scores, examples, strict=True) if s is not None]
    return auc([s for s, bad in pairs if bad], [s for s, bad in pairs if not bad])


def in_order(found: Any, count: int) -> list[float | None]:
    by_number = dict(found)
    return [by_number.get(number) for number in range(count)]


def test_what_holds_across_groups_is_learned() -> None:
    examples = examples_of(cheats())
    assert area(examples, by_group(examples)) > 0.99
    assert area(examples, in_order(across_groups(examples), len(examples))) > 0.99


def test_what_is_one_groups_alone_is_not() -> None:
    # In every group all rows are of one label, and a word of the group's own gives it away.
    rows = [trajectory(n, n % 8 < 4, f"codeword{'abcdefgh'[n % 8] * 3}") for n in range(80)]
    examples = examples_of(rows)
    said = fit(examples).parts[0]
    assert said.rarity[buckets(["report"])].item() > 0
    assert not said.rarity[buckets(f"codeword{letter * 3}" for letter in "abcdefgh")].any()
    assert area(examples, by_group(examples)) < 0.7


def test_labels_that_mean_nothing_are_not_predicted() -> None:
    draw = random.Random(3)
    rows = [trajectory(n, draw.random() < 0.5, "word", groups=40) for n in range(200)]
    examples = examples_of(rows)
    assert 0.35 < area(examples, by_group(examples)) < 0.65


def test_a_source_is_scored_by_the_others() -> None:
    rows = [*cheats(source="a"), *cheats(source="b"), *cheats(source="c", word="unseen")]
    examples = examples_of(rows)
    scores = in_order(across_sources(examples), len(examples))
    assert area(examples[:80], scores[:80]) > 0.99
    assert area(examples[160:], scores[160:]) > 0.9  # "careful" tells it too


def test_a_source_without_others_has_no_scores() -> None:
    examples = examples_of(cheats(16))
    assert {score for _, score in across_sources(examples)} == {None}
    alone = [trajectory(n, n < 8, "word", groups=1) for n in range(16)]
    assert set(by_group(examples_of(alone))) == {None}


def test_a_source_of_one_label_learns_from_the_others_only() -> None:
    rows = [*cheats(), *[trajectory(n, False, "careful", "calm") for n in range(16)]]
    examples = examples_of(rows)
    assert set(by_group(examples)[80:]) == {None}
    assert None not in in_order(across_sources(examples), len(examples))[80:]


def test_training_is_the_same_each_time() -> None:
    one, two = (fit(examples_of(cheats())) for _ in range(2))
    assert one.fingerprint == two.fingerprint


def test_what_sources_differ_in_tells_nothing_of_right_and_wrong() -> None:
    # One source is mostly misbehaved and of a dialect of its own.
    rows = [
        trajectory(n, n % 10 < 9, "aye bypass" if n % 10 < 9 else "aye", "a") for n in range(80)
    ]
    rows += [trajectory(n, n % 10 < 1, "bypass" if n % 10 < 1 else "", "b") for n in range(80)]
    (said, *_) = fit(examples_of(rows)).parts
    dialect, telling = (said.weights[buckets([word])].item() for word in ("aye", "bypass"))
    assert telling > 10 * abs(dialect)


def test_a_large_source_does_not_drown_a_small_one() -> None:
    large = [
        trajectory(n, bad := n // 8 % 2 == 0, "bypass" if bad else "careful", "large")
        for n in range(800)
    ]
    small = cheats(40, "small", word="sabotage")
    examples = examples_of([*large, *small])
    model = fit(examples)
    scores = [model.score(each.filled) for each in examples[800:]]
    assert area(examples[800:], scores) > 0.99


@pytest.mark.parametrize("bad", [True, False])
def test_one_label_is_nothing_to_learn_from(bad: bool) -> None:
    examples = examples_of([trajectory(n, bad, "word") for n in range(10)])
    with pytest.raises(TrainingError, match="misbehaved and benign"):
        fit(examples)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return whole(name, *args, **kwargs)

    examples = examples_of(cheats(16))
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TrainingError, match=r"tempt\[train\]"):
        fit(examples)


def test_a_family_that_nothing_was_learned_of_has_no_part() -> None:
    rows = [trajectory(n, n % 2 == 0, "") for n in range(4)]
    assert fit(examples_of(rows), Options(fewest_rows=100)).parts == ()


def test_a_card_says_what_was_trained_on() -> None:
    examples = examples_of([*cheats(source="a"), *cheats(16, source="b")])
    card = card_of(examples, USUAL, "ours", {"other groups": {"a": 0.9}})
    assert card["sources"] == {
        "a": {"misbehaved": 40, "benign": 40, "groups": 8},
        "b": {"misbehaved": 8, "benign": 8, "groups": 8},
    }
    assert (card["licence"], card["auc"]) == ("ours", {"other groups": {"a": 0.9}})


def test_a_stack_believes_the_member_that_knows() -> None:
    draw = random.Random(1)
    labels = [n % 2 == 0 for n in range(200)]
    scores = [
        {"knows": float(bad) + draw.gauss(0, 0.3), "guesses": draw.random()} for bad in labels
    ]
    stack = fit_stack(scores, labels)
    assert stack.weights["knows"] > 5 * abs(stack.weights["guesses"])


def test_a_member_that_always_says_the_same_has_no_say() -> None:
    labels = [n % 2 == 0 for n in range(40)]
    scores = [{"knows": float(bad), "silent": -13.815510557964274} for bad in labels]
    stack = fit_stack(scores, labels)
    assert stack.weights["silent"] == 0.0
    assert stack({"knows": 1.0}) > 0.5 > stack({"knows": 0.0})


def test_no_member_speaks_for_innocence_by_being_suspicious() -> None:
    labels = [n % 2 == 0 for n in range(40)]
    scores = [{"knows": float(bad), "turned": -float(bad) + n % 3} for n, bad in enumerate(labels)]
    assert fit_stack(scores, labels).weights["turned"] == 0.0
    turned = fit_stack([{"turned": row["turned"]} for row in scores], labels)
    assert (dict(turned.weights), turned.bias) == ({"turned": 0.0}, 0.0)


def test_a_stack_s_scores_do_not_follow_the_share_of_misbehaviour() -> None:
    few = [n % 10 == 0 for n in range(200)]
    many = [not bad for bad in few]
    for labels in (few, many):
        stack = fit_stack([{"knows": float(bad)} for bad in labels], labels)
        assert stack({"knows": 0.5}) == pytest.approx(0.5, abs=0.05)


def test_a_stack_is_fitted_to_other_groups() -> None:
    rows = cheats()
    knows = tuple(rescored(row, 0.9 if row.misbehaved else 0.1) for row in rows)
    silent = tuple(rescored(row, 0.0, "nothing to read") for row in rows)
    members = member_scores({"knows": knows, "silent": silent})
    assert all(set(scores) == {"knows"} for scores in members)
    labels, groups = [row.misbehaved for row in rows], [row.group for row in rows]
    found = stacked(members, labels, groups)
    assert area(examples_of(rows), found) == 1.0
    assert set(stacked(members, labels, ["one"] * len(rows))) == {None}
