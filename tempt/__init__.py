"""tempt: a sandbox for agentic misbehaviour.

`gymnasium.make("tempt:tempt/HaltMidway-v0")` imports this module and finds the environments
registered. Gymnasium itself is only touched where somebody imported it already, so that the
command line starts fast; who imports tempt first calls `register_envs()`.
"""

from __future__ import annotations

import sys

__version__ = "0.1.0"

__all__ = ["__version__", "register_envs"]


def register_envs() -> None:
    """Register every scenario with Gymnasium. May be called twice."""
    from tempt.registration import register_all  # noqa: PLC0415 - loads Gymnasium

    register_all()


if "gymnasium" in sys.modules:
    register_envs()
