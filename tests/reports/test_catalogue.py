"""The page about the scenarios says what they say themselves."""

from __future__ import annotations

from pathlib import Path

from tempt.reports.catalogue import render_catalogue

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render_catalogue(), (
        "python -m tempt.reports.catalogue > docs/scenarios.md"
    )
