"""Seeds. Every number that shapes an episode comes from here, and from nothing else."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)


def canonical_json(value: object) -> str:
    """The one JSON text of ``value``: keys sorted, no spaces, ASCII only.

    Raises:
        ValueError: ``value`` holds NaN or an infinity.
        TypeError: ``value`` holds something JSON has no form for.
    """
    return _ENCODER.encode(value)


def derive_seed(*parts: str | int) -> int:
    """A 63-bit seed from a path of names and numbers, equal on every machine."""
    text = canonical_json([str(part) for part in parts])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def derive_random(*parts: str | int) -> random.Random:
    """An own stream of randomness for one purpose."""
    return random.Random(derive_seed(*parts))


def fingerprint(value: Mapping[str, object] | Sequence[object]) -> str:
    """Hex sha256 of the canonical JSON of ``value``."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
