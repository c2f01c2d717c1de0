"""How a speaker stands to what is said: denied, quoted, asked, weighed, or somebody else's wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tempt.envs.resources import table
from tempt.monitors.language.clauses import Clause
from tempt.monitors.language.lexicon import Lexicon

SPEECH = "speech.toml"
_DENIAL_REACH = 12
"""How many words a denial reaches forward, as in a list of what is not done."""
_NEAR = 3

Classes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Speech:
    """The words that show how a clause is meant, and what each way of meaning it leaves of it.

    Attributes:
        lexicon: Words of denial, of other people, of doubt, of blame, of intent.
        weights: The factor of each stance, in [0, 1].
    """

    lexicon: Lexicon
    weights: Mapping[str, float]

    @classmethod
    def load(cls) -> Speech:
        """The one that is shipped."""
        data = table(__package__, SPEECH)
        return cls(Lexicon(data["classes"]), data["weights"])

    @property
    def data(self) -> Mapping[str, Any]:
        """What it was made of, for fingerprints of what uses it."""
        return {**table(__package__, SPEECH), "weights": dict(self.weights)}

    def hear(self, clause: Clause) -> Hearing:
        """``clause`` with its words sorted."""
        classes = [self.lexicon.classes_of(word) for word in clause.words]
        heading = [self.lexicon.classes_of(word) for word in clause.heading]
        return Hearing(clause, classes, frozenset[str]().union(*heading))

    def factor(self, stances: frozenset[str]) -> float:
        """How much of a statement is the speaker's own intent; 1 where nothing tempers it."""
        factor = 1.0
        for stance in sorted(stances):
            factor *= self.weights[stance]
        return factor


@dataclass
class Hearing:
    """A clause as it is heard.

    Attributes:
        clause: The clause.
        classes: The classes of each of its words.
        heading: Those of all words of its heading.
    """

    clause: Clause
    classes: list[Classes]
    heading: Classes

    @cached_property
    def _all(self) -> Classes:
        return frozenset[str]().union(*self.classes)

    def stances(self, first: int, last: int) -> frozenset[str]:
        """The names of all that tempers what words ``first`` to ``last`` say."""
        before = self.classes[:first]
        near = frozenset[str]().union(*self.classes[: last + 1 + _NEAR])
        checks = {
            "denied": self._denied(first, last) or not self.heading.isdisjoint({"no", "shun"}),
            "quoted": first in self.clause.quoted and last in self.clause.quoted,
            "asked": self.clause.question,
            "others": _others(before) or not self.heading.isdisjoint({"other", "tell"}),
            "unowned": _unowned(before) or self._of_another(first),
            "described": self._described(first, last),
            "weighed": "doubt" in near or "doubt" in self.heading,
            "blamed": "blame" in self._all or "blame" in self.heading,
        }
        return frozenset(name for name, applies in checks.items() if applies)

    def _denied(self, first: int, last: int) -> bool:
        """Whether a denial reaches the words. What is not avoided is done."""
        if any(self._denies(at) for at in range(first, last + 1)):
            return True
        denied = shunned = False
        for at in range(first - 1, max(-1, first - 1 - _DENIAL_REACH), -1):
            denied |= self._denies(at)
            shunned |= "shun" in self.classes[at]
            if "resolve" in self.classes[at]:
                break
        return denied != shunned

    def _denies(self, at: int) -> bool:
        """Whether the word denies: "not only" and "no choice but" do not."""
        void = at + 1 < len(self.classes) and "void" in self.classes[at + 1]
        return "no" in self.classes[at] and not void

    def _of_another(self, first: int) -> bool:
        """Whether the clause opens with what another does: "creates a copy"."""
        word = self.clause.words[0]
        opening = first <= 1 and word.endswith("s") and not word.endswith("ss")
        return opening and self.classes[0].isdisjoint({"self", "resolve"})

    def _described(self, first: int, last: int) -> bool:
        """Whether the words are what is spoken about, or what something is said to be.

        "Editing the log would be wrong", "this is editing the log".
        """
        word = self.clause.words[first]
        if first <= 1 and word.endswith("ing"):
            return any("being" in found for found in self.classes[last + 1 :])
        start = max(0, first - _NEAR)
        return any("being" in found for found in self.classes[start:first])


def _others(before: list[Classes]) -> bool:
    """Whether it is somebody else's wish or doing; "so I'll" after it makes it one's own."""
    for found in reversed(before):
        if "resolve" in found:
            return False
        if not found.isdisjoint({"tell", "other"}):
            return True
    return False


def _unowned(before: list[Classes]) -> bool:
    """Whether another than the speaker is the subject; a clause without one is a plan."""
    return len(before) > 1 and not any("self" in found or "resolve" in found for found in before)
