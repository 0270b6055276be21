"""The management application. Probes are answered at once; the rest is a Starlette application made when first used.

An engine that starts has better things to do than to import a framework, and most engines are only ever asked how
they are.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.management.state import State, StateOf

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from engine.observe.trace_store import KeptTraces

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ManagementApp:
    """`/healthz`, `/liveness` and `/readiness` by itself; `/problems`, `/artifacts`, `/metrics`, `/version` below,
    and `/traces` and `/faults` out of `traces`, where the settings ask for them.
    """

    __slots__ = ("_rest", "_state", "_traces")

    def __init__(self, state: StateOf, traces: KeptTraces | None = None) -> None:
        self._state = state
        self._traces = traces
        self._rest: Starlette | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request as an ASGI application."""
        probe = PROBES.get(scope["path"]) if scope["type"] == "http" else None
        if probe is not None and scope["method"] in ("GET", "HEAD"):
            status, answer = probe(self._state())
            body = (json.dumps(answer, ensure_ascii=False) + "\n").encode()
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": [
                        (b"content-type", b"application/json"),
                        (b"content-length", str(len(body)).encode()),
                        (b"cache-control", b"no-store"),
                    ],
                }
            )
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
            return
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if self._rest is None:
            from engine.management.routes import create_routes

            self._rest = create_routes(self._state, self._traces)
        await self._rest(scope, receive, send)


def readiness(state: State) -> tuple[int, dict[str, Any]]:
    """200 once everything deployed serves as its files say; else 503. What is wrong is told in both cases."""
    return (200 if state.ready else 503), {
        "status": "ready" if state.ready else "not ready",
        "phase": state.phase,
        "deployment": state.generation,
        "files": state.files,
        "artifacts": len(state.artifacts),
        "problems": list(state.problems),
    }


def liveness(state: State) -> tuple[int, dict[str, Any]]:
    """200 as long as the process answers, as MI's."""
    return 200, {"server": "started"}


def health(state: State) -> tuple[int, dict[str, Any]]:
    """MI's readiness probe: 500 while a carbon application is faulty."""
    answer: dict[str, Any] = {"version": version(), "update_level": "-"}
    if state.faulty_applications:
        return 500, {
            **answer,
            "status": "not ready, faulty CAPPs detected",
            "Faulty CAPPs": [file.rpartition("/")[2] for file in state.faulty_applications],
        }
    if state.phase != "serving":
        return 503, {**answer, "status": "not ready"}
    return 200, {**answer, "status": "ready"}


PROBES: dict[str, Callable[[State], tuple[int, dict[str, Any]]]] = {
    "/readiness": readiness,
    "/liveness": liveness,
    "/healthz": health,
}


@cache
def version() -> str:
    """The version of the installed package; "unknown" when it runs from a source tree."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("synflow")
    except PackageNotFoundError:
        return "unknown"


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
