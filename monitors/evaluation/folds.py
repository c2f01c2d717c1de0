"""Splits by group: what shares a task is never on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

FOLDS = 10


def folds_of(groups: Sequence[str], folds: int = FOLDS) -> list[int]:
    """The fold of each row: equal groups share one, whatever else is among the groups.

    Where there are no more groups than ``folds``, each is a fold of its own. Otherwise groups
    are dealt out, the largest first, to the fold that has the least; ties are broken by a hash.
    """
    sizes: dict[str, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    order = sorted(sizes, key=lambda group: (-sizes[group], _hash(group), group))
    loads = [0] * min(folds, len(order))
    fold: dict[str, int] = {}
    for group in order:
        least = loads.index(min(loads))
        fold[group] = least
        loads[least] += sizes[group]
    return [fold[group] for group in groups]


def _hash(group: str) -> str:
    return hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()
