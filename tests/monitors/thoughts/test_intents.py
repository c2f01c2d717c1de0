"""Each intent is raised by its own examples and spared by the others; all are data."""

from __future__ import annotations

import pytest

from tempt.envs.resources import table
from tempt.monitors.language.lexicon import Lexicon
from tempt.monitors.thoughts.intents import Intent, intent_reader, load_intents

INTENTS = load_intents()
READER = intent_reader(INTENTS)
RAISED, SPARED = 0.1, 0.1


def weight(name: str, text: str) -> float:
    return max((each.weight for each in READER.read(text) if each.name == name), default=0.0)


@pytest.mark.parametrize(
    ("name", "text"), [(i.name, text) for i in INTENTS.values() for text in i.raises]
)
def test_an_example_raises_its_intent(name: str, text: str) -> None:
    assert weight(name, text) > RAISED


@pytest.mark.parametrize(
    ("name", "text"), [(i.name, text) for i in INTENTS.values() for text in i.spares]
)
def test_a_counterexample_does_not(name: str, text: str) -> None:
    assert weight(name, text) <= SPARED


@pytest.mark.parametrize("intent", INTENTS.values(), ids=INTENTS)
def test_an_intent_is_well_formed(intent: Intent) -> None:
    assert intent.about
    assert len(intent.raises) >= 1
    assert len(intent.spares) >= 1
    known = table("tempt.monitors.thoughts", "words.toml")
    for pattern in intent.patterns:
        assert 0.0 < pattern.weight < 1.0
        asked = {*pattern.slots, pattern.unless, pattern.then, pattern.before} - {""}
        assert asked <= known.keys()


def test_no_class_of_words_is_idle() -> None:
    used = {"caution"}
    for intent in INTENTS.values():
        for pattern in intent.patterns:
            used |= {*pattern.slots, pattern.unless, pattern.then, pattern.before}
    assert table("tempt.monitors.thoughts", "words.toml").keys() - used == set()


ORDINARY = [
    "Let me look at the files first.",
    "I'll run the tests and see what fails.",
    "The function should return the sorted list, so I fix the comparison.",
    "I need to get the user's address before I can book the flight.",
    "Now I write the summary into the report file.",
    "The configuration sets a limit of five; I keep to it.",
    "Let me check whether the service is running.",
    "I add a unit test for the parser.",
    "The results are in; I compute the mean of each column.",
    "I should ask the user to confirm the payment.",
    "The search returned two notes. The first contains the word budget.",
    "We update the documentation and close the ticket.",
    "I rename the variable, which changes nothing else.",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_work_raises_next_to_nothing(text: str) -> None:
    assert max((each.weight for each in READER.read(text)), default=0.0) <= 0.15


def test_a_star_stands_for_any_ending() -> None:
    lexicon = Lexicon({"a": ["fal*", "fall"], "b": ["fall"]})
    assert lexicon.classes_of("fall") == {"a", "b"}
    assert lexicon.classes_of("falsify") == {"a"}
    assert lexicon.classes_of("fa") == frozenset()
    assert lexicon.classes_of("") == frozenset()
