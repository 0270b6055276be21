"""Step traces and the last faulted messages on the management port, for clients on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.observe.loopback import is_loopback
from engine.observe.trace_store import KeptTraces, Shelf

OFF = (
    "no traces are kept: set allow_header = true or keep_faulted = N under [trace] in conf/synflow.toml, or "
    "SYNFLOW_TRACE_ALLOW_HEADER=true or SYNFLOW_TRACE_KEEP_FAULTED=N in the environment"
)


def trace_routes(traces: KeptTraces | None) -> list[Route]:
    """`/traces`, `/traces/ID`, `/faults`, `/faults/ID`: lists newest first, and the whole trace."""

    def local(answer: Callable[[KeptTraces, Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if request.client is None or not is_loopback(request.client.host):
                return JSONResponse({"Error": "traces show what messages hold, so they stay on this machine"}, 403)
            return JSONResponse({"Error": OFF}, 404) if traces is None else answer(traces, request)

        return endpoint

    return [
        Route("/traces", local(lambda kept, _: _listing(kept.asked))),
        Route("/faults", local(lambda kept, _: _listing(kept.faults))),
        Route("/traces/{id}", local(_one)),
        Route("/faults/{id}", local(_one)),
    ]


def _listing(shelf: Shelf) -> Response:
    listed = [dict(each.summary) for each in shelf]
    return JSONResponse({"count": len(listed), "list": listed})


def _one(traces: KeptTraces, request: Request) -> Response:
    found = traces.find(request.path_params["id"])
    if found is None:
        return JSONResponse({"Error": f"there is no trace {request.path_params['id']}, or not any more"}, 404)
    return Response(found, media_type="application/json")
