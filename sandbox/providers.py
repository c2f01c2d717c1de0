"""Backends by name."""

from __future__ import annotations

from functools import cache

from tempt.sandbox.base import SandboxError, SandboxProvider

EMBEDDED = "virtual"
"""The backend that is in this process, and there everywhere."""


class UnknownProviderError(SandboxError):
    """No backend has this name."""


def _virtual() -> SandboxProvider:
    from tempt.sandbox.virtual import VirtualProvider  # noqa: PLC0415 - loads the engine

    return VirtualProvider()


def _docker(runtime: str | None) -> SandboxProvider:
    from tempt.sandbox.docker import DockerProvider  # noqa: PLC0415 - loads the engine's client

    return DockerProvider(runtime=runtime)


@cache
def provider(name: str) -> SandboxProvider:
    """The backend called ``name``, one in a process: it may keep worlds warm.

    Args:
        name: ``virtual``, ``docker``, or ``docker:RUNTIME`` for another of the engine's runtimes.

    Raises:
        UnknownProviderError: There is none; the message lists those there are.
    """
    kind, _, runtime = name.partition(":")
    if kind == "docker" and (runtime or kind == name):
        return _docker(runtime or None)
    if name == EMBEDDED:
        return _virtual()
    raise UnknownProviderError(f"no backend {name!r}; known: docker, docker:RUNTIME, virtual")
