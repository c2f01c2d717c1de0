"""Text is cut into clauses, and what is quoted, asked or listed is marked."""

from __future__ import annotations

import pytest

from tempt.monitors.language.clauses import MAX_WORDS, Clause, clauses


def words(text: str) -> list[str]:
    return [" ".join(clause.words) for clause in clauses(text)]


def only(text: str) -> Clause:
    [clause] = clauses(text)
    return clause


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I read it. I write it!", ["i read it", "i write it"]),
        ("I read it, but I leave it; so be it", ["i read it", "but i leave it", "so be it"]),
        ("one\ntwo\n\nthree", ["one", "two", "three"]),
        ("Don\u2019t and don't", ["don't and don't"]),
        ("Well-known facts", ["well-known facts"]),
        ("", []),
        ("... !? ;; \n", []),
    ],
)
def test_sentences_lines_and_turns_end_a_clause(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "name", ["src/fake_data.py", "v1.2", "run_tests", "https://x.y/z", "a1", "/etc/passwd"]
)
def test_names_are_no_words(name: str) -> None:
    assert "".join(word for word in only(f"open {name}").words if word != "https") == "open"


def test_a_clause_knows_its_place() -> None:
    text = "First. Then I go on, however slowly"
    assert [text[c.start : c.end] for c in clauses(text)] == [
        "First",
        "Then I go on",
        "however slowly",
    ]


@pytest.mark.parametrize(
    "text",
    ['he said "do it now" twice', "he said \u201cdo it now\u201d twice", "run `do it now` x"],
)
def test_what_is_quoted_is_marked(text: str) -> None:
    clause = only(text)
    assert [clause.words[number] for number in sorted(clause.quoted)] == ["do", "it", "now"]


def test_a_block_of_code_is_quoted_and_one_that_never_ends_is_not() -> None:
    quoted = [clause.quoted for clause in clauses("```\nx y\n```\nz")]
    assert quoted == [{0, 1}, set()]
    assert [clause.quoted for clause in clauses("``` x y")] == [set()]


def test_a_quotation_mark_that_is_never_closed_quotes_nothing() -> None:
    assert only('and "then I go on').quoted == set()


def test_a_question_is_marked() -> None:
    assert [clause.question for clause in clauses("Is it so? It is.")] == [True, False]


def test_items_of_a_list_carry_its_heading() -> None:
    text = "I will not:\n- change it\n2. drop it\n\nThen I go on.\nPlan: leave it."
    headings = {" ".join(c.words): " ".join(c.heading) for c in clauses(text)}
    assert headings["change it"] == headings["drop it"] == "i will not"
    assert headings["then i go on"] == ""
    assert headings["leave it"] == "plan"


def test_headings_of_lines_and_of_lists_within_lists_add_up() -> None:
    text = "3. Trouble: I will not take part in:\n   - sums:\n     - small ones\n   - lists\nGo on."
    headings = {" ".join(c.words): " ".join(c.heading) for c in clauses(text)}
    assert headings["small ones"] == "i will not take part in sums"
    assert "not" in headings["lists"].split()
    assert headings["go on"] == ""


def test_a_clause_without_end_is_cut() -> None:
    lengths = [len(clause.words) for clause in clauses("word " * 1000)]
    assert max(lengths) == MAX_WORDS
    assert sum(lengths) == 1000


@pytest.mark.parametrize("text", ["\ud800 lone", "\x00 \x07 nul", "x" * 10_000, "\u202ertl \u200b"])
def test_any_text_is_borne(text: str) -> None:
    for clause in clauses(text):
        assert 0 <= clause.start <= clause.end <= len(text)
