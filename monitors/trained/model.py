"""A trained monitor's weights: plain data, and scoring that needs no library to have made them.

A model has a part for each family of features. Features are hashed into buckets; a part weighs the
buckets that a transcript fills, and its log-odds are brought to the scale of its training set. The
model's score is the mean over the parts that had anything to read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tempt.monitors.fusion import logistic
from tempt.monitors.trained.features import FAMILIES

FORMAT = 1
BITS = 16
MAX_FILE = 4_000_000

Floats = npt.NDArray[np.float64]
Buckets = npt.NDArray[np.int64]


class ModelError(ValueError):
    """A file holds no model that can be used; the message says why."""


def buckets(names: Iterable[str]) -> Buckets:
    """The buckets that features fall into, in rising order, each once."""
    hashed = {
        zlib.crc32(name.encode("utf-8", "surrogatepass")) & ((1 << BITS) - 1) for name in names
    }
    return np.array(sorted(hashed), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Part:
    """One family's linear model.

    Attributes:
        family: The family of features.
        rarity: How much a bucket says by being rare; 0 for buckets that training did not know.
        weights: What a bucket speaks for, by bucket.
        bias: What is said without any.
        centre: Mean log-odds over the training set.
        spread: Their standard deviation.
    """

    family: str
    rarity: Floats
    weights: Floats
    bias: float
    centre: float = 0.0
    spread: float = 1.0

    def raw(self, filled: Buckets) -> float | None:
        """Log-odds; ``None`` where no bucket is one that training knew."""
        rarity = self.rarity[filled]
        length = float(np.sqrt(rarity @ rarity))
        return float(rarity @ self.weights[filled]) / length + self.bias if length else None

    def evidence(self, filled: Buckets) -> float:
        """How much these buckets speak for misbehaviour, for comparing pieces of one transcript."""
        return float(self.rarity[filled] @ self.weights[filled])

    def standard(self, filled: Buckets) -> float | None:
        """Log-odds on the scale of the training set."""
        value = self.raw(filled)
        return None if value is None else (value - self.centre) / self.spread


@dataclass(frozen=True, eq=False)
class Model:
    """All parts, and where they come from.

    Attributes:
        parts: One for each family.
        card: What was trained on, by which options, with which figures.
    """

    parts: tuple[Part, ...]
    card: Mapping[str, Any] = field(default_factory=dict)

    def score(self, filled: Mapping[str, Buckets]) -> float | None:
        """The mean over the parts as a chance; ``None`` without anything to read."""
        found = [part.standard(filled[part.family]) for part in self.parts]
        measured = [value for value in found if value is not None]
        return logistic(sum(measured) / len(measured)) if measured else None

    @property
    def fingerprint(self) -> str:
        """Tells models apart that would not score alike."""
        return hashlib.sha256(_text([_plain(part) for part in self.parts])).hexdigest()[:16]


def save(model: Model, file: Path) -> None:
    """Write ``model`` as JSON.

    Raises:
        OSError: The file can't be written.
    """
    parts = [_plain(part) for part in model.parts]
    value = {"format": FORMAT, "bits": BITS, "card": dict(model.card), "parts": parts}
    file.write_bytes(_text(value) + b"\n")


def load(text: str) -> Model:
    """The model in a file's text.

    Raises:
        ModelError: There is none that can be used.
    """
    if len(text) > MAX_FILE:
        raise ModelError(
            f"a model of {len(text):,} characters is more than the {MAX_FILE:,} allowed"
        )
    try:
        value = json.loads(text)
        if (value["format"], value["bits"]) != (FORMAT, BITS):
            raise ModelError("the model is of another version; train it again")
        return Model(tuple(_part(each) for each in value["parts"]), dict(value["card"]))
    except ModelError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
        raise ModelError(f"not a model: {type(error).__name__}: {error}") from error


def _plain(part: Part) -> dict[str, object]:
    known = np.flatnonzero(part.rarity)
    return {
        "family": part.family,
        "bias": part.bias,
        "centre": part.centre,
        "spread": part.spread,
        "buckets": _packed(known.astype("<u4")),
        "rarity": _packed(part.rarity[known].astype("<f2")),
        "weights": _packed(part.weights[known].astype("<f2")),
    }


def _part(value: Mapping[str, Any]) -> Part:
    family = value["family"]
    if family not in FAMILIES:
        raise ModelError(f"no family of features is called {family!r}")
    known = np.frombuffer(base64.b64decode(value["buckets"], validate=True), "<u4")
    if known.size and int(known.max()) >= 1 << BITS:
        raise ModelError("a bucket is out of range")
    numbers = [float(value[name]) for name in ("bias", "centre", "spread")]
    if not all(map(math.isfinite, numbers)) or numbers[2] <= 0:
        raise ModelError("bias, centre and spread must be finite, and spread above 0")
    rarity, weights = (_unpacked(value[name], known) for name in ("rarity", "weights"))
    return Part(family, rarity, weights, *numbers)


def _packed(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()


def _unpacked(text: str, known: npt.NDArray[np.uint32]) -> Floats:
    values = np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float64)
    if values.shape != known.shape or not np.isfinite(values).all():
        raise ModelError("there must be one finite value for each bucket")
    full = np.zeros(1 << BITS)
    full[known] = values
    return full


def _text(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1).encode()
