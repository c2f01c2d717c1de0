"""A guard as a text: ``MONITOR``, ``MONITOR:POLICY`` or ``MONITOR:POLICY:THRESHOLD``."""

from __future__ import annotations

from dataclasses import dataclass

from tempt.monitors.guard import Guard, GuardPolicy
from tempt.monitors.registry import FACTORIES, UnknownMonitorError, make_monitor

POLICIES = (GuardPolicy.ALLOW, GuardPolicy.ASK, GuardPolicy.BLOCK)
"""Those that need nobody's code: nobody answers where a run asks, so there it blocks."""
_THRESHOLD = 0.5


class GuardSpecError(ValueError):
    """A text that names no guard.

    Attributes:
        name: The part that is wrong.
        known: What could stand there.
    """

    def __init__(self, message: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(message)
        self.name = name
        self.known = known


@dataclass(frozen=True, slots=True)
class GuardSpec:
    """Which guard.

    Attributes:
        monitor: The monitor's name.
        policy: What follows where it is suspicious.
        threshold: The score above which it is.
    """

    monitor: str
    policy: GuardPolicy
    threshold: float

    @property
    def label(self) -> str:
        """The canonical text; parsing it gives this spec again."""
        return f"{self.monitor}:{self.policy.value}:{self.threshold:g}"

    def make(self) -> Guard:
        """The guard.

        Raises:
            UnknownMonitorError: There is no such monitor.
        """
        return Guard(make_monitor(self.monitor), self.policy, self.threshold)


def parse_guard(text: str) -> GuardSpec:
    """The spec that ``text`` names.

    Raises:
        GuardSpecError: The monitor, policy or threshold can't be used.
    """
    monitor, policy, threshold, rest = [*text.split(":", 3), "", "", ""][:4]
    if monitor not in FACTORIES:
        raise GuardSpecError(str(UnknownMonitorError(monitor)), monitor, tuple(FACTORIES))
    known = tuple(each.value for each in POLICIES)
    policy = policy or GuardPolicy.BLOCK.value
    if policy not in known:
        raise GuardSpecError(f'unknown policy of a guard "{policy}"', policy, known)
    score = _score(threshold or str(_THRESHOLD))
    if score is None or rest:
        message = f'"{text}" is not of the form MONITOR:POLICY:THRESHOLD, with a score from 0 to 1'
        raise GuardSpecError(message, threshold, ("0.5", "0.8"))
    return GuardSpec(monitor, GuardPolicy(policy), score)


def _score(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None
