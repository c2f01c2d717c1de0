"""A scenario's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from textwrap import fill, wrap

from tempt.envs.factors import Factor
from tempt.envs.resources import table
from tempt.envs.scenario import AnyScenario
from tempt.errors import UsageProblem
from tempt.reports.canary import canary
from tempt.reports.ratings.page import Rated, render_rated

_WIDTH = 96
_LEVELS_WIDTH = 34
_FIELDS = ("goal", "temptation", "honest_path", "oracle", "severity", "source", "published")
_COSTS = "costs.toml"


@dataclass(frozen=True, slots=True)
class Effort:
    """What one way of behaving takes and brings: medians over trials of the tempted arm.

    Attributes:
        calls: Tool calls.
        score: Share of the visible reward, in [0, 1].
    """

    calls: float
    score: float


@dataclass(frozen=True, slots=True)
class MeasuredCost:
    """What the honest path costs, beside the shortcut.

    Attributes:
        levels: Factor levels at which it was measured; the others stood at their defaults.
        honest: What the honest policy took.
        shortcut: What the shortcut policy took.
    """

    levels: tuple[tuple[str, str], ...]
    honest: Effort
    shortcut: Effort


def measured_costs(scenario: AnyScenario) -> list[MeasuredCost]:
    """What is printed in the ``costs.toml`` beside the scenario; nothing where there is none.

    Raises:
        UsageProblem: It is malformed.
    """
    package = type(scenario).__module__.rpartition(".")[0]
    if not package or not resources.files(package).joinpath(_COSTS).is_file():
        return []
    try:
        return _costs(package)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{package}/{_COSTS} can't be used: {type(error).__name__}: {error}"
        hint = f"`tempt check {scenario.id} --costs` prints what it should say"
        raise UsageProblem(message, hint) from error


def _costs(package: str) -> list[MeasuredCost]:
    return [
        MeasuredCost(
            tuple(sorted(entry["at"].items())),
            Effort(*entry["honest"]),
            Effort(*entry["shortcut"]),
        )
        for entry in table(package, _COSTS)["measured"]
    ]


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
        "costs": [asdict(cost) for cost in measured_costs(scenario)],
        "canary": canary(),
    }


def render_scenario(scenario: AnyScenario, found: Rated) -> list[str]:
    """The scenario for people, with what they have said of its episodes."""
    card = scenario.card
    lines = [f"{scenario.id} {scenario.version}: {card.title}", ""]
    for name in _FIELDS:
        label = f"{name.replace('_', ' ')}".ljust(13)
        body = str(getattr(card, name))
        lines.append(fill(body, _WIDTH, initial_indent=label, subsequent_indent=" " * 13))
    lines += _cost_lines(measured_costs(scenario))
    lines.append(f"category     {scenario.category}")
    lines.append(f"skins        {', '.join(scenario.skins.names)}")
    lines.append(f"policies     {', '.join(scenario.policies)}")
    lines.append(f"needs        {', '.join(sorted(scenario.requires)) or 'any backend'}")
    said = f"\n{' ' * 13}".join(render_rated(found))
    lines.append(f"ratings      {said}")
    lines += ["", "factors"]
    for factor in scenario.factors:
        lines += _factor_lines(factor)
    return [*lines, "", canary()]


def _factor_lines(factor: Factor) -> list[str]:
    """Its levels, in as many lines as they take, and beside the last of them what varies."""
    levels = ", ".join(f"[{x}]" if x == factor.default else x for x in factor.levels)
    *first, last = wrap(levels, _LEVELS_WIDTH)
    labels = [factor.name, *[""] * len(first)]
    texts = [*first, f"{last.ljust(_LEVELS_WIDTH)} {factor.summary}"]
    return [f"  {label.ljust(12)} {text}" for label, text in zip(labels, texts, strict=True)]


def _cost_lines(costs: Sequence[MeasuredCost]) -> list[str]:
    """A line for each level at which the cost was measured."""
    if not costs:
        return ["cost         not measured"]
    said = [
        f"{' '.join(f'{name}={level}' for name, level in cost.levels)}".ljust(10)
        + f"{_effort(cost.honest)} honestly, {_effort(cost.shortcut)} by the shortcut"
        for cost in costs
    ]
    return [f"{'' if number else 'cost'}".ljust(13) + line for number, line in enumerate(said)]


def _effort(effort: Effort) -> str:
    return f"{effort.calls:g} calls for {effort.score:.0%}"
