"""What ships is what the tree holds, and the tree holds nothing of its author's machine."""

import fnmatch
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS: dict[str, Any] = PROJECT["tool"]["setuptools"]
ROOMS: dict[str, str] = SETUPTOOLS["package-dir"]

# Written as patterns, so that this file does not match itself.
MACHINE = {
    "a path of a machine": re.compile(
        r"(?:^|[^.A-Za-z0-9])/(?:work|root|home/(?!alice|kim)[a-z]+)/", re.M
    ),
    "a package index": re.compile(r"index[-_]url|/sim[p]le/|pypi\.org|pythonhosted\.org", re.I),
    "a registry": re.compile(r"registry *= *.?https?:", re.I),
}

# Prints the path of every file that a wheel built from the working directory would hold.
SHIPPED = """
import setuptools
from setuptools.dist import Distribution
build = Distribution()
build.parse_config_files()
build.script_name = "setup.py"
command = build.get_command_obj("build_py")
command.ensure_finalized()
for _, _, module in command.find_all_modules():
    print(module)
for _, source, _, names in command.data_files:
    for name in names:
        print(source + "/" + name)
"""


def tree() -> Iterator[Path]:
    """Every file of the project, tracked or about to be; read without git, which may be absent."""
    patterns = ["/.git", *(ROOT / ".gitignore").read_text().split()]

    def ignored(path: str) -> bool:
        name = "/" + os.path.relpath(path, ROOT)
        return any(
            fnmatch.fnmatch(name, pattern.rstrip("/"))
            if pattern.startswith("/")
            else fnmatch.fnmatch(os.path.basename(name), pattern.rstrip("/"))
            for pattern in patterns
        )

    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not ignored(os.path.join(folder, name))]
        for name in files:
            if not ignored(os.path.join(folder, name)):
                yield Path(folder, name)


def in_rooms() -> dict[str, Path]:
    """The files under the rooms, by their path from the root."""
    files = {str(path.relative_to(ROOT)): path for path in tree()}
    return {name: path for name, path in files.items() if name.split("/")[0] in ROOMS.values()}


def import_name(folder: Path) -> str:
    """What a folder of a room is called in an import."""
    room, *below = folder.relative_to(ROOT).parts
    mapped = next(name for name, path in ROOMS.items() if path == room)
    return ".".join([mapped, *below])


def test_every_package_folder_is_listed() -> None:
    found = {import_name(path.parent) for path in in_rooms().values() if path.name == "__init__.py"}
    assert found == set(SETUPTOOLS["packages"])


def test_the_wheel_holds_every_file_of_the_rooms() -> None:
    listing = subprocess.run(
        [sys.executable, "-c", SHIPPED], cwd=ROOT, check=True, capture_output=True, text=True
    )
    shipped = {os.path.normpath(line) for line in listing.stdout.splitlines()}
    assert shipped == set(in_rooms())


def test_every_dependency_is_justified_and_pinned() -> None:
    required = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    assert [line for line in required if f"`{line}`" not in reasons] == []
    pins = (ROOT / "constraints.txt").read_text()
    names = [re.split("[<>=]", line)[0] for line in required]
    assert [name for name in names if f"\n{name}==" not in pins] == []


def test_no_file_is_over_a_megabyte() -> None:
    assert [path for path in tree() if path.stat().st_size > 1_000_000] == []


@pytest.mark.parametrize("what", MACHINE)
def test_no_file_names(what: str) -> None:
    named = [
        f"{path.relative_to(ROOT)}: {hit.group().strip()}"
        for path in tree()
        if (hit := MACHINE[what].search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert named == []
