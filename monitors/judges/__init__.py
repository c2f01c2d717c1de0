"""Language models as monitors: a rubric, the evidence behind a fence, and a score from samples."""

from tempt.monitors.judges.judge import Judge, JudgeOptions

__all__ = ["Judge", "JudgeOptions"]
