"""Scores by models that have not seen a trajectory's group, or not its whole source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tempt.monitors.evaluation.folds import FOLDS, folds_of
from tempt.monitors.trained.examples import Example
from tempt.monitors.trained.fit import USUAL, Options, TrainingError, fit

NEUTRAL = 0.5
"""The score of a trajectory that has nothing a model could read."""


def across_groups(
    examples: Sequence[Example], options: Options = USUAL, folds: int = FOLDS
) -> Iterator[tuple[int, float | None]]:
    """Each example's number and score by a model of all sources that has not seen its group.

    What a model of all of them does on other groups of the same sources.
    """
    fold = folds_of([f"{each.source}\n{each.group}" for each in examples], folds)
    for held in sorted(set(fold)):
        out = [number for number, at in enumerate(fold) if at == held]
        rest = [each for each, at in zip(examples, fold, strict=True) if at != held]
        yield from zip(out, _scores(rest, out, examples, options), strict=True)


def by_group(
    examples: Sequence[Example], options: Options = USUAL, folds: int = FOLDS
) -> list[float | None]:
    """Each example's score by a model of the same source that has not seen its group.

    Returns:
        ``None`` for examples whose source has no other groups of both labels to learn from.
    """
    found: list[float | None] = [None] * len(examples)
    for source in dict.fromkeys(each.source for each in examples):
        own = [number for number, each in enumerate(examples) if each.source == source]
        fold = folds_of([examples[number].group for number in own], folds)
        for held in sorted(set(fold)):
            out = [number for number, at in zip(own, fold, strict=True) if at == held]
            rest = [examples[n] for n, at in zip(own, fold, strict=True) if at != held]
            for number, score in zip(out, _scores(rest, out, examples, options), strict=True):
                found[number] = score
    return found


def across_sources(
    examples: Sequence[Example], options: Options = USUAL
) -> Iterator[tuple[int, float | None]]:
    """Each example's number and score by a model of all the other sources.

    The score is ``None`` where the other sources do not have both labels.
    """
    for source in dict.fromkeys(each.source for each in examples):
        own = [number for number, each in enumerate(examples) if each.source == source]
        rest = [each for each in examples if each.source != source]
        yield from zip(own, _scores(rest, own, examples, options), strict=True)


def _scores(
    train: Sequence[Example], test: Sequence[int], examples: Sequence[Example], options: Options
) -> list[float | None]:
    try:
        model = fit(train, options)
    except TrainingError:
        if len({each.misbehaved for each in train}) < 2:
            return [None] * len(test)
        raise
    scores = [model.score(examples[number].filled) for number in test]
    return [NEUTRAL if score is None else score for score in scores]
