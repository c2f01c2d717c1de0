"""Rate limits hold in every minute, in the order in which they are asked; nobody really sleeps."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.agents.models.base import Ask, Reply
from tempt.agents.models.limits import WINDOW, LimitedEndpoint, Pass, RateLimiter
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy, Sent, Usage


@dataclass
class Clock:
    """Time that passes by sleeping alone."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.slept.append(seconds)
        self.now += seconds
        return False


def limiter(clock: Clock, requests: int | None = None, tokens: int | None = None) -> RateLimiter:
    return RateLimiter(requests, tokens, clock, clock.sleep)


def times(clock: Clock, limit: RateLimiter, amounts: list[int]) -> list[float]:
    start, passed = clock.now, []
    for amount in amounts:
        limit.acquire(amount)
        passed.append(clock.now - start)
    return passed


@pytest.mark.parametrize(
    ("requests", "tokens", "amounts", "expected"),
    [
        (None, None, [10**9] * 3, [0, 0, 0]),
        (2, None, [10**9] * 5, [0, 0, 60, 60, 120]),
        (None, 100, [60, 40, 60, 40, 1], [0, 0, 60, 60, 120]),
        (None, 100, [60, 60, 60], [0, 60, 120]),
        (3, 100, [60, 60, 10, 10], [0, 60, 60, 60]),
        (1, 100, [60, 10], [0, 60]),
        # More than a minute's worth passes alone.
        (None, 100, [10, 500, 10], [0, 60, 120]),
    ],
)
def test_when_requests_pass(
    requests: int | None, tokens: int | None, amounts: list[int], expected: list[float]
) -> None:
    clock = Clock()
    assert times(clock, limiter(clock, requests, tokens), amounts) == expected


def test_no_sleep_where_nothing_has_to_be_waited_for() -> None:
    clock = Clock()
    limit = limiter(clock, 1)
    limit.acquire(1)
    clock.now += WINDOW
    limit.acquire(1)
    assert clock.slept == []


@given(
    st.lists(st.tuples(st.floats(0, 40), st.integers(0, 120)), max_size=60),
    st.integers(1, 5),
    st.integers(1, 100),
)
def test_no_minute_holds_more_than_the_limits(
    asks: list[tuple[float, int]], requests: int, tokens: int
) -> None:
    clock = Clock()
    limit = limiter(clock, requests, tokens)
    passed: list[tuple[float, int]] = []
    for pause, amount in asks:
        clock.now += pause
        limit.acquire(amount)
        passed.append((clock.now, amount))
    for end, _ in passed:
        window = [amount for at, amount in passed if end - WINDOW + 1e-6 < at <= end]
        assert len(window) <= requests
        assert sum(window) <= tokens or [amount for amount in window if amount] == [max(window)]


@pytest.mark.parametrize(
    ("actual", "expected"),
    [(10, [0, 0]), (50, [0, 0]), (51, [0, 60]), (500, [0, 60])],
)
def test_what_was_used_counts_in_place_of_the_guess(actual: int, expected: list[float]) -> None:
    clock = Clock()
    limit = limiter(clock, tokens=100)
    granted = limit.acquire(90)
    granted.correct(actual)
    assert [0, *times(clock, limit, [50])] == expected


def test_a_correction_that_comes_late_changes_nothing() -> None:
    clock = Clock()
    limit = limiter(clock, tokens=100)
    granted = limit.acquire(90)
    clock.now += WINDOW
    limit.acquire(50)
    granted.correct(10_000)
    assert times(clock, limit, [50]) == [0]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_lets_nothing_pass_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="lets nothing pass"):
        limiter(Clock(), requests=limit)
    with pytest.raises(ValueError, match="lets nothing pass"):
        limiter(Clock(), tokens=limit)


def test_threads_share_a_limit() -> None:
    clock, lock = Clock(0.0), threading.Lock()
    passed: list[float] = []

    def sleep(_: float) -> bool:
        with lock:
            clock.now += 0.25
        return False

    limit = RateLimiter(10, None, clock, sleep)

    def ask() -> None:
        limit.acquire(1)
        passed.append(clock.now)

    threads = [threading.Thread(target=ask) for _ in range(35)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 35
    assert clock.now >= 3 * WINDOW


def test_what_others_did_not_use_is_there_for_who_waits_already() -> None:
    clock = Clock()
    passed: list[Pass] = []

    def pause(seconds: float) -> bool:
        if clock.now >= 1_005:
            passed[0].correct(5)
        return clock.sleep(seconds)

    limit = RateLimiter(None, 100, clock, pause)
    passed.append(limit.acquire(90))
    limit.acquire(90)
    assert 5 <= clock.now - 1_000 <= 7


def test_nobody_waits_once_nobody_is_to_wait() -> None:
    clock = Clock()
    limit = RateLimiter(None, 100, clock, lambda seconds: not clock.sleep(seconds))
    for _ in range(5):
        limit.acquire(90).correct(10_000)
    assert len(clock.slept) == 4


class Answering:
    """Answers with its clock's time, or fails."""

    def __init__(self, clock: Clock, *, fails: bool = False) -> None:
        self.clock = clock
        self.fails = fails

    def send(self, ask: Ask) -> Reply:
        if self.fails:
            raise ModelError(f"no answer to turn {ask.turn}", EndedBy.MODEL)
        return Reply(f"{self.clock.now - 1_000.0:g}", ("a fault",))


ASK = Ask(Sent("x" * 400, (), ""), "ab", 0)


@pytest.mark.parametrize(
    ("used", "second"),
    [(None, "60"), (20, "0"), (90, "60")],
)
def test_an_endpoint_waits_for_its_turn(used: int | None, second: str) -> None:
    clock = Clock()
    # 400 bytes are thought to be 100 tokens, and 20 are expected back.
    limit = limiter(clock, tokens=200)
    endpoint = LimitedEndpoint(
        Answering(clock), limit, 20, lambda _: None if used is None else Usage(used)
    )
    assert endpoint.send(ASK) == Reply("0", ("a fault",))
    assert endpoint.send(ASK).text == second


def test_what_failed_counts_as_what_it_was_thought_to_be() -> None:
    clock = Clock()
    limit = limiter(clock, tokens=200)
    with pytest.raises(ModelError, match="turn 0"):
        LimitedEndpoint(Answering(clock, fails=True), limit, 20, lambda _: Usage(1)).send(ASK)
    assert times(clock, limit, [81]) == [60]
