"""The time limits of one exchange after the other, on one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf


class ExchangeClock:
    """Watches the silence of the peer and the end of the call's time.

    The timer stays armed over exchanges and looks at the facts when it fires, so that a sign of life costs
    the setting of `seen` and nothing else. `hard` may be moved while an exchange runs. `excuse` tells
    whether silence does not count at the moment, because we are the slow side or the peer takes what was
    written.
    """

    __slots__ = ("_at", "_excuse", "_fired", "_loop", "_read", "_running", "_timer", "hard", "seen")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        excuse: Callable[[], bool],
        fired: Callable[[float | None], None],
    ) -> None:
        self._loop = loop
        self._excuse = excuse
        self._fired = fired
        self._running = False
        self._read = inf
        self._timer: asyncio.TimerHandle | None = None
        self._at = inf
        self.hard = inf
        self.seen = 0.0

    def start(self, read: float, hard: float) -> None:
        """An exchange begins: at most `read` seconds of silence, over at `hard` on the loop's clock."""
        self._running = True
        self._read = read
        self.hard = hard
        self.seen = self._loop.time()
        self._arm()

    def alive(self) -> None:
        """The peer gave a sign of life, or its turn begins now."""
        self.seen = self._loop.time()

    def stop(self) -> None:
        """The exchange is over."""
        self._running = False

    def cancel(self) -> None:
        """No exchange will come any more; whoever made this clock is let go."""
        self._running = False
        self._excuse = _silent
        self._fired = _ignored
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        due = self.seen + self._read
        if self.hard < due:
            due = self.hard
        if due < self._at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(due, self._tick)
            self._at = due

    def _tick(self) -> None:
        """Tell `fired` of the end of the call's time (None) or of too long a silence (its limit)."""
        self._timer = None
        self._at = inf
        if not self._running:
            return
        now = self._loop.time()
        if now >= self.hard:
            self._fired(None)
            return
        if self._excuse():
            self.seen = now
        elif now >= self.seen + self._read:
            self._fired(self._read)
            return
        self._arm()


def _silent() -> bool:
    """Nobody is left who could excuse the peer."""
    return False


def _ignored(silence: float | None) -> None:
    """Nobody is left to be told."""
