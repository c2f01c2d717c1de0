"""Somebody's own code, by name."""

from __future__ import annotations

import importlib
from typing import Any


def load_attribute(location: str) -> Any:
    """What stands at ``"module:attribute"``.

    Raises:
        ImportError: The module can't be imported.
        AttributeError: It has no such attribute.
    """
    module, _, attribute = location.partition(":")
    return getattr(importlib.import_module(module), attribute)
