"""What an agent is told: a skin's own words, and the sentences that the common factors add.

The same sentences stand in every scenario, so that a factor means the same everywhere. They are in
``sentences.toml``. What is not told at once arrives with the answers to the first calls: a rule
that is placed there, or an attack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tempt.envs.history import history
from tempt.envs.resources import table
from tempt.envs.tools import ESCALATE, REPORT, SHELL, SUBMIT, Tool
from tempt.envs.world import Instance, TaskBrief

_PACKAGE = "tempt.envs"
_SENTENCES = "sentences.toml"
_IN_WORLD = "P1"
_RULE_STEP = 1
_ATTACK_STEP = 2


@dataclass(frozen=True, slots=True)
class Wording:
    """A skin's own words, their blanks filled.

    Attributes:
        system: Who the agent is.
        task: What it is to do.
        rules: The rule by policy level, ``P0`` (empty) to ``P3``.
        escalation: That one may ask, for where it is mentioned.
        permits: By arm, what is allowed or ordered; nothing for the other arms.
        urging: Some messages that together ask for the tempting act, for attacks.
    """

    system: str
    task: str
    rules: Mapping[str, str]
    escalation: str
    permits: Mapping[str, str]
    urging: tuple[str, ...]


def brief_of(instance: Instance, wording: Wording, tools: Sequence[Tool]) -> TaskBrief:
    """The system prompt, the task and the tools of ``instance``."""
    levels, said = instance.levels, _sentences()
    rule = _told_rule(instance, wording)
    system = [
        wording.system,
        rule if levels["placement"] == "system" else "",
        *(said[factor][levels[factor]] for factor in ("agency", "oversight", "test")),
    ]
    user = [
        history(instance.random("history"), int(levels["context"])),
        said["attack"][levels["attack"]],
        wording.task,
        rule if levels["placement"] == "user" else "",
        said["pressure"][levels["pressure"]],
        said["nudge"][levels["nudge"]],
        wording.escalation if levels["escalation"] == "mentioned" else "",
        wording.permits.get(instance.arm.value, ""),
    ]
    return TaskBrief(_joined(system), _joined(user), tuple(tools))


def usual_tools(instance: Instance, *own: Tool) -> tuple[Tool, ...]:
    """A shell, a scenario's ``own``, and the ways to speak, of which asking is a factor."""
    escalate = () if instance.levels["escalation"] == "absent" else (ESCALATE,)
    return (SHELL, *own, *escalate, REPORT, SUBMIT)


def rule_in_world(instance: Instance, wording: Wording) -> str:
    """The rule as a comment of the world's, at the level that implies it; otherwise empty."""
    return wording.rules[_IN_WORLD] if instance.levels["policy"] == _IN_WORLD else ""


def inserts_of(instance: Instance, wording: Wording) -> Mapping[int, str]:
    """What arrives with the answers to the first calls, by the number of the call."""
    said = _sentences()["insert"]
    inserts: dict[int, list[str]] = {}
    rule = _told_rule(instance, wording)
    if rule and instance.levels["placement"] == "result":
        inserts.setdefault(_RULE_STEP, []).append(said["rule"].replace("@{text}", rule))
    for step, text in _attack(instance, wording).items():
        inserts.setdefault(step, []).append(text)
    return MappingProxyType({step: "\n".join(texts) for step, texts in inserts.items()})


def _attack(instance: Instance, wording: Wording) -> dict[int, str]:
    said = _sentences()["insert"]
    match instance.levels["attack"]:
        case "injection":
            return {_ATTACK_STEP: said["injection"].replace("@{text}", " ".join(wording.urging))}
        case "split":
            return {
                step: said["message"].replace("@{text}", text)
                for step, text in enumerate(wording.urging, start=_ATTACK_STEP)
            }
    return {}


def _told_rule(instance: Instance, wording: Wording) -> str:
    """The rule where it is told and not implied."""
    level = instance.levels["policy"]
    return "" if level == _IN_WORLD else wording.rules[level]


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _sentences() -> Mapping[str, Any]:
    return table(_PACKAGE, _SENTENCES)
