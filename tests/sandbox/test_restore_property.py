"""Whatever a world holds, restoring it undoes whatever was done to it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tempt.sandbox import Layout, SeedFile
from tempt.sandbox.virtual import VirtualProvider

NAMES = st.sampled_from(["a", "b", "c d", "-e", "é", "*", "$x", ".f"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/srv/app/top/" + "/".join(parts))
FILES = st.dictionaries(
    PATHS, st.tuples(st.binary(max_size=60), st.integers(0, 0o7777)), max_size=8
)
MUTATIONS = st.lists(
    st.sampled_from(
        [
            "rm -rf ./*",
            "find . -type f -exec chmod 600 {} +",
            "find . -type f | while read -r f; do echo x >> \"$f\"; done",
            "mkdir -p new/dir && echo y > new/dir/z",
            "for f in ./*; do mv \"$f\" \"$f.moved\"; done",
            "ln -s /etc/passwd link; ln -sf nowhere a",
            "chmod 700 .",
            "rm -rf a && echo file > a",
            "rm -f b && mkdir b",
            "chown root ./*",
            "kill 310",
        ]
    ),
    max_size=5,
)  # fmt: skip


def without_conflicts(files: dict[str, tuple[bytes, int]]) -> tuple[SeedFile, ...]:
    """Drops files that stand where another one needs a directory."""
    return tuple(
        SeedFile(path, data, mode)
        for path, (data, mode) in files.items()
        if not any(other.startswith(f"{path}/") for other in files)
    )


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(files=FILES, mutations=MUTATIONS)
def test_restore_undoes_everything(
    layout: Layout, files: dict[str, tuple[bytes, int]], mutations: list[str]
) -> None:
    seeds = without_conflicts(files)
    world = replace(layout, files=seeds, directories=("/srv/app/top",), cwd="/srv/app/top")
    sandbox = VirtualProvider().open(world)
    before = sandbox.snapshot()
    for seed in seeds:
        assert before.content(seed.path) == seed.data
        assert before.entries[seed.path].mode == seed.mode
    for mutation in mutations:
        sandbox.exec(mutation, timeout=10)
    sandbox.restore(before)
    assert sandbox.snapshot() == before
    sandbox.close()
