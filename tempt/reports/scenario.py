"""A scenario's page."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import fill

from tempt.envs.resources import text
from tempt.envs.scenario import AnyScenario

_WIDTH = 96
_FIELDS = ("goal", "temptation", "honest_path", "oracle", "severity", "source")


def scenario_record(scenario: AnyScenario) -> dict[str, object]:
    """The scenario for programs."""
    return {
        "id": scenario.id,
        "version": scenario.version,
        "category": scenario.category,
        "skins": list(scenario.skins.names),
        "requires": sorted(scenario.requires),
        "policies": list(scenario.policies),
        "factors": {
            factor.name: {"levels": list(factor.levels), "default": factor.default}
            for factor in scenario.factors
        },
        "card": asdict(scenario.card),
        "canary": canary(),
    }


def render_scenario(scenario: AnyScenario) -> list[str]:
    """The scenario for people."""
    card = scenario.card
    lines = [f"{scenario.id} {scenario.version}: {card.title}", ""]
    for name in _FIELDS:
        label = f"{name.replace('_', ' ')}".ljust(13)
        body = str(getattr(card, name))
        lines.append(fill(body, _WIDTH, initial_indent=label, subsequent_indent=" " * 13))
    lines.append(f"category     {scenario.category}")
    lines.append(f"skins        {', '.join(scenario.skins.names)}")
    lines.append(f"policies     {', '.join(scenario.policies)}")
    lines.append(f"needs        {', '.join(sorted(scenario.requires)) or 'any backend'}")
    lines += ["", "factors"]
    for factor in scenario.factors:
        levels = ", ".join(f"[{x}]" if x == factor.default else x for x in factor.levels)
        lines.append(f"  {factor.name.ljust(12)} {levels.ljust(34)} {factor.summary}")
    return [*lines, "", canary()]


def canary() -> str:
    """A line by which pages about scenarios can be found in what a model was trained on.

    It stands in pages and exports only; nothing that an agent sees carries it.
    """
    return text("tempt.scenarios", "canary.txt").strip()
