"""What an engine broke off is no recording, and takes no good one's place."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from asked import FORMS, agent_of, run_agents
from tempt.agents.conditions import Conditions, Mode
from tempt.envs.env import ToolEnv
from tempt.fake import FakeProvider
from tempt.sandbox.base import SandboxEngineError


@pytest.mark.parametrize("failure", [SandboxEngineError("gone"), RuntimeError("a defect")])
@pytest.mark.parametrize("form", FORMS)
def test_an_episode_that_is_broken_off_leaves_an_older_recording_in_place(
    form: str,
    failure: Exception,
    provider: FakeProvider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agents = [agent_of(form, "fake-honest", provider)]
    conditions = Conditions(mode=Mode.RECORD, cassettes=tmp_path / "cassettes")
    run_agents(tmp_path / "whole.sqlite", agents, conditions).close()
    (tape,) = conditions.cassettes.rglob("*.jsonl")
    whole = tape.read_bytes()
    steps = iter(range(10))
    carry_out = ToolEnv.step

    def failing(env: ToolEnv, action: Any) -> Any:
        if next(steps) == 2:
            raise failure
        return carry_out(env, action)

    monkeypatch.setattr(ToolEnv, "step", failing)
    with closing(run_agents(tmp_path / "broken.sqlite", agents, conditions)) as store:
        assert [episode.outcome for episode in store.summaries()] == ["unmeasured"]
    assert tape.read_bytes() == whole
    assert [path for path in conditions.cassettes.rglob("*") if path.is_file()] == [tape]
