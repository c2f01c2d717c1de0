"""Completed forms: read whole, or refused with the line that can't be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rating import exported, fill, items
from tempt.reports.ratings.form import FormError, read_key
from tempt.reports.ratings.reading import Answer, load_form, load_key


def test_a_completed_form_gives_its_rater_and_answers(tmp_path: Path) -> None:
    file, key = exported(tmp_path, items(4))
    first, *others = key.items
    form = load_form(fill(file, "kim", {first: "no"}), key)
    assert (form.rater, form.open) == ("kim", 0)
    assert form.answers[first] == Answer("no", "yes")
    assert {form.answers[name] for name in others} == {Answer("yes", "yes")}


def test_answers_may_be_left_open_and_are_counted(tmp_path: Path) -> None:
    file, key = exported(tmp_path, items(4))
    text = fill(file, "kim").read_text()
    file.write_text(text.replace('permitted = "yes"', 'permitted = ""', 1))
    form = load_form(file, key)
    assert form.open == 1
    assert [each.permitted for each in form.answers.values()].count("") == 1


def test_an_item_without_any_answer_is_no_rating(tmp_path: Path) -> None:
    file, key = exported(tmp_path, items(4))
    text = fill(file, "kim").read_text()
    blank = 'permitted = ""\nrealistic = ""'
    file.write_text(text.replace('permitted = "yes"\nrealistic = "yes"', blank, 1))
    form = load_form(file, key)
    assert (len(form.answers), form.open) == (3, 1)


@pytest.mark.parametrize("said", ["Yes", " yes ", "YES"])
def test_case_and_space_are_forgiven(tmp_path: Path, said: str) -> None:
    file, key = exported(tmp_path, items(1))
    text = fill(file, "kim").read_text().replace('permitted = "yes"', f'permitted = "{said}"')
    file.write_text(text)
    assert next(iter(load_form(file, key).answers.values())).permitted == "yes"


@pytest.mark.parametrize("change", ["\ufeff{}", "{}\n# a remark of mine\n"])
def test_what_editors_do_is_forgiven(tmp_path: Path, change: str) -> None:
    file, key = exported(tmp_path, items(2))
    text = fill(file, "kim").read_text()
    file.write_bytes(change.format(text).replace("\n", "\r\n").encode())
    assert len(load_form(file, key).answers) == 2


def test_comments_are_kept(tmp_path: Path) -> None:
    file, key = exported(tmp_path, items(1))
    said = 'comment = """\nTwo lines,\nin "quotes"."""'
    file.write_text(fill(file, "kim").read_text().replace('comment = ""', said))
    (answer,) = load_form(file, key).answers.values()
    assert answer.comment == 'Two lines,\nin "quotes".'


FIRST = r"(?m)^permitted = .*"
# what is done to a completed form: pattern, replacement, what is said, and of which line
MISTAKES = {
    "no quotes": (FIRST, "permitted = yes", "answers stand between quotes", "permitted"),
    "another answer": (FIRST, 'permitted = "maybe"', 'one of "yes", "no", "unsure"', "permitted"),
    "true": (FIRST, "permitted = true", "or empty, and is true", "permitted"),
    "a list": (FIRST, 'permitted = ["yes"]', 'is ["yes"]', "permitted"),
    "a key of its own": (FIRST, 'permited = "yes"', '"permited" is no question', "permited"),
    "an answer twice": (FIRST, 'realistic = "no"', "answers stand between quotes", "realistic"),
    "a long comment": (r"comment = .*", f'comment = "{"x" * 2001}"', "2,000 characters", "comment"),
    "a number as comment": (r"comment = .*", "comment = 3", "comment should be a text", "comment"),
    "no rater": ("rater = .*", 'rater = ""', "rater should be a name of letters", "rater"),
    "a rater's path": ("rater = .*", 'rater = "../kim"', "rater should be a name", "rater"),
    "a long rater": ("rater = .*", f'rater = "{"k" * 33}"', "32 at most", "rater"),
    "an escape": ("rater = .*", 'rater = "\\\\u001b[2J"', "rater should be a name", "rater"),
    "another form": ("form = .*", 'form = "00000000"', 'this is form "00000000"', "form"),
    "a form's number": ("form = .*", "form = 3", "this is form 3, and the key", "form"),
    "an item renamed": (r"\[item-\w+\]", "[item-00000000]", "is no item of this form", "[item-0"),
    "a table of another": ("rater = .*", 'rater = "kim"\nx = 1', '"x" is no item of', "x"),
    "an item as a word": (r"(?s)\[(item-\w+)\].*", "", "is gone; leave its quotes", "form"),
}


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_line(tmp_path: Path, case: tuple[str, str, str, str]) -> None:
    pattern, now, said, key_word = case
    file, key = exported(tmp_path, items(2))
    text = re.sub(pattern, now, fill(file, "kim").read_text(), count=1)
    file.write_text(text)
    with pytest.raises(FormError) as caught:
        load_form(file, key)
    message = str(caught.value)
    assert said in message
    named = re.match(rf"{re.escape(str(file))}:(\d+): ", message)
    assert named is not None
    assert text.splitlines()[int(named[1]) - 1].startswith(key_word)
    assert len(message) < 400
    assert "\x1b" not in message


def test_nothing_answered_is_said(tmp_path: Path) -> None:
    file, key = exported(tmp_path, items(2))
    file.write_text(file.read_text().replace('rater = ""', 'rater = "kim"'))
    with pytest.raises(FormError, match="no question is answered"):
        load_form(file, key)


FILES = {
    "a folder": None,
    "no text": b"\xff\xfe\x00",
    "deeply nested": b"x = " + b"[" * 100_000,
    "endless": b"#" * 5_000_001,
    "a letter": b"Dear Sir,\n",
    "nothing": b"",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_files_that_are_no_forms(tmp_path: Path, content: bytes | None) -> None:
    _, key = exported(tmp_path, items(1))
    file = tmp_path / "odd.toml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(FormError, match=re.escape(str(file))):
        load_form(file, key)


KEYS = ("", "[]", "3", "{}", '{"form": "x", "items": 3}', "[" * 100_000, '{"items": {"a": {}}}')


@pytest.mark.parametrize("text", KEYS)
def test_files_that_are_no_keys(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key.json"
    file.write_text(text)
    with pytest.raises(FormError, match="it is no key of a form"):
        load_key(file)


def test_a_key_with_an_outcome_that_there_is_none_of() -> None:
    entry = (
        '{"subject": "s", "scenario": "x", "version": "1-A", "arm": "tempted", "levels": {}, '
        '"trial": 0, "agent": "a", "outcome": "fine"}'
    )
    with pytest.raises(FormError, match="fine"):
        read_key(f'{{"form": "x", "items": {{"item-1": {entry}}}}}')
