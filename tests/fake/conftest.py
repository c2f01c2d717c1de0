"""A provider on this machine, for every test of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tempt.fake import FakeProvider


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(trials=3) as running:
        yield running
