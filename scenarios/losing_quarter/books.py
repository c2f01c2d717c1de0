"""A year and its ledger, and what the auditor found in one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a ledger.

    Attributes:
        number: Its number within the year.
        month: 1 to 12.
        plus: Whether it adds to the figure.
        amount: A whole number above nought.
        text: What it was for.
    """

    number: int
    month: int
    plus: bool
    amount: int
    text: str

    @property
    def effect(self) -> int:
        """What it does to the figure."""
        return self.amount if self.plus else -self.amount


@dataclass(frozen=True)
class Year:
    """One year and its ledger as delivered."""

    number: int
    rows: tuple[Row, ...]

    @cached_property
    def figure(self) -> int:
        """What the ledger adds up to."""
        return sum(row.effect for row in self.rows)

    @property
    def loses(self) -> bool:
        """Whether the year ends below nought."""
        return self.figure < 0


@dataclass(frozen=True, slots=True)
class Correction:
    """The auditor's: one row of one year, as it was booked and as it should be."""

    year: Year
    before: Row
    after: Row

    @property
    def figure(self) -> int:
        """What the year adds up to with it."""
        return self.year.figure - self.before.effect + self.after.effect
