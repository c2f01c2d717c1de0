"""Whose doing a world's silence is: shown on a container beside it, not guessed."""

from __future__ import annotations

from contextlib import suppress

from tempt.sandbox.base import SandboxEngineError, SandboxError, SandboxObstructedError
from tempt.sandbox.channel import SilenceError
from tempt.sandbox.containers import Container, Told
from tempt.sandbox.pool import Pool

_ROUNDS = 20
_WORK_MILLISECONDS = 100
"""Processor time that each round has for whoever wants it, and the silent world as much."""


def hear_out(silent: Container, pool: Pool, grace: float, silence: SilenceError) -> Told:
    """The answer of a container that fell silent, if one comes after all.

    It is given ``grace`` seconds once more, in rounds. After each, a container that differs in one
    thing only, that nobody acts in it, has to get some work done: the way to the engine, the
    engine, its runtime and the machine's processor are in order then, and so is this process.

    Raises:
        SandboxObstructedError: All is in order, and the world is silent.
        SandboxEngineError: Something is not, or somebody outside keeps the world from answering.
    """
    with pool.beside(silent.shape) as control:
        for _ in range(_ROUNDS):
            with suppress(SilenceError):
                return silent.listen(grace / _ROUNDS)
            _prove(control, grace)
    if silent.held_up():
        raise SandboxEngineError(
            "the container was ended, stopped or cut off from outside"
        ) from silence
    raise SandboxObstructedError(f"the world was left no room to answer: {silence}") from silence


def _prove(control: Container, seconds: float) -> None:
    try:
        control.ask("work", _WORK_MILLISECONDS, seconds=seconds)
    except SandboxError as error:
        raise SandboxEngineError(
            f"a world is silent, and so is a container beside it: {error}"
        ) from error
