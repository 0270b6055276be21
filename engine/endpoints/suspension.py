"""The states of an endpoint: active, in time-out, suspended (EndpointContext). Pure arithmetic, no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

DEFAULT_SUSPENSION_MS = 30_000


class State(Enum):
    """What an endpoint is at; the values are the reference engine's words."""

    ACTIVE = "ACTIVE"
    TIMEOUT = "TIMEOUT"
    SUSPENDED = "SUSPENDED"
    OFF = "MAINTNENCE"


@dataclass(frozen=True, slots=True)
class SuspensionPolicy:
    """When an endpoint rests after failures. Durations in milliseconds."""

    mark_codes: frozenset[int] = frozenset({101504, 101505})
    retries_before_suspension: int = 0
    retry_delay: int = 0
    suspend_codes: frozenset[int] | None = None
    initial_duration: int = -1
    progression_factor: float = 1.0
    maximum_duration: int | None = None


DEFAULT_POLICY = SuspensionPolicy()


@dataclass(slots=True)
class EndpointState:
    """The state of one endpoint; `until` is the clock reading (seconds) from which it may be tried again."""

    state: State = State.ACTIVE
    until: float = 0.0
    suspensions: int = 0
    retries_left: int | None = field(default=None)

    def ready(self, now: float) -> bool:
        """Whether a message may be sent now; the state changes only with the result of one."""
        if self.state is State.ACTIVE:
            return True
        return self.state is not State.OFF and now >= self.until

    def succeeded(self) -> None:
        """Any reply, whatever its status, makes the endpoint active."""
        if self.state is not State.ACTIVE and self.state is not State.OFF:
            self.state = State.ACTIVE
            self.suspensions = 0
        self.retries_left = None

    def failed(self, codes: tuple[int, ...], policy: SuspensionPolicy, now: float) -> None:
        """A failure; `codes` are the base code and the one with the protocol state added."""
        if self.state is State.OFF:
            return
        if any(code in policy.mark_codes for code in codes):
            left = policy.retries_before_suspension if self.retries_left is None else self.retries_left
            if left > 0:
                self.retries_left = left - 1
                self.state = State.TIMEOUT
                self.until = now + policy.retry_delay / 1000
                return
            self._suspend(policy, now)
        elif policy.suspend_codes is None or any(code in policy.suspend_codes for code in codes):
            self._suspend(policy, now)

    def _suspend(self, policy: SuspensionPolicy, now: float) -> None:
        self.retries_left = None
        duration: float
        if policy.initial_duration == 0:
            self.state = State.ACTIVE
            return
        if policy.initial_duration < 0:
            duration = DEFAULT_SUSPENSION_MS
        else:
            duration = policy.initial_duration * policy.progression_factor**self.suspensions
        if policy.maximum_duration is not None:
            duration = min(duration, policy.maximum_duration)
        self.suspensions += 1
        self.state = State.SUSPENDED
        self.until = now + duration / 1000
