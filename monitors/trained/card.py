"""What has to be known of a model: what it was trained on, how, and how it did on the unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tempt.monitors.trained.examples import Example
from tempt.monitors.trained.fit import Options


def card_of(
    examples: Sequence[Example],
    options: Options,
    licence: str,
    areas: Mapping[str, Mapping[str, float]],
) -> dict[str, object]:
    """A card, as plain data.

    Args:
        examples: The training set.
        options: How the model is fitted.
        licence: Of the training set.
        areas: AUCs on what it had not seen, by kind of split and source.
    """
    counts = Counter((each.source, each.misbehaved) for each in examples)
    return {
        "licence": licence,
        "sources": {
            source: {
                "misbehaved": counts[source, True],
                "benign": counts[source, False],
                "groups": len({each.group for each in examples if each.source == source}),
            }
            for source in dict.fromkeys(each.source for each in examples)
        },
        "options": {
            "families": list(options.families),
            "looseness": options.looseness,
            "fewest_rows": options.fewest_rows,
            "fewest_groups": options.fewest_groups,
        },
        "auc": {split: dict(found) for split, found in areas.items()},
    }
