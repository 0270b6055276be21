"""What all answers of the sandbox have in common.

JSON as Salesforce writes it, streamed files, the org of a request.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from engine.sandbox.salesforce.errors import ApiError, json_error
from engine.sandbox.salesforce.org import Org

Json = Any
CSV_TYPE = "text/csv; charset=UTF-8"
_PIECE = 1 << 17
_JSON_LIMIT = 1 << 20


def org_of(request: Request) -> Org:
    """The org that serves a request."""
    org = request.app.state.org
    if not isinstance(org, Org):
        raise TypeError("the application has no org")
    return org


def json_response(request: Request, body: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer; indented with ` : ` when the request says `X-PrettyPrint: 1`."""
    if request.headers.get("x-prettyprint", "0") in ("1", "true"):
        text = json.dumps(body, ensure_ascii=False, indent=2, separators=(",", " : "))
    else:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status, headers, "application/json;charset=UTF-8")


def error_response(request: Request, error: ApiError) -> Response:
    """An HTTP error in Salesforce's form."""
    return json_response(request, error.body(), error.status, error.headers)


async def read_bounded(request: Request, limit: int = _JSON_LIMIT) -> bytes:
    """The request's body, refused when it is longer than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ApiError(413, "REQUEST_ENTITY_TOO_LARGE", f"The request body is longer than {limit} bytes")
    return bytes(body)


async def read_json(request: Request) -> dict[str, Json]:
    """The request's body as a JSON object. Raises ApiError."""
    return parse_json(await read_bounded(request))


def parse_json(text: bytes) -> dict[str, Json]:
    """Bytes as a JSON object. Raises ApiError."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise json_error(f"{error}" if text.strip() else "No content to map to Object due to end of input") from error
    if not isinstance(body, dict):
        raise json_error("Cannot deserialize instance: the body must be an object")
    return body


def file_response(
    path: Path, start: int, stop: int, *, head: bytes = b"", headers: dict[str, str] | None = None
) -> Response:
    """A stretch of a file, behind `head`, read piece by piece while it is sent."""
    length = len(head) + stop - start
    return StreamingResponse(
        _pieces(path, start, stop, head), 200, {"Content-Length": str(length), **(headers or {})}, CSV_TYPE
    )


async def _pieces(path: Path, start: int, stop: int, head: bytes) -> AsyncIterator[bytes]:
    if head:
        yield head
    if start >= stop:
        return
    handle = await anyio.to_thread.run_sync(lambda: path.open("rb"))
    try:
        handle.seek(start)
        left = stop - start
        while left:
            piece = await anyio.to_thread.run_sync(handle.read, min(left, _PIECE))
            if not piece:
                raise OSError(f"{path.name} is shorter than it was")
            left -= len(piece)
            yield piece
    finally:
        handle.close()
