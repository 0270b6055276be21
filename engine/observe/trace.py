"""Step traces: what one message passed, how long each step took, and what it changed.

Imported only when a setting asks for traces; a message without one pays for a single comparison in each list it runs.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterable
from contextvars import ContextVar
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from engine.errors import MediationError
from engine.expressions import Value
from engine.mediators.base import CONTINUE, STOP, Flow, Mediator
from engine.mediators.flow import MediatorList, attend
from engine.message.body import HeaderPairs
from engine.message.context import MessageContext
from engine.message.exchange import HttpService, Reply, Services
from engine.message.inbound import Inbound
from engine.observe.glimpse import MARGIN, Glimpse, masked, shown
from engine.observe.redaction import Redactor
from engine.observe.steps import BackendCall, State, Step, fault_json, milliseconds

MOST_STEPS = 2000
"""Steps recorded of one message; later ones are only counted."""
ROOM = 1 << 20
"""Characters held of one message; once they are used up, steps are recorded without what they changed."""

_step: ContextVar[Step | None] = ContextVar("traced_step", default=None)
"""The step that runs here. Tasks that a step starts inherit it, so that parallel branches find their place."""


class Recorder:
    """The trace of one request; satisfies engine.message.exchange.Trace.

    `asked`: the client wants to see it; otherwise it is kept only if the message faults. `limit` is the number of
    characters shown of a payload or value.
    """

    __slots__ = (
        "_began",
        "_clock",
        "_entry",
        "_fault",
        "_handled",
        "_headers",
        "_message",
        "_method",
        "_room",
        "_target",
        "answer_body",
        "answer_headers",
        "answer_size",
        "answer_status",
        "asked",
        "correlation_id",
        "finished",
        "first_payload",
        "id",
        "left_out",
        "limit",
        "steps",
        "steps_count",
        "took",
    )

    def __init__(self, inbound: Inbound, *, asked: bool, limit: int) -> None:
        self.id = token_hex(8)
        self.asked = asked
        self.limit = limit
        self.correlation_id = ""
        self.steps: list[Step] = []
        self.steps_count = 0
        self.left_out = 0
        self.took: float | None = None
        self.finished = False
        self.first_payload: Glimpse | None = None
        self.answer_status: int | None = None
        self.answer_headers: HeaderPairs = []
        self.answer_body = ""
        self.answer_size: int | None = None
        self._began = datetime.now(UTC)
        self._clock = time.perf_counter()
        self._method = inbound.method
        self._target = inbound.target
        self._headers = inbound.headers
        self._message: MessageContext | None = None
        self._entry = ""
        self._fault: BaseException | None = None
        self._handled = False
        self._room = ROOM

    @property
    def faulted(self) -> bool:
        """Whether something went wrong with the message, handled by its flow or not."""
        return self._fault is not None

    # -- the life of the message
    def start(self, message: MessageContext) -> None:
        """The message is about to be served: record what happens to it, its calls, and faults nobody handles."""
        exchange = message.exchange
        message.trace = self
        self._message = message
        self.correlation_id = exchange.correlation_id
        self.first_payload = State(message, self.limit).payload
        exchange.services = TracedServices(exchange.services, self)
        tell_client = exchange.fail

        async def fail(message: MessageContext, error: MediationError) -> None:
            self._fault, self._handled = error, False
            await tell_client(message, error)

        exchange.fail = fail

    def answered(self, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes]) -> None:
        """The client gets its answer."""
        self.answer_status = status
        self.answer_headers = headers
        if isinstance(body, bytes):
            self.answer_size = len(body)
            self.answer_body = body[: 4 * (self.limit + MARGIN)].decode("utf-8", "replace")[: self.limit + MARGIN]

    def finish(self, error: BaseException | None = None) -> None:
        """The request is over; `error` is what came out of the engine instead of an answer."""
        self.took = self._now()
        self.finished = True
        if isinstance(error, Exception):
            self._fault, self._handled = error, False
        message = self._message
        if message is None:
            return
        self._message = None
        self._entry = message.exchange.log_prefix.strip(" {}") or message.exchange.entry
        noted = message.properties.get("ERROR_EXCEPTION")
        if self._fault is None and isinstance(noted, MediationError):
            self._fault, self._handled = noted, True

    # -- steps
    async def run(self, steps: MediatorList, message: MessageContext) -> Flow:
        """Run the list and record each of its mediators; same result and faults as the list's own `run`."""
        parent = _step.get()
        below = parent.steps if parent is not None else self.steps
        state: State | None = State(message, self.limit) if self._room > 0 else None
        if parent is not None and state is not None and parent.message is message:
            self._room -= parent.account(state, self.limit)
            if len(message.frames) > parent.frames and not parent.parameters:
                parent.parameters = {
                    name: _parameter(value, self.limit) for name, value in message.frames[-1].parameters.items()
                }
        mediator: Mediator | None = None
        try:
            for number, mediator in enumerate(steps.mediators, 1):
                if self.steps_count >= MOST_STEPS:
                    self.left_out += 1
                    flow = await attend(mediator, message)
                else:
                    self.steps_count += 1
                    step = Step(steps.name, number, mediator.label, str(mediator.place), self._now())
                    below.append(step)
                    step.base = state
                    try:
                        flow = await self._record(step, mediator, message)
                    finally:
                        state, step.base = step.base, None
                if flow is STOP:
                    return STOP
        except MediationError as error:
            steps.locate(error, mediator)
            raise
        except Exception as error:
            raise steps.unexpected(error, mediator) from error
        finally:
            if parent is not None and parent.message is message:
                parent.base = state
        return CONTINUE

    async def _record(self, step: Step, mediator: Mediator, message: MessageContext) -> Flow:
        step.message = message
        step.frames = len(message.frames)
        token = _step.set(step)
        begun = time.perf_counter()
        try:
            flow = await attend(mediator, message)
            step.outcome = "stop" if flow is STOP else "continue"
            return flow
        except Exception as error:
            step.outcome = "fault"
            if not any(below.outcome == "fault" for below in step.steps):
                step.error = error
            if self._fault is None:
                self._fault, self._handled = error, True
            raise
        finally:
            step.took = time.perf_counter() - begun
            _step.reset(token)
            step.message = None
            if step.outcome == "running":
                step.outcome = "cancelled"
            if self._room > 0 and step.base is not None:
                self._room -= step.account(State(message, self.limit, step.base), self.limit)
            else:
                step.base = None

    def _now(self) -> float:
        return time.perf_counter() - self._clock

    # -- calls
    def call_begins(self, method: str, url: str) -> BackendCall:
        """A request to a back end goes out, on behalf of the step that runs here."""
        call = BackendCall(method, url, self._now())
        step = _step.get()
        if step is not None and len(step.calls) < MOST_STEPS:
            step.calls.append(call)
        return call

    def call_ends(self, call: BackendCall) -> None:
        """The head of the answer is here, or will never be."""
        call.took = self._now() - call.at

    # -- for people
    def summary(self, redactor: Redactor) -> dict[str, Any]:
        """One line of a list of traces."""
        told: dict[str, Any] = {
            "id": self.id,
            "time": self._began.isoformat(timespec="milliseconds"),
            "method": self._method,
            "target": redactor.clean(self._target),
            "entry": self._entry,
            "status": self.answer_status,
            "finished": self.finished,
        }
        if self.took is not None:
            told["took_ms"] = milliseconds(self.took)
        if self._fault is not None:
            told["fault"] = {**fault_json(self._fault, redactor, self.limit), "handled": self._handled}
        return told

    def as_json(self, redactor: Redactor) -> dict[str, Any]:
        """The whole trace, as far as it has come; secrets masked."""
        told = self.summary(redactor)
        told["correlation_id"] = self.correlation_id
        told["request"] = {"headers": _headers(self._headers, redactor, self.limit)}
        if self.first_payload is not None:
            told["request"]["payload"] = self.first_payload.as_json(redactor, self.limit)
        if self.answer_status is not None:
            told["answer"] = answer = {
                "status": self.answer_status,
                "headers": _headers(self.answer_headers, redactor, self.limit),
            }
            if self.answer_size is not None:
                answer["size"] = self.answer_size
                answer["text"] = masked(redactor, self.answer_body, self.limit)
        told["steps"] = [each.as_json(redactor, self.limit) for each in self.steps]
        if self.left_out:
            told["steps_left_out"] = self.left_out
        if self._room <= 0:
            told["incomplete"] = "the trace is full: what the last steps changed is not in it"
        return told

    def forget(self) -> None:
        """Let go of everything; the trace has been told."""
        self.steps = []
        self._fault = None


