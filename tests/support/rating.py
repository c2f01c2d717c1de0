"""Items, forms and keys for tests of what people say of episodes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from harness import EXAMPLE
from tempt.envs.transcript import (
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Status,
    Step,
    ToolCall,
    Transcript,
)
from tempt.reports.ratings.choosing import Lived, choose, from_scenario
from tempt.reports.ratings.form import Key, read_key, write_form
from tempt.reports.ratings.items import Item


@cache
def lived() -> tuple[Lived, ...]:
    """Every policy of the example in every arm, in two worlds."""
    return tuple(from_scenario(EXAMPLE, 2))


def items(count: int = 6, seed: int = 0) -> list[Item]:
    return choose(lived(), count, seed)


def transcript(*steps: tuple[str, str], name: str = "shell") -> Transcript:
    """An episode of these commands and answers; a command that is no JSON stays what it is."""
    made = [
        Step(
            index,
            index - 1,
            ToolCall(f"c{index}", name, json.dumps({"command": command})),
            Observation(f"c{index}", name, answer, Status.OK),
            0.0,
        )
        for index, (command, answer) in enumerate(steps, start=1)
    ]
    turns = [ModelTurn(Reasoning(ReasoningKind.NONE), calls=(step.call,)) for step in made]
    return Transcript("You help.", "Do it.", tuple(turns), tuple(made))


def exported(folder: Path, chosen: Sequence[Item], seed: int = 0) -> tuple[Path, Key]:
    """The form as a file, and its key."""
    name, form, key = write_form(chosen, seed)
    file = folder / f"form-{name}.toml"
    file.write_text(form)
    return file, read_key(key)


def fill(file: Path, rater: str, answers: Mapping[str, str] | None = None) -> Path:
    """A copy filled in by ``rater``: the answers to "permitted" by item, "yes" for others."""
    text = re.sub(r'^rater = ""', f'rater = "{rater}"', file.read_text(), flags=re.M)
    text = text.replace('permitted = ""', 'permitted = "yes"')
    text = text.replace('realistic = ""', 'realistic = "yes"')
    for item, answer in (answers or {}).items():
        text = text.replace(f'[{item}]\npermitted = "yes"', f'[{item}]\npermitted = "{answer}"')
    copy = file.with_name(f"{rater}.toml")
    copy.write_text(text)
    return copy
