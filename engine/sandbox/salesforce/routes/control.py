"""The switches under /__sandbox/: not part of Salesforce, for tests and demonstrations."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.salesforce.errors import json_error
from engine.sandbox.salesforce.faults import read_fault
from engine.sandbox.salesforce.web import json_response, org_of, read_json


async def status(request: Request) -> Response:
    """GET: pace, planned trouble, number of calls and jobs."""
    org = org_of(request)
    members = {
        "processingDelay": org.processor.pace.delay,
        "held": org.processor.pace.held,
        "faults": len(org.faults),
        "calls": org.calls,
        "jobs": {job.id: str(job.state) for job in org.jobs.all()},
    }
    return json_response(request, members)


async def add_fault(request: Request) -> Response:
    """POST: one fault, see `faults.Fault`."""
    org_of(request).faults.add(read_fault(await read_json(request)))
    return Response(status_code=204)


async def clear_faults(request: Request) -> Response:
    """DELETE: call all trouble off."""
    org_of(request).faults.clear()
    return Response(status_code=204)


async def expire_tokens(request: Request) -> Response:
    """POST: make every access token bad now."""
    org_of(request).tokens.expire_all()
    return Response(status_code=204)


async def lock_rows(request: Request) -> Response:
    """POST `{"count": n}`: the next rows of any load fail with UNABLE_TO_LOCK_ROW."""
    count = (await read_json(request)).get("count", 1)
    if not isinstance(count, int) or count < 0:
        raise json_error("count must be a number of rows")
    org_of(request).faults.lock_rows(count)
    return Response(status_code=204)


async def change_pace(request: Request) -> Response:
    """POST `{"processingDelay": seconds, "held": true}`: slow down, hold jobs InProgress, let them go."""
    body = await read_json(request)
    delay, held = body.get("processingDelay"), body.get("held")
    if delay is not None and (isinstance(delay, bool) or not isinstance(delay, (int, float)) or delay < 0):
        raise json_error("processingDelay must be a number of seconds")
    if held is not None and not isinstance(held, bool):
        raise json_error("held must be true or false")
    org_of(request).processor.pace.change(delay=None if delay is None else float(delay), held=held)
    return Response(status_code=204)


async def reset(request: Request) -> Response:
    """POST: a new org."""
    await org_of(request).reset()
    return Response(status_code=204)


def routes() -> list[Route]:
    """The paths of the switches."""
    return [
        Route("/__sandbox", status, methods=["GET"]),
        Route("/__sandbox/faults", add_fault, methods=["POST"]),
        Route("/__sandbox/faults", clear_faults, methods=["DELETE"]),
        Route("/__sandbox/expire-tokens", expire_tokens, methods=["POST"]),
        Route("/__sandbox/lock-rows", lock_rows, methods=["POST"]),
        Route("/__sandbox/pace", change_pace, methods=["POST"]),
        Route("/__sandbox/reset", reset, methods=["POST"]),
    ]
