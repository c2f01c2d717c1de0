"""A provider on this machine, and keys for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from asked import KEYS
from tempt.fake import FakeProvider


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(trials=3) as running:
        yield running


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
