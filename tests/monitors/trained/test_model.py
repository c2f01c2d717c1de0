"""Weights are plain data: written, read back, and refused where they make no sense."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tempt.envs.resources import text
from tempt.monitors.trained.model import BITS, Model, ModelError, Part, buckets, load, save


def part(family: str = "said", **weights: float) -> Part:
    rarity, weighed = np.zeros(1 << BITS), np.zeros(1 << BITS)
    for word, weight in weights.items():
        rarity[buckets([word])] = 1.0
        weighed[buckets([word])] = weight
    return Part(family, rarity, weighed, 0.25, 0.5, 2.0)


def model() -> Model:
    return Model((part(cheat=3.0, check=-1.0), part("done", rm=2.0)), {"licence": "ours"})


def written(folder: Path, **changes: object) -> str:
    file = folder / "model.json"
    save(model(), file)
    value: dict[str, Any] = json.loads(file.read_text())
    for name, change in changes.items():
        (value["parts"][0] if name in value["parts"][0] else value)[name] = change
    return json.dumps(value)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    again = load(written(tmp_path))
    assert again.fingerprint == model().fingerprint
    assert again.card == {"licence": "ours"}
    filled = {"said": buckets(["cheat", "unknown"]), "done": buckets([])}
    assert again.score(filled) == model().score(filled)


def test_a_score_is_the_mean_of_the_parts_that_had_something_to_read() -> None:
    both = model().score({"said": buckets(["cheat"]), "done": buckets(["rm"])})
    first = model().score({"said": buckets(["cheat"]), "done": buckets(["never seen"])})
    expected = [(3.0 + 0.25 - 0.5) / 2, (2.0 + 0.25 - 0.5) / 2]
    assert both == pytest.approx(1 / (1 + np.exp(-sum(expected) / 2)))
    assert first == pytest.approx(1 / (1 + np.exp(-expected[0])))


def test_nothing_to_read_is_no_score() -> None:
    assert model().score({"said": buckets([]), "done": buckets(["never seen"])}) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format": 2}, "another version"),
        ({"bits": 3}, "another version"),
        ({"family": "dreamt"}, "no family"),
        ({"spread": 0.0}, "finite"),
        ({"bias": float("nan")}, "finite"),
        ({"bias": "much"}, "not a model"),
        ({"weights": "AAAA"}, "not a model"),
        ({"weights": "AHw="}, "one finite value"),
        ({"weights": "!"}, "not a model"),
        ({"buckets": "////fw=="}, "out of range"),
        ({"parts": None}, "not a model"),
        ({"card": 5}, "not a model"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(ModelError, match=told):
        load(written(tmp_path, **changes))


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", "[" * 100_000, "x" * 4_000_001])
def test_a_file_of_something_else_is_refused(content: str) -> None:
    with pytest.raises(ModelError):
        load(content)


def test_the_weights_that_ship_hold_no_words() -> None:
    value = json.loads(text("tempt.monitors.trained", "default.json"))
    assert {key for part in value["parts"] for key in part} == {
        "bias", "buckets", "centre", "family", "rarity", "spread", "weights",
    }  # fmt: skip
    assert {"licence", "sources", "options", "auc"} <= set(value["card"])


def test_scoring_needs_nothing_that_training_needs() -> None:
    program = """
import sys
from tempt.monitors.base import Event, View
from tempt.monitors.trained.monitor import default_monitor
event = Event(View.ACTION, 1, 1, "c", "shell", "rm -rf data")
assert default_monitor().observe((event,)).findings
assert not {"sklearn", "scipy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
