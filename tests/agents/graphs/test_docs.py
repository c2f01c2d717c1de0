"""The example of docs/langgraph.md runs as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphs_play import play

DOCUMENT = Path(__file__).parents[3] / "docs" / "langgraph.md"


@pytest.mark.parametrize("mode", ["interrupt", "rendezvous"])
def test_the_example_runs(mode: str) -> None:
    code = DOCUMENT.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {"__name__": "my_agent"}
    exec(code, names)
    played = play(mode, names["build"])
    assert played.asked == [["pwd"], []]
    assert [turn.message for turn in played.turns] == ["I look around.", "I have seen enough."]
