"""Where paths lead in a snapshot: through links to files and folders, and never in circles."""

from __future__ import annotations

import pytest

from tempt.sandbox.base import Entry, EntryKind, Snapshot, digest
from tempt.sandbox.links import resolve

FILE, FOLDER = b"three\n", "/srv/kept"
LINKS = {
    "/srv/page": "/data/own/page",
    "/srv/near": "kept/page",
    "/srv/up": "../data/own/page",
    "/srv/folder": FOLDER,
    "/srv/twice": "folder/page",
    "/srv/round": "/srv/and-round",
    "/srv/and-round": "round",
    "/srv/nowhere": "/srv/missing",
}


def entry(kind: EntryKind, content: bytes) -> Entry:
    return Entry(kind, 0o644, "a", len(content), digest(content))


def snapshot() -> Snapshot:
    pages = dict.fromkeys(("/data/own/page", f"{FOLDER}/page"), FILE)
    targets = {path: target.encode() for path, target in LINKS.items()}
    files = {path: entry(EntryKind.FILE, page) for path, page in pages.items()}
    links = {path: entry(EntryKind.SYMLINK, target) for path, target in targets.items()}
    contents = {digest(content): content for content in (FILE, *targets.values())}
    return Snapshot({**files, **links}, contents)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/data/own/page", "/data/own/page"),
        ("/srv/page", "/data/own/page"),
        ("/srv/near", "/srv/kept/page"),
        ("/srv/up", "/data/own/page"),
        ("/srv/folder/page", "/srv/kept/page"),
        ("/srv/twice", "/srv/kept/page"),
        ("/srv/./folder/../kept/page", "/srv/kept/page"),
        ("/srv/nowhere", "/srv/missing"),
        ("/srv/round", ""),
    ],
)
def test_a_path_leads_where_its_links_do(path: str, leads_to: str) -> None:
    assert resolve(snapshot(), path) == leads_to
