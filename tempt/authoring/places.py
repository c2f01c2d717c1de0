"""Where a scenario's files are."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path


def folder_of(location: str) -> Path:
    """The folder of the package, or of the module's file, in ``"package.module:NAME"``."""
    module = import_module(location.partition(":")[0])
    return Path(str(module.__file__)).parent


def files_of(location: str) -> list[Path]:
    """The files that a scenario is made of: its package's, or its module's one file."""
    module = import_module(location.partition(":")[0])
    file = Path(str(module.__file__))
    if not hasattr(module, "__path__"):
        return [file]
    found = (path for path in sorted(file.parent.rglob("*")) if "__pycache__" not in path.parts)
    return [path for path in found if path.is_file()]
