"""The form with which a small job is made and loaded in one request."""

from __future__ import annotations

import re
from itertools import pairwise

from starlette.requests import Request

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.errors import ApiError
from engine.sandbox.salesforce.web import Json, parse_json, read_bounded

CONTENT_LIMIT = 100_000
_FORM_LIMIT = 1 << 20
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'\bname="?([^";\r\n]+)"?', re.IGNORECASE)


async def read_job_form(request: Request) -> tuple[dict[str, Json], bytes]:
    """The `job` part as JSON and the `content` part as it came. Raises ApiError."""
    match = _BOUNDARY.search(request.headers.get("content-type", ""))
    if match is None:
        raise ApiError(400, "INVALIDJOB", "The multipart body has no boundary")
    parts = split_parts(await read_bounded(request, _FORM_LIMIT), (match[1] or match[2]).encode())
    job, content = parts.get("job"), parts.get("content")
    if job is None or content is None:
        raise ApiError(400, "INVALIDJOB", "The multipart body must have the parts 'job' and 'content'")
    if len(content.decode("utf-8", "replace")) > CONTENT_LIMIT:
        raise ApiError(400, "INVALIDJOB", errors.MULTIPART_TOO_LARGE)
    return parse_json(job), content


def split_parts(body: bytes, boundary: bytes) -> dict[str, bytes]:
    """The parts of a form by name. Lines may end with LF alone, as hand-written requests do."""
    parts: dict[str, bytes] = {}
    marker = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    found = list(marker.finditer(body))
    for begin, end in pairwise(found):
        if begin[1]:
            break
        raw = body[begin.end() : end.start()]
        head, _, content = (
            re.split(rb"(\r?\n\r?\n)", raw, maxsplit=1) if re.search(rb"\r?\n\r?\n", raw) else (raw, b"", b"")
        )
        name = _NAME.search(head)
        if name is not None:
            parts[name[1].decode("latin-1")] = content
    return parts
