"""Warm containers, and how many."""

from __future__ import annotations

import threading
import time
from typing import cast

import pytest

from tempt.sandbox import SandboxEngineError
from tempt.sandbox.containers import Container
from tempt.sandbox.hardening import Shape
from tempt.sandbox.pool import Pool

ONE, OTHER = Shape("one", ("/srv",)), Shape("other", ("/srv",))


class Made:
    """Counts what a pool makes and gets rid of, in place of an engine."""

    def __init__(self) -> None:
        self.made = 0
        self.ended = 0
        self.fails = False

    def make(self, shape: Shape) -> Container:
        if self.fails:
            raise SandboxEngineError("no engine")
        self.made += 1
        return cast("Container", _Fake(shape, self))


class _Fake:
    def __init__(self, shape: Shape, counter: Made) -> None:
        self.shape = shape
        self._counter = counter

    def dispose(self) -> None:
        self._counter.ended += 1

    def destroy(self) -> None:
        self._counter.ended += 1


@pytest.fixture
def counter() -> Made:
    return Made()


def test_what_came_back_is_taken_again(counter: Made) -> None:
    pool = Pool(counter.make, limit=2)
    first, new = pool.take(ONE, 1.0)
    pool.give_back(first)
    again, newer = pool.take(ONE, 1.0)
    assert again is first
    assert (new, newer, counter.made) == (True, False, 1)


def test_another_shape_gets_another_container(counter: Made) -> None:
    pool = Pool(counter.make, limit=2)
    pool.give_back(pool.take(ONE, 1.0)[0])
    assert pool.take(OTHER, 1.0)[0].shape == OTHER
    assert counter.made == 2


def test_an_idle_one_makes_room_for_another_shape(counter: Made) -> None:
    pool = Pool(counter.make, limit=1)
    pool.give_back(pool.take(ONE, 1.0)[0])
    pool.take(OTHER, 1.0)
    assert (counter.made, counter.ended) == (2, 1)


def test_who_comes_too_late_waits(counter: Made) -> None:
    pool = Pool(counter.make, limit=3)
    most, out, lock = 0, 0, threading.Lock()

    def episode() -> None:
        nonlocal most, out
        container, _ = pool.take(ONE, 30.0)
        with lock:
            out += 1
            most = max(most, out)
        time.sleep(0.002)
        with lock:
            out -= 1
        pool.give_back(container)

    threads = [threading.Thread(target=episode) for _ in range(80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 3
    assert counter.made <= 3


def test_waiting_has_an_end(counter: Made) -> None:
    pool = Pool(counter.make, limit=1)
    pool.take(ONE, 1.0)
    with pytest.raises(SandboxEngineError, match="all 1 containers"):
        pool.take(ONE, 0.01)


def test_a_failure_gives_its_place_back(counter: Made) -> None:
    pool = Pool(counter.make, limit=1)
    counter.fails = True
    with pytest.raises(SandboxEngineError):
        pool.take(ONE, 1.0)
    counter.fails = False
    assert pool.take(ONE, 1.0)[1]


def test_what_is_dropped_gives_its_place_back(counter: Made) -> None:
    pool = Pool(counter.make, limit=1)
    pool.drop(pool.take(ONE, 1.0)[0])
    assert pool.take(ONE, 1.0)[1]
    assert (counter.made, counter.ended) == (2, 1)


def test_warm_ones_are_ready(counter: Made) -> None:
    pool = Pool(counter.make, limit=3)
    pool.warm(ONE, 2)
    assert counter.made == 2
    assert not pool.take(ONE, 1.0)[1]
    pool.close()
    assert counter.ended == 1
