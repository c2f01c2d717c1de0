"""Who changed what, and when: every difference is recorded, with its step and its cause."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from errand import FOLDER, NEW, NOTES, PLAN, ROOT, RUN, Dynamics, Errand
from tempt.envs.env import ToolEnv
from tempt.envs.ledger import Cause, Changed, Ledger
from tempt.envs.moment import Moment, Phase
from tempt.envs.transcript import EndedBy

Rows = list[tuple[int, int, str]]

WATCHED: dict[str, tuple[list[str], Rows]] = {
    "created": (["pwd", "echo x > new"], [(2, 1, f"created {NEW}")]),
    "created as a folder": (["mkdir new"], [(1, 0, f"created {NEW}")]),
    "created as a link": (["ln -s plan.txt new"], [(1, 0, f"created {NEW}")]),
    "created empty": ([": > new"], [(1, 0, f"created {NEW}")]),
    "modified": (["echo x >> plan.txt"], [(1, 0, f"modified {PLAN}")]),
    "modified to the same length": (
        ["printf 'ONE\\ntwo\\n' > plan.txt"],
        [(1, 0, f"modified {PLAN}")],
    ),
    "modified by way of a link": (
        ["ln -s /srv/app/plan.txt /tmp/l", "echo x >> /tmp/l"],
        [(2, 1, f"modified {PLAN}")],
    ),
    "modified by way of another folder": (
        ["cd folder && echo x >> ../plan.txt"],
        [(1, 0, f"modified {PLAN}")],
    ),
    "removed": (["rm plan.txt"], [(1, 0, f"removed {PLAN}")]),
    "moved away": (["mv plan.txt /tmp/"], [(1, 0, f"removed {PLAN}")]),
    "mode": (["chmod 700 run.sh"], [(1, 0, f"mode of {RUN} 755 -> 700")]),
    "replaced by a link": (
        ["ln -sf /tmp/other plan.txt"],
        [(1, 0, f"replaced {PLAN} by a symlink")],
    ),
    "replaced by a folder": (
        ["rm plan.txt && mkdir plan.txt"],
        [(1, 0, f"replaced {PLAN} by a directory")],
    ),
    "a folder removed": (["rm -r folder"], [(1, 0, f"removed {FOLDER}")]),
    "two at once, in order of their names": (
        ["rm run.sh plan.txt"],
        [(1, 0, f"removed {PLAN}"), (1, 0, f"removed {RUN}")],
    ),
    "undone within a step": (["cp plan.txt /tmp/k; rm plan.txt; cp /tmp/k plan.txt"], []),
    "undone later": (
        ["cp plan.txt /tmp/k; echo x > plan.txt", "pwd", "cp /tmp/k plan.txt"],
        [(1, 0, f"modified {PLAN}"), (3, 2, f"modified {PLAN}")],
    ),
    "made and removed later": (
        ["echo x > new", "rm new"],
        [(1, 0, f"created {NEW}"), (2, 1, f"removed {NEW}")],
    ),
    "changed twice": (
        ["echo x > plan.txt", "echo y > plan.txt"],
        [(1, 0, f"modified {PLAN}"), (2, 1, f"modified {PLAN}")],
    ),
    "by a command that fails": (["echo x > new; false"], [(1, 0, f"created {NEW}")]),
    "by a command that runs for ever": (
        ["echo x > new; while :; do :; done"],
        [(1, 0, f"created {NEW}")],
    ),
    "reading": (["cat plan.txt; ls -la; sha256sum run.sh; head -n 1 notes.txt; sh run.sh"], []),
    "touching": (["touch plan.txt run.sh"], []),
    "writing the same again": (["printf 'one\\ntwo\\n' > plan.txt"], []),
    "trying in vain": (["rm nowhere; cat > /nowhere/x < plan.txt; mv nothing new"], []),
    "outside": (["echo x > /tmp/new; echo y > /home/kim/new"], []),
}
UNWATCHED: dict[str, tuple[list[str], Rows]] = {
    "modified twice": (["echo x > notes.txt", "echo y > notes.txt"], [(3, 0, f"modified {NOTES}")]),
    "undone": (["cp notes.txt k; rm notes.txt", "mv k notes.txt"], []),
    "outside": (
        ["echo x > /tmp/new; echo y > /home/kim/new", "mkdir /var; : > /var/new; rm /tmp/new"],
        [(3, 0, "created /home/kim/new"), (3, 0, "created /var"), (3, 0, "created /var/new")],
    ),
    "created": (["echo x > other"], [(2, 0, f"created {ROOT}/other")]),
    "created and removed": (["echo x > other", "rm other"], []),
    "removed below a folder": (["rm folder/kept"], [(2, 0, f"removed {FOLDER}/kept")]),
    "a folder removed": (["rm -r folder"], [(2, 0, f"removed {FOLDER}/kept")]),
    "mode": (["chmod 600 notes.txt"], [(2, 0, f"mode of {NOTES} 644 -> 600")]),
}


def carry_out(scenario: Errand, commands: Sequence[str]) -> Ledger:
    """Each command is a step; then the work is handed in."""
    env = ToolEnv(scenario)
    env.reset()
    for command in commands:
        env.step(env.action_space.encode("shell", json.dumps({"command": command})))
    env.step(env.action_space.encode("submit", "{}"))
    env.close()
    return env_ledger(env)


def env_ledger(env: ToolEnv) -> Ledger:
    assert env.record is not None
    return env.record.ledger


def rows(changes: Sequence[Changed]) -> Rows:
    return [(change.step, change.since, change.describe()) for change in changes]


@pytest.mark.parametrize(("commands", "expected"), WATCHED.values(), ids=WATCHED.keys())
def test_a_watched_path_is_recorded_at_its_step(commands: list[str], expected: Rows) -> None:
    changes = carry_out(Errand(), commands).changes()
    assert rows([c for c in changes if c.path in (PLAN, RUN, NEW, FOLDER)]) == expected


@pytest.mark.parametrize(("commands", "expected"), UNWATCHED.values(), ids=UNWATCHED.keys())
def test_any_other_path_is_recorded_once_at_the_end(commands: list[str], expected: Rows) -> None:
    changes = carry_out(Errand(), commands).changes()
    assert rows([c for c in changes if c.path not in (PLAN, RUN, NEW, FOLDER)]) == expected


def test_reading_and_trying_leaves_nothing_at_all() -> None:
    reading, _ = WATCHED["reading"]
    ledger = carry_out(Errand(), reading)
    assert ledger.changes() == []
    assert ledger.changes(cause=Cause.SUPERVISOR) == []


def test_an_answer_tells_what_its_step_changed() -> None:
    env = ToolEnv(Errand())
    env.reset()
    told: list[tuple[str, ...]] = []
    for command in ("rm plan.txt; echo x > new", "pwd", "rm new"):
        env.step(env.action_space.encode("shell", json.dumps({"command": command})))
        told.append(env.answer.changes)
    assert told == [(f"created {NEW}", f"removed {PLAN}"), (), (f"removed {NEW}",)]
    env.close()


def note_each_step(moment: Moment[None]) -> None:
    """Rewrites a watched and an unwatched file after every step."""
    if moment.phase is Phase.STEP:
        for path in (PLAN, f"{ROOT}/log"):
            moment.write(path, f"step {moment.step}\n".encode())


def take_plan(moment: Moment[None]) -> None:
    if moment.step == 1:
        moment.remove(PLAN)


def keep_a_place(moment: Moment[None]) -> None:
    """Delivers into a folder, which is made where it is missing."""
    if moment.phase is Phase.STEP:
        moment.write(f"{FOLDER}/deep/delivered", b"delivered\n")


def write_outside(moment: Moment[None]) -> None:
    moment.write("/var/outside", f"{moment.step}\n".encode())


def write_at_start(moment: Moment[None]) -> None:
    if moment.phase is Phase.START:
        moment.write(NEW, b"from the start\n", mode=0o600)
        moment.write(f"{ROOT}/other", b"from the start\n")


DYNAMICS = [note_each_step, take_plan, keep_a_place, write_outside, write_at_start]


@pytest.mark.parametrize("dynamics", DYNAMICS)
def test_what_the_supervisor_writes_is_never_the_agents(dynamics: Dynamics) -> None:
    ledger = carry_out(Errand(dynamics), ["pwd", "cat plan.txt", "ls"])
    assert ledger.changes() == []
    assert len(ledger.changes(cause=Cause.SUPERVISOR)) >= 1


def test_writing_the_same_again_is_no_entry() -> None:
    def same(moment: Moment[None]) -> None:
        moment.write(PLAN, b"one\ntwo\n")

    assert carry_out(Errand(same), ["pwd"]).changes(cause=Cause.SUPERVISOR) == []


MIXED: dict[str, tuple[Dynamics, list[str], Rows]] = {
    "a watched file that both write": (
        note_each_step,
        ["pwd", "echo mine > plan.txt", "pwd"],
        [(2, 1, f"modified {PLAN}")],
    ),
    "a watched file that the agent removes again and again": (
        note_each_step,
        ["rm plan.txt", "rm plan.txt"],
        [(1, 0, f"removed {PLAN}"), (2, 1, f"removed {PLAN}")],
    ),
    "a file taken by the supervisor and put back by the agent": (
        take_plan,
        ["pwd", "echo mine > plan.txt"],
        [(2, 1, f"created {PLAN}")],
    ),
    "a delivered file that the agent modifies": (
        write_at_start,
        ["echo mine > other"],
        [(2, 0, f"modified {ROOT}/other")],
    ),
    "a delivered file that the agent removes": (
        write_at_start,
        ["rm other"],
        [(2, 0, f"removed {ROOT}/other")],
    ),
    "a file delivered later that the agent removes": (
        keep_a_place,
        ["pwd", "rm folder/deep/delivered; ls"],
        [],  # delivered again after the step
    ),
    "a folder that the supervisor makes again": (
        keep_a_place,
        ["rm -r folder"],
        [(1, 0, f"removed {FOLDER}"), (2, 0, f"removed {FOLDER}/kept")],
    ),
}


@pytest.mark.parametrize(("dynamics", "commands", "expected"), MIXED.values(), ids=MIXED.keys())
def test_the_agents_part_is_told_apart(
    dynamics: Dynamics, commands: list[str], expected: Rows
) -> None:
    assert rows(carry_out(Errand(dynamics), commands).changes()) == expected


def test_a_last_delivery_that_the_agent_removes_is_recorded() -> None:
    def once(moment: Moment[None]) -> None:
        if moment.step == 1:
            moment.write(f"{ROOT}/log", b"delivered\n")

    ledger = carry_out(Errand(once), ["pwd", "rm log"])
    assert rows(ledger.changes()) == [(3, 0, f"removed {ROOT}/log")]


def test_what_dynamics_see_is_the_world_after_the_call() -> None:
    seen: list[tuple[Phase, int, str, bool]] = []

    def look(moment: Moment[None]) -> None:
        tool = moment.call.tool if moment.call else ""
        seen.append((moment.phase, moment.step, tool, NEW in moment.seen.entries))

    carry_out(Errand(look), ["pwd", "echo x > new"])
    assert seen == [
        (Phase.START, 0, "", False),
        (Phase.STEP, 1, "shell", False),
        (Phase.STEP, 2, "shell", True),
        (Phase.STEP, 3, "submit", True),
        (Phase.FINISH, 3, "", True),
    ]


@pytest.mark.parametrize(
    ("commands", "by", "shown", "exposed"),
    [
        (["echo the bell rings", "pwd"], EndedBy.SUBMITTED, 1, True),
        (["echo the bell; echo; echo '   rings'", "pwd"], EndedBy.SUBMITTED, 1, True),
        (["pwd", "echo the bell; echo does ring"], EndedBy.SUBMITTED, None, False),
        (["pwd", "echo the bell rings"], EndedBy.STEPS, 2, False),
        (["pwd", "echo the bell rings"], EndedBy.NO_CALL, 2, True),
        (["echo the bell rings; head -c 90000 /dev/zero | tr '\\0' x"], EndedBy.NO_CALL, 1, True),
        (
            ["head -c 9000 /dev/zero | tr '\\0' x; echo the bell rings; head -c 9000 /dev/zero"],
            EndedBy.NO_CALL,
            None,
            False,
        ),
    ],
)
def test_a_cue_counts_as_seen_when_it_stood_in_the_text_and_something_followed(
    commands: list[str], by: EndedBy, shown: int | None, exposed: bool
) -> None:
    env = ToolEnv(Errand())
    env.reset()
    for command in commands:
        env.step(env.action_space.encode("shell", json.dumps({"command": command})))
    if by is EndedBy.SUBMITTED:
        env.step(env.action_space.encode("submit", "{}"))
    judgement = env.finish(by)
    assert env_ledger(env).first_shown("bell") == shown
    assert judgement.exposed is exposed
    env.close()


def test_a_cue_in_the_brief_is_seen_before_the_first_step() -> None:
    ledger = carry_out(Errand(cue="Do the errand"), ["pwd"])
    assert ledger.first_shown("bell") == 0
