"""Quality-of-service children of an endpoint: time limit, suspension, retries."""

from __future__ import annotations

import logging

from engine.build import Build
from engine.endpoints.suspension import DEFAULT_POLICY, SuspensionPolicy
from engine.expressions import Value
from engine.message.context import MessageContext
from engine.records import dataclass
from engine.source.node import Node

log = logging.getLogger("synflow.endpoint")

ADDRESSING = {
    "final": "http://www.w3.org/2005/08/addressing",
    "submission": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
}
DEFAULT_TIMEOUT = 120.0
"""Seconds to wait where neither endpoint nor settings say."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How patient an endpoint is.

    `timeout` in milliseconds, constant or `{expression}`; `fixed` is a constant one in seconds, 0 for none.
    `addressing` is the namespace of the WS-Addressing headers to write. `secured`: WS-Security is asked for, which this
    engine does not have; such an endpoint refuses every message, since it would leave unprotected.
    """

    timeout: Value | None = None
    fixed: float = 0.0
    timeout_action: str = ""
    suspension: SuspensionPolicy = DEFAULT_POLICY
    no_retry_codes: frozenset[int] = frozenset()
    retry_codes: frozenset[int] | None = None
    addressing: str = ""
    secured: bool = False

    @property
    def content_aware(self) -> bool:
        """Whether the time limit is read from the payload."""
        return self.timeout is not None and self.timeout.content_aware

    def seconds(self, message: MessageContext, label: str) -> float | None:
        """Seconds to wait for the reply; None for ever.

        A limit worked out for a message never exceeds the global one.
        """
        own = self.fixed
        if own:
            return own
        settings = message.exchange.services.settings
        longest = settings.mediation.endpoint_timeout if settings is not None else DEFAULT_TIMEOUT
        if self.timeout is not None and self.timeout.dynamic:
            text = self.timeout.text(message)
            try:
                own = int(float(text or "")) / 1000
            except (ValueError, OverflowError):
                log.warning("%s: the time limit %r is no number of milliseconds; the global one counts", label, text)
            else:
                if own > 0:
                    return min(own, longest) if longest else own
        return longest or None

    def may_retry(self, codes: tuple[int, ...]) -> bool:
        """Whether a failover or load-balance group may try the next child after these error codes."""
        if any(code in self.no_retry_codes for code in codes):
            return False
        return self.retry_codes is None or any(code in self.retry_codes for code in codes)


def read_quality(node: Node, build: Build) -> Quality:
    """Read the children that every leaf endpoint may have."""
    timeout, action = _read_timeout(node, build)
    mark = node.child("markForSuspension")
    mark_codes: frozenset[int] | None = None
    retries, delay = 0, 0
    if mark is not None:
        mark_codes = _codes(mark, "errorCodes")
        retries = _number(mark, "retriesBeforeSuspension", 0, "the endpoint rests at once") or 0
        delay = _number(mark, "retryDelay", 0, "there is no delay") or 0
        mark.finish()
    suspend = node.child("suspendOnFailure")
    suspend_codes: frozenset[int] | None = None
    initial, factor = -1, 1.0
    maximum: int | None = None
    old = node.child_text("suspendDurationOnFailure")
    if old is not None:
        initial = (node.whole_number("suspendDurationOnFailure", old, 0, minimum=0, strict=False) or 0) * 1000
    if suspend is not None:
        suspend_codes = _codes(suspend, "errorCodes")
        never = suspend_codes == frozenset({-1})  # the usual way to switch suspension off
        initial_given = _number(suspend, "initialDuration", initial, "" if never else "the endpoint rests 30 seconds")
        initial = -1 if initial_given is None else initial_given
        factor = _factor(suspend)
        maximum = _number(suspend, "maximumDuration", None, "" if never else "there is no longest pause")
        suspend.finish()
    retry = node.child("retryConfig")
    no_retry: frozenset[int] = frozenset()
    retry_codes: frozenset[int] | None = None
    if retry is not None:
        no_retry = _codes(retry, "disabledErrorCodes") or frozenset()
        retry_codes = _codes(retry, "enabledErrorCodes")
        retry.finish()
    policy = SuspensionPolicy(mark_codes, retries, delay, suspend_codes, initial, factor, maximum)
    fixed = int(timeout.constant) / 1000 if timeout is not None and not timeout.dynamic else 0.0
    return Quality(timeout, fixed, action, policy, no_retry, retry_codes, _read_addressing(node), _read_security(node))


def _read_timeout(node: Node, build: Build) -> tuple[Value | None, str]:
    child = node.child("timeout")
    if child is None:
        return None, ""
    duration: Value | None = None
    holder = child.child("duration")
    if holder is not None:
        text = holder.text()
        duration = build.compiled_value(holder, text) if text.startswith("{") else Value(text)
        if (
            duration is not None
            and not duration.dynamic
            and holder.whole_number("duration", text, None, minimum=0) is None
        ):
            duration = None
        holder.finish()
    action_node = child.child("responseAction")
    if action_node is None:
        action_node = child.child("action")
    action = ""
    if action_node is not None:
        text = action_node.text()
        action = action_node.chosen("responseAction", text, ("discard", "fault"), "", fold=True)
        action_node.finish()
    child.finish()
    return duration, action


def _read_addressing(node: Node) -> str:
    child = node.child("enableAddressing")
    if child is None:
        return ""
    version = child.choice("version", tuple(ADDRESSING), "final", strict=False)
    child.flag("separateListener")
    child.finish()
    return ADDRESSING[version]


def _read_security(node: Node) -> bool:
    child = node.child("enableSec")
    if child is None:
        return False
    child.accept_anything()
    child.warning(
        "SYN074",
        "<enableSec> asks for WS-Security, which this engine does not have: no message is sent to this endpoint, it "
        "would leave unprotected",
        hint="secure the connection with https and remove the element",
    )
    return True


def _number(node: Node, name: str, default: int | None, unset: str = "") -> int | None:
    """The whole number in a child; a negative one counts as not given, which `unset` explains."""
    child = node.child(name)
    if child is None:
        return default
    text = child.text()
    child.finish()
    found = child.whole_number(name, text, default)
    if found is not None and found < 0:
        if unset:
            child.warning("SYN023", f"{name} is {found}, which counts as not given: {unset}", hint="remove it")
        return default
    return found


def _factor(node: Node) -> float:
    child = node.child("progressionFactor")
    if child is None:
        return 1.0
    text = child.text()
    child.finish()
    try:
        factor = float(text)
    except ValueError:
        child.error("SYN023", f"progressionFactor must be a number, not {text!r}", hint="write for example 2.0")
        return 1.0
    if not factor > 0:
        child.warning("SYN023", f"progressionFactor is {text}, which counts as not given: pauses do not grow")
        return 1.0
    return factor


def _codes(node: Node, name: str) -> frozenset[int] | None:
    """A list of error codes, separated by commas or blanks; None when absent or empty (which means every error)."""
    child = node.child(name)
    if child is None:
        return None
    codes = set()
    if not child.text():
        child.warning("SYN021", f"<{name}> is empty, as if it were not there", hint="list codes such as 101503")
    for word in child.text().replace(",", " ").split():
        number = child.whole_number(name, word)
        if number is not None:
            codes.add(number)
            if number < 0:
                child.info(
                    "SYN023",
                    f"{name}: no error has the code {word}, so it matches none",
                    hint="list codes such as 101503",
                )
    child.finish()
    return frozenset(codes) if codes else None
