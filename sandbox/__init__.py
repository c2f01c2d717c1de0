"""Where commands run: the contract, and the backends that keep it."""

from tempt.sandbox.base import (
    Entry,
    EntryKind,
    ExecResult,
    ExecStatus,
    Layout,
    Limits,
    Process,
    Sandbox,
    SandboxEngineError,
    SandboxError,
    SandboxObstructedError,
    SandboxProvider,
    SeedFile,
    Snapshot,
    UnsupportedError,
)
from tempt.sandbox.providers import EMBEDDED, UnknownProviderError, provider

__all__ = [
    "EMBEDDED",
    "Entry",
    "EntryKind",
    "ExecResult",
    "ExecStatus",
    "Layout",
    "Limits",
    "Process",
    "Sandbox",
    "SandboxEngineError",
    "SandboxError",
    "SandboxObstructedError",
    "SandboxProvider",
    "SeedFile",
    "Snapshot",
    "UnknownProviderError",
    "UnsupportedError",
    "provider",
]
