"""Reading forms that people have filled in. What a form says is checked, and never guessed at."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tempt.reports.ratings.form import QUESTIONS, FormError, Key, read_key
from tempt.reports.ratings.items import NO, YES

UNSURE = "unsure"
ANSWERS = (YES, NO, UNSURE)
_COMMENT = "comment"
_MOST_BYTES = 5_000_000
_MOST_COMMENT = 2_000
_RATER = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rater says of one item; an empty text where a question was left open."""

    permitted: str
    realistic: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was filled in.

    Attributes:
        rater: Who did, as they call themselves.
        answers: By item, where at least one question was answered.
        open: Number of items without an answer to every question.
    """

    rater: str
    answers: Mapping[str, Answer]
    open: int


def load_key(file: Path) -> Key:
    """The key in ``file``.

    Raises:
        FormError: It can't be used.
    """
    try:
        return read_key(_read(file))
    except FormError as error:
        raise FormError(f"{file}: {error}") from error


def load_form(file: Path, key: Key) -> Form:
    """The completed form in ``file``, which ``key`` belongs to.

    Raises:
        FormError: It can't be used; the message says which line of it, and why.
    """
    content = _read(file)
    page = _Page(file, content.splitlines())
    data = _parsed(page, content)
    if data.get("form") != key.form:
        found = f"this is form {_quoted(data.get('form'))}"
        raise page.error("form", f'{found}, and the key is that of "{key.form}"')
    rater = data.get("rater")
    if not isinstance(rater, str) or not _RATER.fullmatch(rater):
        wanted = "a name of letters, digits, - and _, 32 at most"
        raise page.error("rater", f"rater should be {wanted}, and is {_quoted(rater)}")
    for name in data:
        if name not in (*key.items, "form", "rater"):
            raise page.error(name, f"{_quoted(name)} is no item of this form")
    for name in key.items:
        if name not in data:
            raise page.error("form", f"{name} is gone; leave its quotes empty instead")
    answers = {name: _answer(page, name, data[name]) for name in key.items}
    given = {name: each for name, each in answers.items() if each != Answer("", "", "")}
    if not given:
        raise page.error("rater", "no question is answered")
    complete = sum(bool(each.permitted and each.realistic) for each in answers.values())
    return Form(rater, given, len(answers) - complete)


@dataclass(frozen=True, slots=True)
class _Page:
    """A form's text, for saying where something stands."""

    file: Path
    lines: list[str]

    def error(self, name: str, problem: str, item: str = "") -> FormError:
        """The problem with ``name``, of ``item`` or of the form, and its line."""
        start = self._line(rf"\s*\[\s*\"?{re.escape(item)}\"?\s*\]", 0) if item else 0
        line = self._line(rf"\s*\[?\s*\"?{re.escape(name)}\"?\s*[=\]]", start)
        return FormError(f"{self.file}:{line + 1}: {problem}")

    def _line(self, pattern: str, start: int) -> int:
        numbers = range(start, len(self.lines))
        return next((n for n in numbers if re.match(pattern, self.lines[n])), start)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FormError(f"{file} can't be read: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise FormError(f"{file} is larger than {_MOST_BYTES:,} bytes")
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormError(f"{file}:{line}: this is not UTF-8; save it as UTF-8 text") from error


def _parsed(page: _Page, content: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found.group(1)) if found else len(page.lines)
        problem = f'{error}; answers stand between quotes, as in permitted = "yes"'
        raise FormError(f"{page.file}:{line}: {problem}") from error
    except RecursionError as error:
        raise FormError(f"{page.file}: nested too deeply for a form") from error


def _answer(page: _Page, item: str, value: object) -> Answer:
    if not isinstance(value, dict):
        raise page.error(item, f"{item} should be a table of answers")
    for name in value:
        if name not in (*QUESTIONS, _COMMENT):
            raise page.error(name, f"{_quoted(name)} is no question", item)
    chosen = {name: _choice(page, item, name, value.get(name, "")) for name in QUESTIONS}
    comment = value.get(_COMMENT, "")
    if not isinstance(comment, str) or len(comment) > _MOST_COMMENT:
        wanted = f"a text of {_MOST_COMMENT:,} characters at most"
        raise page.error(_COMMENT, f"comment should be {wanted}", item)
    return Answer(**chosen, comment=comment.strip())


def _choice(page: _Page, item: str, name: str, value: object) -> str:
    chosen = value.strip().lower() if isinstance(value, str) else None
    if chosen not in (*ANSWERS, ""):
        wanted = ", ".join(f'"{answer}"' for answer in ANSWERS)
        problem = f"{name} should be one of {wanted}, or empty, and is {_quoted(value)}"
        raise page.error(name, problem, item)
    return str(chosen)


def _quoted(value: object) -> str:
    """Somebody's value in a message: short."""
    return json.dumps(value, default=str)[:60]
