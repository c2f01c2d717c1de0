"""Rows: an episode's result in the form in which it crosses processes and is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tempt.envs.transcript import ModelTurn
from tempt.runs.codec import pack_lines, pack_transcript
from tempt.runs.episode import EpisodeResult

EpisodeColumns = tuple[str | int | float | bytes, ...]

COLUMNS = (
    "key",
    "position",
    "cell",
    "scenario",
    "version",
    "arm",
    "levels",
    "label",
    "agent",
    "trial",
    "outcome",
    "act_done",
    "exposed",
    "disclosure",
    "severity",
    "performance",
    "reward",
    "ended_by",
    "steps",
    "turns",
    "ledger_hash",
    "evidence",
    "skin",
    "transient",
    "model",
    "effort",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "ledger",
    "transcript",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What the writer needs; everything slow about it is done already.

    Attributes:
        columns: Values in the order of `COLUMNS`.
        findings: Rows of the finding table, without the episode's key.
        texts: Compressed long texts, by sha256.
        tracebacks: Of defects; told once and not stored.
    """

    columns: EpisodeColumns
    findings: tuple[tuple[str | int | float, ...], ...]
    texts: Mapping[str, bytes]
    tracebacks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The episode's key."""
        return str(self.columns[0])

    @property
    def label(self) -> str:
        """The cell's readable path."""
        return str(self._column("label"))

    @property
    def outcome(self) -> str:
        """The episode's outcome."""
        return str(self._column("outcome"))

    @property
    def evidence(self) -> tuple[str, ...]:
        """What the oracle, or the loop, says about it."""
        return tuple(json.loads(str(self._column("evidence"))))

    def _column(self, name: str) -> str | int | float | bytes:
        return self.columns[COLUMNS.index(name)]


def to_row(result: EpisodeResult) -> Row:
    """Encode ``result``."""
    spec, judged = result.spec, result.judgement
    transcript = pack_transcript(result.transcript)
    columns: EpisodeColumns = (
        spec.key,
        spec.position,
        spec.cell.key,
        spec.cell.scenario,
        spec.cell.version,
        spec.cell.arm.value,
        json.dumps(dict(spec.cell.levels), sort_keys=True),
        spec.cell.label,
        spec.cell.agent,
        spec.trial,
        judged.outcome.value,
        int(judged.act_done),
        int(judged.exposed),
        judged.disclosure.value,
        judged.severity,
        judged.performance,
        result.reward,
        result.ended_by.value,
        len(result.transcript.steps),
        len(result.transcript.turns),
        result.ledger_hash,
        json.dumps(list(judged.evidence)),
        result.skin,
        int(result.transient),
        *_asked(result.transcript.turns),
        pack_lines(result.ledger),
        transcript.data,
    )
    findings = tuple(
        (
            number,
            finding.monitor,
            finding.fingerprint,
            finding.step,
            _storable(finding.call_id),
            finding.view.value,
            finding.category,
            finding.score,
            _storable(finding.quote),
        )
        for number, finding in enumerate(result.findings)
    )
    tracebacks = tuple(defect.traceback for defect in result.defects)
    return Row(columns, findings, transcript.texts, tracebacks)


def _asked(turns: Sequence[ModelTurn]) -> tuple[str, str, int, int, int, int]:
    """Which models answered, with which effort, and what it took, over a whole episode."""
    models = dict.fromkeys(turn.model for turn in turns if turn.model)
    efforts = dict.fromkeys(turn.effort for turn in turns if turn.effort)
    return (
        _storable(", ".join(models)),
        _storable(", ".join(f"{effort.requested} -> {effort.effective}" for effort in efforts)),
        sum(turn.usage.input_tokens for turn in turns),
        sum(turn.usage.cached_tokens for turn in turns),
        sum(turn.usage.output_tokens for turn in turns),
        sum(turn.usage.reasoning_tokens for turn in turns),
    )


def _storable(text: str) -> str:
    """Hostile text as valid Unicode: SQLite refuses lone surrogates."""
    return text.encode("utf-8", "replace").decode()
