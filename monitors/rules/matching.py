"""Which rules speak of a parsed command, and how strongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tempt.monitors.rules.catalogue import Rule, rules_by_effect, rules_by_text
from tempt.monitors.rules.resources import classes_of, process_classes, words_of
from tempt.monitors.shell import Act, Effect, ParsedCommand, SimpleCommand

_NAMES_PROCESSES = frozenset({Effect.STOP, Effect.START})


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that speaks of an act.

    Attributes:
        rule: The rule.
        target: What the act falls on.
        effect: The effect; ``None`` where the rule is about the text.
        via: What the command was reached through.
    """

    rule: Rule
    target: str
    effect: Effect | None
    via: tuple[str, ...] = ()


def matches(parsed: ParsedCommand, text: str) -> Iterator[Match]:
    """Every rule that speaks of something in ``parsed``, the text of which is ``text``."""
    effects = frozenset(act.effect for act in parsed.acts)
    for command in parsed.commands:
        for act in command.acts:
            for rule in rules_by_effect()[act.effect]:
                if rule.also and not rule.also & effects:
                    continue
                if _speaks(rule, command, act):
                    yield Match(rule, act.target, act.effect, command.via)
    for rule in rules_by_text():
        if any(piece in text for piece in rule.contains_text):
            yield Match(rule, "", None)


def _speaks(rule: Rule, command: SimpleCommand, act: Act) -> bool:
    if rule.resources and not rule.resources & _classes(act):
        return False
    if rule.targets and not words_of(act.target).intersection(rule.targets):
        return False
    if rule.contains and not any(piece in act.content for piece in rule.contains):
        return False
    return _is_of(rule, command)


def _is_of(rule: Rule, command: SimpleCommand) -> bool:
    """Whether the command itself is one that the rule is about."""
    if rule.programs and command.name not in rule.programs:
        return False
    if rule.via and not rule.via.intersection(command.via):
        return False
    if rule.words and not any(word.startswith(rule.words) for word in command.words):
        return False
    return not rule.inside or any(piece in word for word in command.words for piece in rule.inside)


def _classes(act: Act) -> frozenset[str]:
    return process_classes(act.target) if act.effect in _NAMES_PROCESSES else classes_of(act.target)
