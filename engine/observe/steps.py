"""What a trace knows of one step: where, how long, and what became of the message."""

from __future__ import annotations

from typing import Any

from engine.errors import MediationError
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.observe.glimpse import Glimpse, glimpse, masked, shown
from engine.observe.redaction import Redactor
from engine.records import dataclass


class State:
    """What a message held at one moment: its scopes by their names in XML, and a glimpse of its payload."""

    __slots__ = ("_held", "payload", "scopes")

    def __init__(self, message: MessageContext, limit: int, before: State | None = None) -> None:
        self.scopes: dict[str, dict[str, object]] = {
            "default": dict(message.properties),
            "variable": dict(message.variables),
            "transport": dict(message.headers),
            "axis2": dict(message.axis2),
            "operation": dict(message.operation),
            "axis2-client": dict(message.client_options),
            "analytics": dict(message.analytics),
        }
        payload = message.payload
        self._held = (payload, payload.kind, payload.blob, payload.known_json_text)
        self.payload: Glimpse = (
            before.payload if before is not None and self._holds_what(before) else glimpse(payload, limit)
        )

    def _holds_what(self, before: State) -> bool:
        """Whether the payload is certainly what it was; only then need nobody look at it again."""
        _, kind, _, json_text = self._held
        if kind is PayloadKind.XML or (kind is PayloadKind.JSON and json_text is None):
            return False
        return all(now is then for now, then in zip(self._held, before._held, strict=True))


@dataclass(frozen=True, slots=True)
class Change:
    """A property, variable or header that a step set, replaced or removed; None where there was or is none."""

    scope: str
    name: str
    before: str | None
    after: str | None

    @property
    def size(self) -> int:
        """Characters held."""
        return len(self.name) + len(self.before or "") + len(self.after or "")

    def as_json(self, redactor: Redactor, limit: int) -> dict[str, Any]:
        """For people, secrets masked."""
        told: dict[str, Any] = {"scope": self.scope, "name": self.name}
        for key, text in (("before", self.before), ("after", self.after)):
            if text is not None:
                told[key] = masked(redactor, text, limit, name=self.name)
        return told


def changes(before: State, after: State, limit: int) -> list[Change]:
    """What differs in the scopes, scope by scope, in the order in which the names came."""
    found: list[Change] = []
    for scope, old in before.scopes.items():
        new = after.scopes[scope]
        for name, value in old.items():
            if name not in new:
                found.append(Change(scope, name, shown(value, limit), None))
            elif not _equal(value, new[name]):
                found.append(Change(scope, name, shown(value, limit), shown(new[name], limit)))
        found += [Change(scope, name, None, shown(value, limit)) for name, value in new.items() if name not in old]
    return found


def _equal(old: object, new: object) -> bool:
    return old is new or (type(old) is type(new) and isinstance(old, str | int | float) and old == new)


@dataclass(slots=True)
class BackendCall:
    """One request to a back end: the answer's status and the seconds until its head was here, or what went wrong."""

    method: str
    url: str
    at: float
    took: float | None = None
    status: int | None = None
    error: str = ""

    def as_json(self, redactor: Redactor) -> dict[str, Any]:
        """For people, secrets masked."""
        told: dict[str, Any] = {"method": self.method, "url": redactor.clean(self.url), "at_ms": milliseconds(self.at)}
        if self.took is not None:
            told["took_ms"] = milliseconds(self.took)
        if self.status is not None:
            told["status"] = self.status
        if self.error:
            told["error"] = redactor.clean(self.error)
        return told


class Step:
    """One mediator that a message passed, with the steps below it."""

    __slots__ = (
        "at",
        "base",
        "calls",
        "changes",
        "error",
        "frames",
        "list_name",
        "message",
        "name",
        "number",
        "outcome",
        "parameters",
        "payload",
        "place",
        "steps",
        "took",
    )

    def __init__(self, list_name: str, number: int, name: str, place: str, at: float) -> None:
        self.list_name = list_name
        self.number = number
        self.name = name
        self.place = place
        self.at = at
        self.took: float | None = None
        self.outcome = "running"
        self.error: MediationError | Exception | None = None
        self.changes: list[Change] = []
        self.payload: tuple[Glimpse, Glimpse] | None = None
        self.parameters: dict[str, str] = {}
        self.calls: list[BackendCall] = []
        self.steps: list[Step] = []
        self.message: MessageContext | None = None
        self.frames = 0
        self.base: State | None = None
        """The state up to which everything is accounted for, by this step or by one below it."""

    def account(self, state: State, limit: int) -> int:
        """What has changed since `base` is this step's doing. Returns the characters that takes."""
        before = self.base
        self.base = state
        if before is None or before is state:
            return 0
        found = changes(before, state, limit)
        self.changes += found
        size = sum(each.size for each in found)
        if before.payload != state.payload:
            self.payload = (self.payload[0] if self.payload else before.payload, state.payload)
            size += len(before.payload.text) + len(state.payload.text)
        return size

    def as_json(self, redactor: Redactor, limit: int) -> dict[str, Any]:
        """For people; what does not apply is left out."""
        told: dict[str, Any] = {
            "in": self.list_name,
            "number": self.number,
            "name": redactor.clean(self.name),
            "place": self.place,
            "at_ms": milliseconds(self.at),
            "outcome": self.outcome,
        }
        if self.took is not None:
            told["took_ms"] = milliseconds(self.took)
        if self.error is not None:
            told["fault"] = fault_json(self.error, redactor, limit)
        if self.parameters:
            told["parameters"] = {
                name: masked(redactor, text, limit, name=name) for name, text in self.parameters.items()
            }
        if self.changes:
            told["changes"] = [each.as_json(redactor, limit) for each in self.changes]
        if self.payload is not None:
            told["payload"] = {
                "before": self.payload[0].as_json(redactor, limit),
                "after": self.payload[1].as_json(redactor, limit),
            }
        if self.calls:
            told["calls"] = [each.as_json(redactor) for each in self.calls]
        if self.steps:
            told["steps"] = [each.as_json(redactor, limit) for each in self.steps]
        return told


def fault_json(error: BaseException, redactor: Redactor, limit: int) -> dict[str, Any]:
    """A fault for people: what, why, where."""
    if not isinstance(error, MediationError):
        return {"message": masked(redactor, shown(f"{type(error).__name__}: {error}", limit), limit)}
    told: dict[str, Any] = {"code": error.code, "message": masked(redactor, shown(error.message, limit), limit)}
    if error.detail:
        told["detail"] = masked(redactor, shown(error.detail, limit), limit)
    if error.path:
        told["location"] = error.location
    return told


def milliseconds(seconds: float) -> float:
    """Seconds as milliseconds, to the microsecond."""
    return round(seconds * 1000, 3)
