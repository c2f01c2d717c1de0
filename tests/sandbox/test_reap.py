"""Containers that nobody owns any more are removed, and no other ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from docker import DockerClient
from docker.errors import APIError, NotFound
from requests import Response

from engine_client import container, engine_client, exists
from tempt.sandbox.base import SandboxEngineError
from tempt.sandbox.reap import (
    LABEL_OWNER,
    LABEL_RUN,
    LABEL_TTL,
    LABEL_WORLD,
    labels,
    leftovers,
    owner_label,
    reap,
    reap_everything,
)

OWNER = "import tempt.sandbox.reap as reap; print(reap.owner_label(), flush=True)"
NOW = 1_800_000_000
STAMP = "2027-01-15T08:00:00.123456789Z"


@pytest.fixture
def client() -> Iterator[DockerClient]:
    with engine_client() as found:
        yield found


def dead_owner() -> str:
    """The label of a process that has ended."""
    words = [sys.executable, "-c", OWNER]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def engine(*containers: Mapping[str, str], age: int = 10, **failures: Exception) -> Any:
    """An engine that lists containers with these labels, and remembers which it removed."""
    listed: list[dict[str, Any]] = [
        {"Id": f"{number}" * 64, "Labels": dict(marks), "Created": NOW - age}
        for number, marks in enumerate(containers)
    ]
    removed: list[str] = []

    def remove(identity: str, *, v: bool, force: bool) -> None:
        assert v
        assert force
        if identity[0] in failures:
            raise failures[identity[0]]
        removed.append(identity)

    def summaries(*, all: bool, filters: dict[str, list[str]]) -> list[dict[str, Any]]:  # noqa: A002 - the library's own name
        assert all
        return [one for one in listed if set(filters["label"]) <= set(one["Labels"])]

    api = SimpleNamespace(containers=summaries, remove_container=remove)
    return SimpleNamespace(api=api, info=lambda: {"SystemTime": STAMP}, removed=removed)


def answered(status: int) -> APIError:
    response = Response()
    response.status_code = status
    return APIError("it is so", response=response)


def test_a_container_of_a_dead_process_is_removed_and_one_of_a_live_one_is_not(
    client: DockerClient,
) -> None:
    dead = {**labels(), LABEL_OWNER: dead_owner()}
    with container(client, dead) as lost, container(client, dict(labels())) as used:
        reap(client)
        assert not exists(client, lost)
        assert exists(client, used)


def test_a_container_without_our_labels_is_never_touched(client: DockerClient) -> None:
    with container(client, {LABEL_WORLD: "1"}) as strange, container(client, {}) as other:
        reap(client)
        assert exists(client, strange)
        assert exists(client, other)


def test_a_container_that_has_ended_is_removed_too(client: DockerClient) -> None:
    with container(client, {**labels(), LABEL_OWNER: dead_owner()}) as lost:
        if exists(client, lost):
            client.api.kill(lost)
        reap(client)
        assert not exists(client, lost)


def test_every_container_names_its_owner_run_and_time() -> None:
    marks = labels("monday", ttl=60)
    assert marks[LABEL_RUN] == "monday"
    assert marks[LABEL_TTL] == "60"
    assert marks[LABEL_OWNER] == owner_label()
    assert dead_owner() != dead_owner()


def test_an_owner_that_lives_keeps_its_container() -> None:
    assert leftovers(engine(labels())) == []


def test_what_a_dead_owner_left_says_whose_it_was() -> None:
    owner = dead_owner()
    (found,) = leftovers(engine({**labels("monday"), LABEL_OWNER: owner}))
    assert (found.id, found.run) == ("0" * 12, "monday")
    assert found.reason == f"process {owner.split('.')[0]} has ended"


def test_a_process_that_ended_without_being_waited_for_is_dead() -> None:
    words = [sys.executable, "-c", OWNER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        owner = child.stdout.read().strip()
        # It is left a zombie until the block ends.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert len(leftovers(engine({**labels(), LABEL_OWNER: owner}))) == 1


def test_a_number_that_another_process_has_by_now_is_no_owner() -> None:
    pid, _, rest = owner_label().partition(".")
    started, _, machine = rest.partition("@")
    reused = f"{pid}.{int(started) + 1}@{machine}"
    assert len(leftovers(engine({**labels(), LABEL_OWNER: reused}))) == 1


@pytest.mark.parametrize("owner", ["1.1@elsewhere", "", "nonsense", "1.1@"])
def test_an_owner_that_cannot_be_looked_at_is_given_its_time(owner: str) -> None:
    marks = {**labels(ttl=60), LABEL_OWNER: owner}
    assert leftovers(engine(marks, age=59)) == []
    (found,) = leftovers(engine(marks, age=61))
    assert found.reason == "older than its 60 s"


def test_a_time_that_is_over_is_over_for_a_live_owner_too() -> None:
    assert len(leftovers(engine(labels(ttl=60), age=61))) == 1


@pytest.mark.parametrize("ttl", ["", "soon", "-1", "1e3"])
def test_a_time_that_is_no_number_never_ends(ttl: str) -> None:
    assert leftovers(engine({**labels(), LABEL_TTL: ttl}, age=10**8)) == []


def test_everything_means_those_in_use_too_and_no_strangers() -> None:
    crowd = engine(labels(), {LABEL_WORLD: "1"}, {}, {**labels(), LABEL_OWNER: "1.1@elsewhere"})
    assert len(reap_everything(crowd)) == 2
    assert crowd.removed == ["0" * 12, "3" * 12]


def test_one_that_is_gone_already_is_as_good_as_removed() -> None:
    crowd = engine(labels(), labels(), **{"0": NotFound("gone"), "1": answered(409)})
    assert len(reap_everything(crowd)) == 2


def test_one_that_stays_does_not_keep_the_others() -> None:
    crowd = engine(labels(), labels(), **{"0": answered(500)})
    with pytest.raises(SandboxEngineError, match=r"container 0+ can't be removed.*1 others were"):
        reap_everything(crowd)
    assert crowd.removed == ["1" * 12]
