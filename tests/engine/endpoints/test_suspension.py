from __future__ import annotations

import pytest

from engine.endpoints.suspension import DEFAULT_POLICY, NEVER, EndpointState, State, SuspensionPolicy

REFUSED = (101503, 101503)
CLOSED = (101508, 101505)


def test_any_failure_without_a_list_suspends_for_thirty_seconds() -> None:
    state = EndpointState()
    state.failed(REFUSED, DEFAULT_POLICY, 100.0)
    assert state.state is State.SUSPENDED
    assert not state.ready(129.9)
    assert state.ready(130.0)


def test_a_pause_that_is_over_changes_the_state_only_with_a_result() -> None:
    state = EndpointState()
    state.failed(REFUSED, DEFAULT_POLICY, 0.0)
    assert state.ready(31.0)
    assert state.state is State.SUSPENDED
    state.succeeded()
    assert state.state is State.ACTIVE


def test_pauses_grow_up_to_the_maximum_and_a_reply_starts_anew() -> None:
    policy = SuspensionPolicy(initial_duration=1000, progression_factor=3.0, maximum_duration=5000)
    state = EndpointState()
    pauses = []
    for _ in range(4):
        state.failed(REFUSED, policy, 0.0)
        pauses.append(state.until)
    assert pauses == [1.0, 3.0, 5.0, 5.0]
    state.succeeded()
    state.failed(REFUSED, policy, 0.0)
    assert state.until == 1.0


def test_initial_duration_zero_means_no_pause() -> None:
    state = EndpointState()
    state.failed(REFUSED, SuspensionPolicy(initial_duration=0), 0.0)
    assert state.ready(0.0)


def test_other_codes_than_those_listed_change_nothing() -> None:
    policy = SuspensionPolicy(mark_codes=frozenset({101506}), suspend_codes=frozenset({101504}))
    state = EndpointState()
    state.failed(REFUSED, policy, 0.0)
    assert state.state is State.ACTIVE


def test_marked_codes_use_up_retries_before_the_endpoint_rests() -> None:
    policy = SuspensionPolicy(mark_codes=frozenset({101503}), retries_before_suspension=2, retry_delay=500)
    state = EndpointState()
    state.failed(REFUSED, policy, 10.0)
    assert (state.state, state.until) == (State.TIMEOUT, 10.5)
    assert not state.ready(10.4)
    state.failed(REFUSED, policy, 11.0)
    assert state.state is State.TIMEOUT
    state.failed(REFUSED, policy, 12.0)
    assert state.state is State.SUSPENDED


def test_a_list_of_the_flow_matches_the_base_code_the_default_one_only_the_exact_code() -> None:
    given = SuspensionPolicy(mark_codes=frozenset({101505}), suspend_codes=frozenset())
    default = SuspensionPolicy(suspend_codes=frozenset({101503}))
    assert given.marks(CLOSED)
    assert not default.marks(CLOSED)
    assert default.marks((101504, 101504))


def test_never_rests() -> None:
    state = EndpointState()
    state.failed((101504, 101504), NEVER, 0.0)
    assert state.state is State.ACTIVE


def test_switched_off_stays_off_until_switched_on() -> None:
    state = EndpointState()
    state.switch_off()
    state.succeeded()
    state.failed(REFUSED, DEFAULT_POLICY, 0.0)
    assert state.state is State.OFF
    assert not state.ready(1e9)
    state.switch_on()
    assert state.ready(0.0)


@pytest.mark.parametrize("earlier", [10_000, 1_000_000])
def test_a_factor_that_overflows_stays_at_the_maximum(earlier: int) -> None:
    policy = SuspensionPolicy(initial_duration=1000, progression_factor=10.0, maximum_duration=60_000)
    assert policy.pause(earlier) == 60_000
