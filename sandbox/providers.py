"""Backends by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tempt.sandbox.base import SandboxError, SandboxProvider


class UnknownProviderError(SandboxError):
    """No backend has this name."""


def _virtual() -> SandboxProvider:
    from tempt.sandbox.virtual import VirtualProvider  # noqa: PLC0415 - loads the engine

    return VirtualProvider()


_PROVIDERS: Mapping[str, Callable[[], SandboxProvider]] = MappingProxyType({"virtual": _virtual})


def provider(name: str) -> SandboxProvider:
    """The backend called ``name``.

    Raises:
        UnknownProviderError: There is none; the message lists those there are.
    """
    if name not in _PROVIDERS:
        raise UnknownProviderError(f"no backend {name!r}; known: {', '.join(sorted(_PROVIDERS))}")
    return _PROVIDERS[name]()
