"""Warm containers, kept when they are proven to be as new; never more than the machine bears."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tempt.sandbox.base import SandboxEngineError
from tempt.sandbox.containers import Container
from tempt.sandbox.hardening import Shape


class Pool:
    """Containers by shape.

    Whoever asks for one while too many are out waits until one comes back.

    Args:
        make: Makes a new container.
        limit: Most containers there may be at once, idle ones included.
    """

    def __init__(self, make: Callable[[Shape], Container], limit: int) -> None:
        self._make = make
        self._limit = limit
        self._idle: list[Container] = []
        self._count = 0
        self._changed = threading.Condition()

    def take(self, shape: Shape, patience: float) -> tuple[Container, bool]:
        """A container of ``shape``, and whether it was made just now.

        Args:
            shape: What is needed.
            patience: Seconds to wait for one to come back.

        Raises:
            SandboxEngineError: None came back, or the engine failed.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(shape), patience):
                raise SandboxEngineError(
                    f"all {self._limit} containers have been out for {patience:.0f} s; "
                    "run fewer episodes at once"
                )
            found = self._take_idle(shape)
            if found is not None:
                return found, False
            self._make_room()
            self._count += 1
        return self._make_new(shape), True

    def give_back(self, container: Container) -> None:
        """Keep a container that is as new."""
        with self._changed:
            self._idle.append(container)
            self._changed.notify_all()

    def drop(self, container: Container) -> None:
        """Get rid of a container that has been out."""
        container.destroy()
        self._gone()

    @contextmanager
    def beside(self, shape: Shape) -> Iterator[Container]:
        """A new container in which nobody acts, for a short time and beyond the limit.

        An idle one could have died since it was used: it would prove nothing by its silence.

        Raises:
            SandboxEngineError: The engine failed.
        """
        container = self._make(shape)
        try:
            yield container
        finally:
            container.destroy()

    def close(self) -> None:
        """Get rid of all that are idle."""
        with self._changed:
            idle, self._idle = self._idle, []
            self._count -= len(idle)
            self._changed.notify_all()
        for container in idle:
            container.dispose()

    def warm(self, shape: Shape, count: int) -> None:
        """Make containers until ``count`` of ``shape`` are idle, or there is no room.

        Raises:
            SandboxEngineError: The engine failed.
        """
        while True:
            with self._changed:
                idle = sum(container.shape == shape for container in self._idle)
                if idle >= count or self._count >= self._limit:
                    return
                self._count += 1
            self.give_back(self._make_new(shape))

    def _make_new(self, shape: Shape) -> Container:
        try:
            return self._make(shape)
        except BaseException:
            self._gone()
            raise

    def _gone(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def _has_room(self, shape: Shape) -> bool:
        fits = any(container.shape == shape for container in self._idle)
        return fits or bool(self._idle) or self._count < self._limit

    def _take_idle(self, shape: Shape) -> Container | None:
        for number in reversed(range(len(self._idle))):
            if self._idle[number].shape == shape:
                return self._idle.pop(number)
        return None

    def _make_room(self) -> None:
        """Let the container go that has been idle longest, if there are as many as may be."""
        if self._count >= self._limit:
            self._idle.pop(0).dispose()
            self._count -= 1
