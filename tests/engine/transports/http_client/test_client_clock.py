"""The time limits of exchanges, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from engine.transports.http_client.clock import ExchangeClock


class Timer:
    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """As much of an event loop as a timer needs."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []
        self.made = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(when, callback)
        self.timers.append(timer)
        self.made += 1
        return timer

    def move(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [t for t in self.timers if not t.cancelled and t.when <= end]:
            timer = min(due, key=lambda t: t.when)
            self.timers.remove(timer)
            self.now = max(self.now, timer.when)
            timer.callback()
        self.now = end


class Watched:
    def __init__(self) -> None:
        self.loop = Loop()
        self.excused = False
        self.fired: list[tuple[float, float | None]] = []
        loop: Any = self.loop
        self.clock = ExchangeClock(loop, lambda: self.excused, self._fired)

    def _fired(self, limit: float | None) -> None:
        self.fired.append((self.loop.now - 100.0, limit))
        self.clock.stop()


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_silence_fires_exactly_at_its_limit(watched: Watched) -> None:
    watched.clock.start(10.0, inf)
    watched.loop.move(9.0)
    assert watched.fired == []
    watched.loop.move(5.0)
    assert watched.fired == [(10.0, 10.0)]


def test_sign_of_life_moves_the_limit_without_a_new_timer(watched: Watched) -> None:
    watched.clock.start(10.0, inf)
    for _ in range(8):
        watched.loop.move(1.0)
        watched.clock.alive()
    assert watched.loop.made == 1
    watched.loop.move(20.0)
    assert watched.fired == [(18.0, 10.0)]


def test_end_of_the_call_wins_over_signs_of_life(watched: Watched) -> None:
    watched.clock.start(10.0, 115.0)
    for _ in range(20):
        watched.loop.move(1.0)
        watched.clock.alive()
    assert watched.fired == [(15.0, None)]


def test_end_of_the_call_can_be_moved_while_it_runs(watched: Watched) -> None:
    watched.clock.start(inf, 105.0)
    watched.clock.hard = 120.0
    watched.loop.move(50.0)
    assert watched.fired == [(20.0, None)]


def test_excused_silence_starts_anew(watched: Watched) -> None:
    watched.clock.start(10.0, inf)
    watched.excused = True
    watched.loop.move(35.0)
    assert watched.fired == []
    watched.excused = False
    watched.loop.move(20.0)
    assert watched.fired == [(40.0, 10.0)]


def test_excuse_does_not_move_the_end_of_the_call(watched: Watched) -> None:
    watched.excused = True
    watched.clock.start(10.0, 125.0)
    watched.loop.move(60.0)
    assert watched.fired == [(25.0, None)]


def test_no_timer_without_a_limit(watched: Watched) -> None:
    watched.clock.start(inf, inf)
    assert watched.loop.timers == []


def test_exchanges_share_one_timer(watched: Watched) -> None:
    for _ in range(100):
        watched.clock.start(10.0, inf)
        watched.loop.move(0.05)
        watched.clock.stop()
    assert watched.loop.made == 1
    watched.loop.move(60.0)
    assert watched.fired == []
    assert watched.loop.timers == []


def test_shorter_limit_replaces_the_timer(watched: Watched) -> None:
    watched.clock.start(100.0, inf)
    watched.clock.stop()
    watched.clock.start(1.0, inf)
    watched.loop.move(5.0)
    assert watched.fired == [(1.0, 1.0)]


def test_cancel_leaves_no_timer(watched: Watched) -> None:
    watched.clock.start(1.0, inf)
    watched.clock.cancel()
    assert all(timer.cancelled for timer in watched.loop.timers)
    watched.loop.move(5.0)
    assert watched.fired == []
