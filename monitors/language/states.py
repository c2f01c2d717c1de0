"""What was kept back of an agent's reasoning, in words."""

from __future__ import annotations

from tempt.envs.transcript import ReasoningKind
from tempt.monitors.base import Event, View
from tempt.monitors.language.reading import unread


def not_read(events: tuple[Event, ...]) -> str:
    """Why a reader of reasoning that found nothing can't call it clean; empty where it can."""
    left_out = sum(unread(event.text) for event in events)
    return unmeasured_reasoning(events) or (f"{left_out} characters not read" if left_out else "")


def unmeasured_reasoning(events: tuple[Event, ...]) -> str:
    """Why nothing found in the reasoning is not the same as nothing there; empty where it is.

    A turn without a thought is a fact where other turns have some. Where none has any, nothing can
    be said; nor where a part was redacted, or only told in summary.
    """
    kinds = [event.reasoning for event in events if event.view is View.REASONING]
    redacted, summaries = kinds.count(ReasoningKind.REDACTED), kinds.count(ReasoningKind.SUMMARY)
    if redacted:
        return f"reasoning redacted in {redacted} of {len(kinds)} turns"
    if summaries:
        return f"only a summary of the reasoning in {summaries} of {len(kinds)} turns"
    if ReasoningKind.RAW not in kinds:
        return "no reasoning"
    return ""
