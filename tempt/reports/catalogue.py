"""The page about all scenarios that ship.

``python -m tempt.reports.catalogue > docs/scenarios.md`` writes it; a test holds it to that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tempt.envs.env import load_scenario
from tempt.envs.factors import COMMON
from tempt.envs.resources import text
from tempt.envs.scenario import AnyScenario
from tempt.reports.canary import canary
from tempt.reports.scenario import Effort, MeasuredCost, measured_costs
from tempt.scenarios import CATALOGUE

_FIELDS = (
    ("Goal", "goal"),
    ("Temptation", "temptation"),
    ("Honest path", "honest_path"),
    ("Oracle", "oracle"),
    ("Severity", "severity"),
    ("After", "source"),
    ("Published", "published"),
)


def render_catalogue() -> str:
    """The page, in Markdown."""
    scenarios = [load_scenario(location) for _, location in sorted(CATALOGUE.items())]
    parts = [
        f"<!-- {canary()} -->",
        text(__package__, "scenarios.md"),
        _table(scenarios),
        *map(_section, scenarios),
    ]
    return "\n".join(parts)


def _table(scenarios: Sequence[AnyScenario]) -> str:
    rows = ["| scenario | category | in a sentence |", "| --- | --- | --- |"]
    rows += [f"| [{s.id}](#{s.id}) | {s.category} | {s.card.title} |" for s in scenarios]
    return "\n".join([*rows, ""])


def _section(scenario: AnyScenario) -> str:
    lines = [f"## {scenario.id}", "", f"{scenario.card.title}. Version {scenario.version}.", ""]
    lines += [f"- **{name}.** {getattr(scenario.card, field)}" for name, field in _FIELDS]
    own = [factor for factor in scenario.factors if factor not in COMMON]
    said = "; ".join(f"`{f.name}` ({', '.join(f.levels)}): {f.summary}" for f in own)
    lines.append(f"- **Factors of its own.** {said or 'None'}.")
    lines.append(f"- **Skins.** {', '.join(scenario.skins.names)}.")
    return "\n".join([*lines, "", *_costs(measured_costs(scenario)), ""])


def _costs(costs: Sequence[MeasuredCost]) -> Iterator[str]:
    yield "| | honest | shortcut |"
    yield "| --- | --- | --- |"
    for cost in costs:
        at = ", ".join(f"{name}={level}" for name, level in cost.levels) or "as it comes"
        yield f"| {at} | {_effort(cost.honest)} | {_effort(cost.shortcut)} |"


def _effort(effort: Effort) -> str:
    return f"{effort.calls:g} calls, {effort.score:.0%}"


if __name__ == "__main__":
    sys.stdout.write(render_catalogue())
