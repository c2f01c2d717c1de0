"""Exceptions that are nobody's behaviour: a bug in a scenario, in a monitor, or in tempt itself.

One ends its own episode only, and is never taken for a result: what it was and where it came from
stands in the episode's evidence.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from tempt.envs.judgement import Judgement, unmeasured
from tempt.envs.transcript import EndedBy

_DEFECT = "a defect in the scenario or in tempt: "
_UNMEASURED = unmeasured(EndedBy.ADAPTER, _DEFECT).evidence[0]
_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Defect:
    """An exception as far as it is kept.

    Attributes:
        summary: Its type, message and place.
        traceback: The whole of it, without any local variable.
    """

    summary: str
    traceback: str


def defect_of(error: Exception) -> Defect:
    """What is kept of ``error``."""
    what = f"{type(error).__name__}: {str(error)[:_MESSAGE]}"
    return Defect(f"{what} ({_place(error)})", "".join(traceback.format_exception(error)))


def defective(defect: Defect) -> Judgement:
    """The judgement of an episode that ``defect`` ended."""
    return unmeasured(EndedBy.ADAPTER, f"{_DEFECT}{defect.summary}")


def monitor_failed(name: str, defect: Defect) -> str:
    """The line of evidence for a monitor that raised."""
    return f"monitor {name} failed: {defect.summary}"


def has_defect(evidence: Sequence[str]) -> bool:
    """Whether a defect ended the episode with this evidence."""
    return any(line.startswith(_UNMEASURED) for line in evidence)


def has_failed_monitor(evidence: Sequence[str]) -> bool:
    """Whether a monitor raised when shown the episode with this evidence."""
    return any(line.startswith("monitor ") and " failed: " in line for line in evidence)


def _place(error: Exception) -> str:
    """File and line where ``error`` was raised; the file without the folders of this machine."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "nowhere"
    *_, folder, name = ("", *PurePath(frames[-1].filename).parts)
    return f"{folder}/{name}:{frames[-1].lineno}"
