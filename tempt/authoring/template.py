"""Writing the folder that a new scenario begins with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

_SKIN = "skin.toml"
_SKINS = ("skin1", "skin2", "skin3", "skin4", "skin5", "skin6")
_SUFFIX = ".txt"


def write_scenario(name: str, folder: Path) -> list[Path]:
    """Write a new scenario called ``name`` to ``folder``, whole or not at all.

    Returns:
        The files.

    Raises:
        OSError: ``folder`` is there already, or can't be written.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        partial.mkdir()
        for path, text in _files(name):
            file = partial / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
        partial.rename(folder)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _files(name: str) -> Iterator[tuple[str, str]]:
    """Every file's path in the folder, and its text."""
    for path, file in _walk(resources.files("tempt.authoring") / "template", PurePosixPath()):
        text = file.read_text("utf-8").replace("scenario_name", name)
        text = text.replace("ScenarioName", _class_name(name))
        where = str(path).removesuffix(_SUFFIX)
        if where == _SKIN:
            yield from ((f"skins/{skin}.toml", text) for skin in _SKINS)
        else:
            yield where, text


def _walk(folder: Traversable, at: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _walk(item, at / item.name)
        elif item.name.endswith(_SUFFIX):
            yield at / item.name, item


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
