"""The part of the management port that people and tools read: problems, artifacts, counters, version."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from engine.diagnostics import Problem, Severity
from engine.management.app import version
from engine.management.state import StateOf
from engine.management.trace_routes import trace_routes
from engine.observe.metrics import exposition
from engine.observe.trace_store import KeptTraces


def create_routes(state: StateOf, traces: KeptTraces | None = None) -> Starlette:
    """The application over `state`, which is asked anew for each request, and over the traces when any are kept."""

    async def problems(request: Request) -> Response:
        now = state()
        if "text/plain" in request.headers.get("accept", ""):
            text = "".join(f"{_problem(each)}\n" for each in now.problems)
            return PlainTextResponse(text or "no problems\n")
        return JSONResponse({"problems": list(now.problems), "files": now.files})

    async def artifacts(request: Request) -> Response:
        kind = request.query_params.get("kind")
        listed = [each for each in state().artifacts if kind is None or each["kind"] == kind]
        return JSONResponse({"count": len(listed), "list": listed})

    async def about(request: Request) -> Response:
        now = state()
        return JSONResponse(
            {"product": "synflow", "version": version(), "phase": now.phase, "deployment": now.generation}
        )

    async def metrics(request: Request) -> Response:
        return PlainTextResponse(exposition(state().metrics), media_type="text/plain; version=0.0.4")

    return Starlette(
        routes=[
            Route("/", about),
            Route("/version", about),
            Route("/problems", problems),
            Route("/artifacts", artifacts),
            Route("/metrics", metrics),
            Route("/metric-service/metrics", metrics),
            *trace_routes(traces),
        ]
    )


def _problem(value: object) -> Problem:
    assert isinstance(value, dict)
    fields = dict(value)
    severity = Severity(fields.pop("severity"))
    return Problem(fields.pop("code"), severity, **fields)
