"""Backends by name."""

from __future__ import annotations

import subprocess
import sys

import bashkit
import pytest

from tempt.sandbox import SandboxError, UnknownProviderError, provider
from tempt.sandbox.base import SandboxProvider


def test_virtual_says_what_it_is() -> None:
    found: SandboxProvider = provider("virtual")
    assert found.name == "virtual"
    assert found.capabilities == frozenset()
    assert found.fingerprint() == f"virtual/bashkit-{bashkit.get_version()}"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownProviderError, match=r"no backend 'vritual'; known: .*virtual"):
        provider("vritual")
    assert issubclass(UnknownProviderError, SandboxError)


def test_the_engine_is_loaded_only_when_asked_for() -> None:
    code = "import sys, tempt.sandbox; sys.exit('bashkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
