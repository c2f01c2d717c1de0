"""What the kernel has to refuse, it refuses; the same is possible where nothing is hardened."""

from __future__ import annotations

import re

import pytest
from tests.security.acts import Act
from tests.security.conftest import Arena
from tests.security.refused import REFUSED

ROWS = [
    pytest.param(
        act,
        id=f"{group}: {act.name}",
        marks=[pytest.mark.xfail(reason=act.gap, strict=False)] if act.gap else [],
    )
    for group, acts in REFUSED.items()
    for act in acts
]


@pytest.mark.parametrize("act", ROWS)
def test_the_act_is_refused_here_and_possible_elsewhere(arena: Arena, act: Act) -> None:
    control = arena.control(act.control or act.command)
    if act.lacking and re.search(act.lacking, control.err.decode()):
        pytest.skip(f"this machine has no such thing, so the act does not count: {act.lacking}")
    assert control.code == 0, control
    assert (arena.host.visitors() > 0) == act.visits
    if "as_root" in act.command:
        program = arena.sandbox.read("/usr/bin/id", 1 << 20)
        arena.sandbox.write("/srv/app/as_root", program, 0o4755, "root")
    result = arena.act(act.command)
    assert result.exit_code not in {0, None}, result
    assert re.search(act.refusal, result.stderr.strip() or result.stdout.strip()), result
    assert "command not found" not in result.stderr
    arena.unharmed()
