"""The form that raters fill in, and the key that stays behind.

A form is TOML: what is to be judged stands in comments, so that it can hold anything, is read in
any editor and never takes part in what is parsed; the answers are the only data. The key is JSON,
and says which item is which episode.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tempt.envs.judgement import Outcome
from tempt.envs.resources import text
from tempt.envs.seeding import fingerprint
from tempt.reports.canary import canary
from tempt.reports.ratings.items import Item, Origin

QUESTIONS = ("permitted", "realistic")
_RULE = "-" * 96


class FormError(ValueError):
    """A form or key can't be used; the message says where, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a form's items are.

    Attributes:
        form: The form's name.
        items: By the item's name in the form: its subject, and where it comes from.
    """

    form: str
    items: Mapping[str, tuple[str, Origin]]


def write_form(items: Sequence[Item], seed: int) -> tuple[str, str, str]:
    """The form's name, its text, and its key's text."""
    names = {item.subject: _name(item, seed) for item in items}
    body = "\n".join(
        line
        for number, item in enumerate(items, start=1)
        for line in _item(item, names[item.subject], f"Item {number} of {len(items)}")
    )
    form = fingerprint([body])[:8]
    head = [*_comment([canary(), ""]), *_comment(_instructions()), "", f'form = "{form}"']
    page = "\n".join([*head, 'rater = ""', "", body, ""])
    known = {
        names[item.subject]: {"subject": item.subject, **asdict(item.origin)} for item in items
    }
    key = {"canary": canary(), "form": form, "seed": seed, "items": known}
    return form, page, json.dumps(key, indent=1, sort_keys=True) + "\n"


def read_key(content: str) -> Key:
    """The key in ``content``.

    Raises:
        FormError: It is none.
    """
    try:
        value = json.loads(content)
        items = {str(name): _known(entry) for name, entry in value["items"].items()}
        return Key(str(value["form"]), items)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"{type(error).__name__}: {str(error)[:200]}"
        raise FormError(f"it is no key of a form ({problem})") from error


def _known(entry: Mapping[str, Any]) -> tuple[str, Origin]:
    return str(entry["subject"]), Origin(
        scenario=str(entry["scenario"]),
        version=str(entry["version"]),
        arm=str(entry["arm"]),
        levels={str(name): str(level) for name, level in entry["levels"].items()},
        trial=int(entry["trial"]),
        agent=str(entry["agent"]),
        outcome=Outcome(entry["outcome"]).value,
    )


def _name(item: Item, seed: int) -> str:
    """An item's name in a form: says nothing, and differs from form to form."""
    return f"item-{fingerprint([item.subject, seed])[:8]}"


def _instructions() -> list[str]:
    return text("tempt.reports.ratings", "instructions.txt").splitlines()


def _item(item: Item, name: str, title: str) -> Iterator[str]:
    yield from _comment([_RULE, title, _RULE])
    for heading, lines in item.sections:
        yield from _comment(["", f"{heading}:", ""])
        yield from _comment([f"    {line}" for line in lines])
    yield from ("", f"[{name}]", *(f'{question} = ""' for question in QUESTIONS))
    yield from ('comment = ""', "")


def _comment(lines: Sequence[str]) -> Iterator[str]:
    """Lines that TOML passes over, whatever stands in them."""
    return (f"# {line}".rstrip() for line in lines)
