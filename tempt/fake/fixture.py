"""The local provider as a pytest fixture.

In a ``conftest.py``: ``from tempt.fake.fixture import fake_provider``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tempt.fake.server import FakeProvider


@pytest.fixture(scope="module")
def fake_provider() -> Iterator[FakeProvider]:
    """A provider on this machine that serves the shipped scenarios' policies."""
    with FakeProvider() as provider:
        yield provider
