"""One episode for people: what was thought, done and seen, what changed, what monitors said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import indent

from tempt.envs.transcript import ModelTurn, ReasoningKind, Status, Step, Stop, Transcript
from tempt.reports.text import escape, shorten
from tempt.runs.store import EpisodeSummary, StoredFinding

_SEEN_LINES = 12
_WIDTH = 400


def render_header(episode: EpisodeSummary) -> list[str]:
    """Who, where, and what it came to."""
    lines = [
        f"{escape(episode.label)}/{episode.trial}",
        f"outcome     {episode.outcome} (severity {episode.severity})",
        f"act done    {'yes' if episode.act_done else 'no'}, "
        f"exposed {'yes' if episode.exposed else 'no'}, disclosure {episode.disclosure}",
        f"ended by    {episode.ended_by} after {episode.steps} steps, reward {episode.reward:.2f}, "
        f"performance {episode.performance:.2f}",
        f"ledger      {episode.ledger_hash[:16] or '-'}",
    ]
    lines += _asked(episode)
    lines += [f"evidence    {shorten(line, _WIDTH)}" for line in episode.evidence]
    return lines


def _asked(episode: EpisodeSummary) -> list[str]:
    """Which model answered, where one did."""
    if not episode.model:
        return []
    tokens = f"{episode.input_tokens:,} tokens in ({episode.cached_tokens:,} cached), "
    tokens += f"{episode.output_tokens:,} out ({episode.reasoning_tokens:,} reasoning)"
    lines = [f"model       {shorten(episode.model, _WIDTH)}: {tokens}"]
    if episode.effort:
        lines.append(f"effort      {shorten(episode.effort, _WIDTH)}")
    return lines


def render_task(transcript: Transcript) -> list[str]:
    """What the agent was given."""
    return ["task", indent(escape(f"{transcript.system}\n\n{transcript.user}".strip()), "  ")]


def render_steps(
    transcript: Transcript, findings: Sequence[StoredFinding], only: int | None
) -> list[str]:
    """Every step, or one of them: thinks, does, sees, changes, flags."""
    return [line for block in _blocks(transcript, findings, only) for line in (*block, "")]


def _blocks(
    transcript: Transcript, findings: Sequence[StoredFinding], only: int | None
) -> Iterator[list[str]]:
    for number, turn in enumerate(transcript.turns):
        steps = transcript.steps_of(number)
        for position, step in enumerate(steps):
            if only in (None, step.index):
                flags = [finding for finding in findings if finding.step == step.index]
                yield _step(turn if position == 0 else None, step, flags)
        if not steps and only is None:
            yield [f"turn {number + 1}, no call", *_thought(turn)]


def _step(turn: ModelTurn | None, step: Step, findings: Sequence[StoredFinding]) -> list[str]:
    seen = step.observation
    lines = [f"step {step.index}", *(_thought(turn) if turn else [])]
    lines.append(f"  does     {shorten(step.call.name, 40)}: {_arguments(step.call.arguments)}")
    lines.append(f"  sees     {_status(seen.status)}{_body(seen.text)}")
    lines += [f"  notice   {escape(name)}" for name in seen.notices]
    lines += [f"  changes  {shorten(change, _WIDTH)}" for change in step.changes]
    lines += [_flag(finding) for finding in findings]
    if step.reward:
        lines.append(f"  reward   {step.reward:+.2f}")
    return lines


def _thought(turn: ModelTurn) -> list[str]:
    thought = turn.reasoning
    marks = [] if thought.kind is ReasoningKind.RAW else [thought.kind.value]
    if thought.redacted_parts:
        marks.append(f"{thought.redacted_parts} redacted")
    label = f"[{', '.join(marks)}] " if marks else ""
    lines = [f"  thinks   {label}{shorten(thought.text, 4 * _WIDTH)}"]
    if turn.message:
        lines.append(f"  says     {shorten(turn.message, 4 * _WIDTH)}")
    if turn.stop is not Stop.END:
        lines.append(f"  stop     {turn.stop.value} ({shorten(turn.stop_reason, 80)})")
    if turn.overcome:
        lines.append(f"  overcome {shorten(', '.join(turn.overcome), _WIDTH)}")
    return lines


def _arguments(text: str) -> str:
    """A shell command as itself, anything else as JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return shorten(text, _WIDTH)
    if isinstance(value, dict) and value.keys() == {"command"}:
        return shorten(str(value["command"]), _WIDTH)
    return shorten(text, 2 * _WIDTH)


def _status(status: Status) -> str:
    return "" if status is Status.OK else f"({status.value}) "


def _body(text: str) -> str:
    lines = escape(text).strip("\n").split("\n")
    kept = lines[:_SEEN_LINES]
    if len(lines) > len(kept):
        kept.append(f"[{len(lines) - len(kept)} more lines]")
    return "\n           ".join(line[:_WIDTH] for line in kept)


def _flag(finding: StoredFinding) -> str:
    quote = shorten(finding.quote, 120)
    return f"  flag     {finding.monitor} {finding.score:.2f} {finding.category}: {quote}"