class TracedServices:
    """The services of one traced request: the engine's own, with every call to a back end recorded."""

    __slots__ = ("_services", "http")

    def __init__(self, services: Services, recorder: Recorder) -> None:
        self._services = services
        self.http: HttpService = TracedHttp(services.http, recorder)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)


class TracedHttp:
    """The HTTP service of one traced request."""

    __slots__ = ("_http", "_recorder")

    def __init__(self, http: HttpService, recorder: Recorder) -> None:
        self._http = http
        self._recorder = recorder

    async def send(
        self, method: str, url: str, headers: HeaderPairs, body: bytes | AsyncIterable[bytes] = b"", **options: Any
    ) -> Reply:
        """Send one request and record how it went."""
        call = self._recorder.call_begins(method, url)
        try:
            reply = await self._http.send(method, url, headers, body, **options)
        except MediationError as error:
            call.error = f"{error.message} ({error.code})" + (f": {error.detail}" if error.detail else "")
            raise
        except BaseException as error:
            call.error = type(error).__name__
            raise
        else:
            call.status = reply.status
            return reply
        finally:
            self._recorder.call_ends(call)


def _parameter(value: object, limit: int) -> str:
    return shown(value.constant if isinstance(value, Value) else value, limit)


def _headers(pairs: HeaderPairs, redactor: Redactor, limit: int) -> dict[str, str]:
    """Header fields for people; repeated ones joined."""
    told: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name = raw_name.decode("latin-1")
        text = masked(redactor, raw_value.decode("latin-1"), limit, name=name)
        told[name] = f"{told[name]}, {text}" if name in told else text
    return told
