"""What was recorded is what is played back, and nothing else is."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.agents.models import cassettes
from tempt.agents.models.base import Ask, NotBilledError, Reply, ReplyError
from tempt.agents.models.cassettes import (
    CassetteError,
    CassetteId,
    CassetteMissError,
    RecordingEndpoint,
    ReplayingEndpoint,
)
from tempt.agents.models.faults import FaultKind, ProviderFault, UnbilledFault
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy, Sent

COMMAND = "tempt run halt_midway --mode record"
EPISODE = CassetteId(
    agent="0123456789abcdef" * 4,
    label="openai:fake-honest?effort=low",
    scenario="halt_midway",
    version="1-A",
    arm="tempting",
    levels={"pressure": "high"},
    trial=3,
)


def ask(turn: int = 0, text: str = "request") -> Ask:
    return Ask(Sent("[", (text,), "]"), "ab", turn)


class Answering:
    """Gives what it was told to, in order: texts, replies, or failures."""

    def __init__(self, *answers: str | Reply | BaseException) -> None:
        self.answers = list(answers)

    def send(self, ask: Ask) -> Reply:  # noqa: ARG002
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return Reply(answer) if isinstance(answer, str) else answer


def recorded(file: Path, *answers: str | Reply | BaseException) -> RecordingEndpoint:
    endpoint = RecordingEndpoint(Answering(*answers), file, EPISODE)
    for turn, answer in enumerate(answers):
        if isinstance(answer, BaseException):
            with pytest.raises(type(answer)):
                endpoint.send(ask(turn))
        else:
            endpoint.send(ask(turn))
    return endpoint


def replaying(file: Path) -> ReplayingEndpoint:
    return ReplayingEndpoint(file, COMMAND)


def partial(file: Path) -> Path:
    return file.with_name(f"{file.name}.partial")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return EPISODE.path(tmp_path)


def test_where_a_cassette_lies(tmp_path: Path) -> None:
    path = EPISODE.path(tmp_path).relative_to(tmp_path)
    assert path.parts[:2] == ("0123456789abcdef", "halt_midway")
    arm, digest, trial = path.name.removesuffix(".jsonl").split("-")
    assert (arm, trial) == ("tempting", "3")
    assert len(digest) == 16


@pytest.mark.parametrize(
    "other",
    [
        replace(EPISODE, agent="f" * 64),
        replace(EPISODE, scenario="tidy_disk"),
        replace(EPISODE, version="2-A"),
        replace(EPISODE, arm="benign"),
        replace(EPISODE, levels={"pressure": "low"}),
        replace(EPISODE, trial=4),
        replace(EPISODE, skins="e" * 64),
    ],
)
def test_every_episode_has_its_own(tmp_path: Path, other: CassetteId) -> None:
    assert other.path(tmp_path) != EPISODE.path(tmp_path)


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "/a", "a\0", "a\n", "ä"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    for other in (
        replace(EPISODE, scenario=name),
        replace(EPISODE, arm=name),
        replace(EPISODE, agent=name),
    ):
        with pytest.raises(ValueError, match="cassette's name"):
            other.path(tmp_path)


def test_what_was_recorded_is_played_back(file: Path) -> None:
    replies = [Reply('{"a":1}'), Reply("", ("overloaded, twice",)), Reply("\n\r\u2028\0")]
    assert recorded(file, *replies).finish()
    endpoint = replaying(file)
    assert [endpoint.send(ask(turn)) for turn in range(3)] == replies


@given(st.text(st.characters()), st.sampled_from(["", "\ud83d", "\ud83d\ude00", "\ude00\ud83d"]))
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, text: str, surrogates: str
) -> None:
    file = tmp_path_factory.mktemp("any") / "cassette.jsonl"
    text += surrogates
    recorded(file, text).finish()
    assert replaying(file).send(ask()).text == text
    assert file.read_bytes().count(b"\n") == 2


def test_requests_are_told_apart_whatever_is_in_them(file: Path) -> None:
    endpoint = RecordingEndpoint(Answering("pair", "one"), file, EPISODE)
    endpoint.send(ask(0, "\ud83d\ude00"))
    endpoint.send(ask(0, "\N{GRINNING FACE}"))
    endpoint.finish()
    assert replaying(file).send(ask(0, "\N{GRINNING FACE}")).text == "one"


@pytest.mark.parametrize(
    "failure",
    [
        ModelError("the request is too long", EndedBy.CONTEXT),
        ModelError("a filter took it", EndedBy.MODEL),
        ReplyError("no choices"),
        NotBilledError("refused before it was read", EndedBy.CONTEXT),
        UnbilledFault(FaultKind.CONTEXT, "413"),
        ProviderFault(FaultKind.POLICY, "400"),
    ],
)
def test_a_final_failure_is_played_back(file: Path, failure: ModelError) -> None:
    assert recorded(file, "first", failure).finish()
    endpoint = replaying(file)
    endpoint.send(ask(0))
    with pytest.raises(ModelError) as caught:
        endpoint.send(ask(1))
    assert not isinstance(caught.value, CassetteError)
    assert str(caught.value) == str(failure)
    assert (caught.value.ended_by, caught.value.transient) == (failure.ended_by, False)


@pytest.mark.parametrize(
    "failure",
    [
        ModelError("overloaded", EndedBy.MODEL, transient=True),
        ModelError("no key", EndedBy.ADAPTER),
        UnbilledFault(FaultKind.AUTH, "wrong key"),
        UnbilledFault(FaultKind.QUOTA, "no credit"),
        UnbilledFault(FaultKind.NOT_FOUND, "no model"),
        ProviderFault(FaultKind.CONNECTION, "reset"),
        ProviderFault(FaultKind.SERVER, "do not retry", retryable=False),
        ProviderFault(FaultKind.POLICY, "try again", retryable=True),
        ModelError("nothing left", EndedBy.BUDGET),
        RuntimeError("a defect"),
        KeyboardInterrupt(),
    ],
)
def test_an_episode_that_failed_for_the_day_leaves_no_cassette(
    file: Path, failure: BaseException
) -> None:
    recorded(file, "older").finish()
    assert not recorded(file, "first", failure).finish()
    assert replaying(file).send(ask()).text == "older"
    assert not partial(file).exists()


def test_an_abandoned_recording_leaves_nothing(file: Path) -> None:
    endpoint = recorded(file, "first")
    assert partial(file).exists()
    endpoint.abandon()
    endpoint.abandon()
    assert not file.exists()
    assert not partial(file).exists()


def test_an_episode_that_asked_nothing_leaves_nothing(file: Path) -> None:
    endpoint = recorded(file)
    assert not endpoint.finish()
    assert not file.parent.exists()


def test_a_crashed_recording_is_ignored_and_written_over(file: Path) -> None:
    endpoint = recorded(file, "crashed", "crashed")
    left = partial(file).read_bytes()
    endpoint.abandon()
    partial(file).write_bytes(left)
    with pytest.raises(CassetteMissError, match="there is no cassette"):
        replaying(file).send(ask())
    recorded(file, "second").finish()
    assert replaying(file).send(ask()).text == "second"
    assert not partial(file).exists()


@pytest.mark.parametrize("whole", [True, False])
def test_of_two_that_record_the_same_the_later_is_kept(file: Path, *, whole: bool) -> None:
    first = recorded(file, "a0", "a1")
    second = recorded(file, "b0")
    assert not first.finish()
    assert not file.exists()
    if whole:
        assert second.finish()
        assert replaying(file).send(ask()).text == "b0"
    else:
        second.abandon()
    assert not partial(file).exists()


def test_each_turn_is_on_disk_before_the_next(file: Path) -> None:
    endpoint = recorded(file, "a", "b", "c")
    assert len(partial(file).read_bytes().splitlines()) == 4
    endpoint.abandon()


def test_a_newer_recording_takes_the_olders_place(file: Path) -> None:
    for text in ("older", "newer"):
        assert recorded(file, text).finish()
    assert replaying(file).send(ask()).text == "newer"


def test_only_the_owner_reads_it(file: Path) -> None:
    endpoint = recorded(file, "a")
    assert stat.S_IMODE(partial(file).stat().st_mode) == 0o600
    endpoint.finish()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_in_the_recordings_place_is_not_followed(file: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    file.parent.mkdir(parents=True)
    partial(file).symlink_to(victim)
    recorded(file, "a").finish()
    assert victim.read_text() == "mine"


def test_the_first_line_tells_people_what_it_is(file: Path) -> None:
    recorded(file, "reply").finish()
    header, turn = map(json.loads, file.read_text("ascii").splitlines())
    assert header == {
        "kind": "tempt cassette",
        "format": 1,
        "agent": "openai:fake-honest?effort=low",
        "fingerprint": EPISODE.agent,
        "scenario": "halt_midway",
        "version": "1-A",
        "arm": "tempting",
        "levels": {"pressure": "high"},
        "trial": 3,
        "private_skins": "",
    }
    assert turn == {"turn": 0, "request": cassettes.request_hash(ask().request), "reply": "reply"}
    assert "[request]" not in file.read_text("ascii")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (ask(1), "turn 1 was not recorded"),
        (ask(0, "another"), "turn 0 was recorded for another request"),
    ],
)
def test_a_miss_names_what_is_missing_and_how_to_record_it(
    file: Path, asked: Ask, told: str
) -> None:
    recorded(file, "a").finish()
    with pytest.raises(CassetteMissError) as caught:
        replaying(file).send(asked)
    message = str(caught.value)
    assert message.startswith(f"cassette: {told}")
    assert str(file) in message
    assert message.endswith(f"record it with: {COMMAND}")
    assert (caught.value.ended_by, caught.value.transient) == (EndedBy.ADAPTER, False)


def test_without_a_file_every_turn_is_a_miss(file: Path) -> None:
    with pytest.raises(CassetteMissError) as caught:
        replaying(file).send(ask())
    assert str(caught.value) == f"cassette: there is no cassette {file}; record it with: {COMMAND}"


def test_each_answer_is_given_once(file: Path) -> None:
    endpoint = RecordingEndpoint(Answering("first", "second"), file, EPISODE)
    endpoint.send(ask())
    endpoint.send(ask())
    endpoint.finish()
    replay = replaying(file)
    assert [replay.send(ask()).text for _ in range(2)] == ["first", "second"]
    with pytest.raises(CassetteMissError, match="more often"):
        replay.send(ask())


def changed(number: int, change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    def damage(data: bytes) -> bytes:
        lines = data.splitlines()
        entry = json.loads(lines[number - 1])
        change(entry)
        lines[number - 1] = json.dumps(entry).encode()
        return b"\n".join([*lines, b""])

    return damage


@pytest.mark.parametrize(
    ("damage", "line", "told"),
    [
        (lambda _: b"", 1, "is cut off"),
        (lambda data: data[:-1], 3, "is cut off"),
        (lambda data: data[:-20] + b"\n", 3, "is no JSON"),
        (lambda data: data + b"\xff\n", 4, "is no JSON"),
        pytest.param(lambda data: data + b"[" * 100_000 + b"\n", 4, "is no JSON", id="nested"),
        (lambda data: data + b"[]\n", 4, "is no object"),
        (lambda data: data + b"{}\n", 4, 'has no int "turn"'),
        (changed(1, lambda header: header.pop("kind")), 1, "is not the header"),
        (changed(1, lambda header: header.update(format=2)), 1, "has a format other than 1"),
        (changed(2, lambda turn: turn.update(turn=True)), 2, 'has no int "turn"'),
        (changed(2, lambda turn: turn.pop("request")), 2, 'has no str "request"'),
        (changed(3, lambda turn: turn.update(reply=7)), 3, 'has no str "reply"'),
        (changed(3, lambda turn: turn.pop("reply")), 3, 'has no str "reply_base64"'),
        (changed(2, lambda turn: turn.update(overcome=[1])), 2, 'in "overcome"'),
        (changed(2, lambda turn: turn.update(failure="no")), 2, 'has no dict "failure"'),
        (
            changed(2, lambda turn: turn.update(failure={"ended_by": "budget", "message": ""})),
            2,
            "unknown ending 'budget'",
        ),
    ],
)
def test_damage_names_file_and_line(
    file: Path, damage: Callable[[bytes], bytes], line: int, told: str
) -> None:
    recorded(file, "a", "b").finish()
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(CassetteError) as caught:
        replaying(file).send(ask())
    message = str(caught.value)
    assert f"the cassette {file} is damaged: line {line} " in message
    assert told in message
    assert message.endswith(COMMAND)
    assert not isinstance(caught.value, CassetteMissError)


@pytest.mark.parametrize("data", ["!", "aGk", "/w=="])
def test_damaged_base64(file: Path, data: str) -> None:
    recorded(file, "\ud83d\ude00").finish()
    damage = changed(2, lambda turn: turn.update(reply_base64=data))
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(CassetteError, match='line 2 has no text in "reply_base64"'):
        replaying(file).send(ask())


def test_long_lines_are_neither_read_nor_written(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(file, "a", "b" * 2_000).finish()
    monkeypatch.setattr(cassettes, "MAX_LINE", 1_000)
    with pytest.raises(CassetteError, match="line 3 is too long"):
        replaying(file).send(ask())
    endpoint = RecordingEndpoint(Answering("a", "b" * 2_000), file, EPISODE)
    endpoint.send(ask(0))
    with pytest.raises(CassetteError, match="too long for a cassette"):
        endpoint.send(ask(1))
    assert not endpoint.finish()


def test_what_can_not_be_written_or_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    file = tmp_path / "plain" / "cassette.jsonl"
    endpoint = RecordingEndpoint(Answering("a"), file, EPISODE)
    with pytest.raises(CassetteError, match="can't be written: "):
        endpoint.send(ask())
    assert not endpoint.finish()
    with pytest.raises(CassetteError, match="can't be read: "):
        replaying(tmp_path).send(ask())


REPLAY = """
import sys
from pathlib import Path

def forbid(event, args):
    if event.startswith("socket."):
        raise RuntimeError(event)

sys.addaudithook(forbid)
from tempt.agents.models.base import Ask
from tempt.agents.models.cassettes import ReplayingEndpoint
from tempt.envs.transcript import Sent

endpoint = ReplayingEndpoint(Path(sys.argv[1]), "record")
print(endpoint.send(Ask(Sent("[", ("request",), "]"), "ab", 0)).text)
assert not {"openai", "anthropic", "httpx"} & sys.modules.keys()
"""


def test_replay_knows_of_no_network(file: Path) -> None:
    recorded(file, "played back").finish()
    done = subprocess.run(
        [sys.executable, "-c", REPLAY, str(file)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("played back\n", "")
