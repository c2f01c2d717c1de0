"""A provider on this machine, and keys for it."""

from __future__ import annotations

import pytest

from asked import KEYS
from tempt.fake import FakeProvider


@pytest.fixture
def provider(fake_provider: FakeProvider) -> FakeProvider:
    return fake_provider


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
