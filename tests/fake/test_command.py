"""`tempt serve-fake`, as people use it."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest

import talk
from commandline import started
from harness import load
from tempt.cli.app import call
from tempt.envs.factors import Arm
from tempt.fake import Fault


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


READY = re.compile(
    r"serving on (http://127\.0\.0\.1:[0-9]+) "
    r"\(OpenAI: base URL \1/v1; Anthropic: base URL \1\)\n"
)


def test_it_serves_until_it_is_interrupted(folder: Path) -> None:
    with started("serve-fake", "--trials", "2", cwd=folder, piped=True) as process:
        assert process.stdout is not None
        ready = READY.fullmatch(process.stdout.readline().decode())
        assert ready
        with talk.openai(ready[1]) as client:
            reply = client.responses.create(
                model="fake-honest", input="Do it.", extra_headers=talk.named(talk.instance(1))
            )
        assert reply.output[-1].type == "function_call"
        process.send_signal(signal.SIGINT)
        assert process.wait(talk.SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_factor_named_again_adds_to_the_levels_that_are_served(folder: Path) -> None:
    levels = ("--factor", "policy=P0", "--factor", "policy=P3")
    with started("serve-fake", "--trials", "1", *levels, cwd=folder, piped=True) as process:
        assert process.stdout is not None
        ready = READY.fullmatch(process.stdout.readline().decode())
        assert ready
        with talk.openai(ready[1]) as client:
            for level in ("P0", "P2", "P3"):
                world = load("halt_midway").instance(Arm.TEMPTED, {"policy": level}, 0)
                reply = client.responses.create(
                    model="fake-honest", input="Do it.", extra_headers=talk.named(world)
                )
                assert reply.output[-1].type == "function_call"
        process.send_signal(signal.SIGINT)


def test_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["serve-fake", "--list-faults"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == [fault.value for fault in Fault]
    assert all(fault.summary in line for fault, line in zip(Fault, listed, strict=True))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "-1"], "--port"),
        (["--port", "65536"], "--port"),
        (["--latency", "-1"], "--latency"),
        (["--latency", "nan"], "--latency"),
        (["--trials", "0"], "--trials"),
        (["--factor", "policy"], "names no factor and level"),
        (["--factor", "policy=P9"], "P9"),
        (["--factor", "colour=red"], "colour"),
        (["--scenario", "no_such_module:NAME"], "no_such_module"),
        (["--chat-reasoning", "nowhere"], "--chat-reasoning"),
        (["--clamp-effort", "huge"], "--clamp-effort"),
    ],
)
def test_wrong_options_are_said_to_be(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert call(["serve-fake", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert call(["serve-fake", "--port", port]) == 2
    assert f"port {port} can't be listened on" in capsys.readouterr().err
