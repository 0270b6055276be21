"""The states of an endpoint: active, in time-out, suspended (EndpointContext). Pure arithmetic, no clock of its own."""

from __future__ import annotations

from enum import Enum
from math import inf

from engine.records import dataclass

DEFAULT_SUSPENSION_MS = 30_000
DEFAULT_MARK_CODES = frozenset({101504, 101505})


class State(Enum):
    """What an endpoint is at; the values are the reference engine's words."""

    ACTIVE = "ACTIVE"
    TIMEOUT = "TIMEOUT"
    SUSPENDED = "SUSPENDED"
    OFF = "MAINTNENCE"


@dataclass(frozen=True, slots=True)
class SuspensionPolicy:
    """When an endpoint rests after failures. Durations in milliseconds.

    `mark_codes` None stands for the default list, which is compared with the exact code only: the reference engine
    adds the protocol state to a code, and so the default never matches a connection closed while waiting for the
    reply. Lists that a flow gives match the base code too.
    """

    mark_codes: frozenset[int] | None = None
    retries_before_suspension: int = 0
    retry_delay: int = 0
    suspend_codes: frozenset[int] | None = None
    initial_duration: int = -1
    progression_factor: float = 1.0
    maximum_duration: int | None = None

    def marks(self, codes: tuple[int, ...]) -> bool:
        """Whether a failure with these codes (exact one first) puts the endpoint in TIMEOUT."""
        if self.mark_codes is None:
            return codes[0] in DEFAULT_MARK_CODES
        return any(code in self.mark_codes for code in codes)

    def suspends(self, codes: tuple[int, ...]) -> bool:
        """Whether a failure with these codes suspends at once; without a list every one does."""
        return self.suspend_codes is None or any(code in self.suspend_codes for code in codes)

    def pause(self, earlier: int) -> float:
        """Milliseconds of rest after `earlier` suspensions in a row."""
        if self.initial_duration < 0:
            duration: float = DEFAULT_SUSPENSION_MS
        else:
            try:
                duration = self.initial_duration * self.progression_factor**earlier
            except OverflowError:
                duration = inf
        return duration if self.maximum_duration is None else min(duration, self.maximum_duration)


DEFAULT_POLICY = SuspensionPolicy()
NEVER = SuspensionPolicy(mark_codes=frozenset(), suspend_codes=frozenset())
"""For destinations that are no endpoints of their own: they never rest."""


@dataclass(slots=True)
class EndpointState:
    """The state of one endpoint; `until` is the clock reading (seconds) from which it may be tried again."""

    state: State = State.ACTIVE
    until: float = 0.0
    suspensions: int = 0
    retries_left: int | None = None

    def ready(self, now: float) -> bool:
        """Whether a message may be sent now; the state changes only with the result of one."""
        if self.state is State.ACTIVE:
            return True
        return self.state is not State.OFF and now >= self.until

    def succeeded(self) -> None:
        """Any reply, whatever its status, makes the endpoint active."""
        if self.state is not State.OFF:
            self.state = State.ACTIVE
            self.suspensions = 0
            self.retries_left = None

    def failed(self, codes: tuple[int, ...], policy: SuspensionPolicy, now: float) -> None:
        """A failure; `codes` are the exact code and the base code without the protocol state."""
        if self.state is State.OFF:
            return
        if policy.marks(codes):
            left = policy.retries_before_suspension if self.retries_left is None else self.retries_left
            if left > 0:
                self.retries_left = left - 1
                self.state = State.TIMEOUT
                self.until = now + policy.retry_delay / 1000
                return
            self._suspend(policy, now)
        elif policy.suspends(codes):
            self._suspend(policy, now)

    def switch_off(self) -> None:
        """By an operator: nothing is sent until it is switched on."""
        self.state = State.OFF

    def switch_on(self) -> None:
        """By an operator: as if nothing had ever failed."""
        self.state = State.ACTIVE
        self.suspensions = 0
        self.retries_left = None

    def _suspend(self, policy: SuspensionPolicy, now: float) -> None:
        self.retries_left = None
        if policy.initial_duration == 0:
            self.state = State.ACTIVE
            return
        duration = policy.pause(self.suspensions)
        self.suspensions += 1
        self.state = State.SUSPENDED
        self.until = now + duration / 1000
