"""Which requests are traced, and the way of a trace from the request to the shelf."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import AsyncIterable, Awaitable
from typing import Protocol

from engine.message.body import HeaderPairs
from engine.message.exchange import Trace
from engine.message.inbound import Handler, Inbound
from engine.observe.loopback import is_loopback
from engine.observe.redaction import Redactor
from engine.observe.trace import Recorder
from engine.observe.trace_store import KeptTrace, KeptTraces
from engine.settings.model import Trace as TraceSettings

log = logging.getLogger("synflow.trace")

WANTED = b"x-synflow-trace"
TOLD = b"x-synflow-trace-id"
_VIA_PROXY = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})


class Traceable(Protocol):
    """A handler that can have its work recorded."""

    def __call__(self, inbound: Inbound, trace: Trace | None = None) -> Awaitable[None]:
        """Serve one request."""
        ...


class Traces(KeptTraces):
    """The traces of one process: of requests that run, and those that are kept."""

    __slots__ = ("_fresh", "_redactor", "_running", "settings")

    def __init__(self, settings: TraceSettings, redactor: Redactor) -> None:
        super().__init__(settings.keep_faulted, settings.keep_bytes)
        self.settings = settings
        self._redactor = redactor
        self._running: dict[str, Recorder] = {}
        self._fresh: deque[KeptTrace] = deque(maxlen=max(settings.keep_faulted, 1) + 50)

    def begin(self, inbound: Inbound) -> Recorder | None:
        """The recorder of a request; None when it is not traced."""
        asked = self.settings.allow_header and wants_trace(inbound)
        if not asked and not self.settings.keep_faulted:
            return None
        recorder = Recorder(inbound, asked=asked, limit=self.settings.max_characters)
        if asked:
            self._running[recorder.id] = recorder
        return recorder

    def end(self, recorder: Recorder, error: BaseException | None) -> None:
        """The request is over: keep its trace if somebody may want it."""
        recorder.finish(error)
        self._running.pop(recorder.id, None)
        faulted = recorder.faulted and self.settings.keep_faulted > 0
        if recorder.asked or faulted:
            kept = KeptTrace.of(
                recorder.summary(self._redactor),
                recorder.as_json(self._redactor),
                asked=recorder.asked,
                faulted=faulted,
            )
            self.add(kept)
            self._fresh.append(kept)
        recorder.forget()

    def find(self, trace_id: str) -> bytes | None:
        """The JSON text of a trace; of one that still runs, as far as it has come."""
        running = self._running.get(trace_id)
        if running is None:
            return super().find(trace_id)
        return json.dumps(running.as_json(self._redactor)).encode()

    def fresh(self) -> list[KeptTrace]:
        """The traces kept since the last call, for the supervisor of this process."""
        listed = list(self._fresh)
        self._fresh.clear()
        return listed


class _Traced:
    """A request whose answer is noted and, when its client asked for the trace, carries the trace's id."""

    __slots__ = ("_inbound", "_recorder", "headers")

    def __init__(self, inbound: Inbound, recorder: Recorder) -> None:
        self._inbound = inbound
        self._recorder = recorder
        self.headers: HeaderPairs = (
            [pair for pair in inbound.headers if pair[0] != WANTED] if recorder.asked else inbound.headers
        )

    def __getattr__(self, name: str) -> object:
        return getattr(self._inbound, name)

    async def respond(
        self, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes], *, reason: bytes = b""
    ) -> None:
        """Answer, and note the answer."""
        recorder = self._recorder
        recorder.answered(status, headers, body)
        if recorder.asked:
            headers = [*headers, (TOLD, recorder.id.encode())]
        await self._inbound.respond(status, headers, body, reason=reason)


def with_traces(serve: Traceable, traces: Traces) -> Handler:
    """`serve`, with those requests recorded that `traces` wants."""

    async def handle(inbound: Inbound) -> None:
        recorder = traces.begin(inbound)
        if recorder is None:
            await serve(inbound)
            return
        error: BaseException | None = None
        try:
            await serve(_Traced(inbound, recorder), recorder)  # type: ignore[arg-type]
        except BaseException as raised:
            error = raised
            raise
        finally:
            traces.end(recorder, error)

    return handle


def wants_trace(inbound: Inbound) -> bool:
    """Whether the request asks to be traced and comes from this machine, not through a proxy on it."""
    asked = next((value for name, value in inbound.headers if name == WANTED), b"")
    if asked.strip().lower() in (b"", b"0", b"false", b"off"):
        return False
    if (
        inbound.client is None
        or not is_loopback(inbound.client[0])
        or any(name in _VIA_PROXY for name, _ in inbound.headers)
    ):
        log.warning("the X-Synflow-Trace header of a client that is not on this machine is ignored")
        return False
    return True
