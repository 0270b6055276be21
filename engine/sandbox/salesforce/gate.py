"""In front of every route: paths made uniform, planned trouble, the access token, the call counter."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.sandbox.salesforce.errors import ApiError, limit_exceeded, not_found, session_expired
from engine.sandbox.salesforce.faults import Fault
from engine.sandbox.salesforce.org import Org
from engine.sandbox.salesforce.settings import OLDEST_VERSION
from engine.sandbox.salesforce.web import error_response

ABORT = "salesforce.sandbox.abort"
"""Scope extension whose `call` breaks the connection, offered by the sandbox's own server."""

_log = logging.getLogger("synflow.sandbox.salesforce")
_DATA = "/services/data"
_VERSION = re.compile(r"/services/data/v(\d{1,3})\.0(/.*)?")
_WORDS = {
    word.lower(): word
    for word in (
        "batches",
        "successfulResults",
        "failedResults",
        "unprocessedRecords",
        "results",
        "resultPages",
    )
}
_JOB_PATH = re.compile(r"(.*/jobs/(?:ingest|query)/[^/]+/)([^/]+)")


class ConnectionDropped(Exception):
    """A planned break of the connection, where the server offers no way to break it."""


class Gate:
    """ASGI middleware around the routes of one org."""

    __slots__ = ("_app", "_org")

    def __init__(self, app: ASGIApp, org: Org) -> None:
        self._app = app
        self._org = org

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _uniform(scope["path"])
        scope = {**scope, "path": path, "raw_path": path.encode()}
        if path.startswith("/__sandbox"):
            await self._app(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        except ConnectionDropped as drop:
            _log.info("broke the connection of %s %s: %s", scope["method"], path, drop)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        try:
            receive, send = await self._trouble(scope, receive, send)
            if path != _DATA and path.startswith(_DATA):
                send = self._enter(scope, path, send)
        except ApiError as error:
            await error_response(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _enter(self, scope: Scope, path: str, send: Send) -> Send:
        """Check a call of the data API and count it. Raises ApiError."""
        match = _VERSION.fullmatch(path)
        if match is None or not OLDEST_VERSION <= int(match[1]) <= self._org.settings.newest_version:
            raise not_found()
        if not self._org.tokens.valid(Headers(scope=scope).get("authorization", "")):
            raise session_expired()
        org = self._org
        if org.settings.enforce_daily_limit and org.calls >= org.settings.daily_api_limit:
            raise limit_exceeded()
        org.calls += 1
        usage = f"api-usage={org.calls}/{org.settings.daily_api_limit}"

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Sforce-Limit-Info"] = usage
            await send(message)

        return send_counted

    async def _trouble(self, scope: Scope, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """Let planned trouble happen.

        Raises ApiError for an error answer, ConnectionDropped when nothing is left.
        """
        for fault in self._org.faults.take(scope["method"], scope["path"]):
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "status":
                raise fault.error()
            else:
                receive, send = _dropping(fault, _breaker(scope), receive, send)
        return receive, send


def _uniform(path: str) -> str:
    """The path without trailing slash, the last word of a job's path in its usual case."""
    path = path.rstrip("/") or "/"
    match = _JOB_PATH.fullmatch(path)
    if match is not None and match[2].lower() in _WORDS:
        return match[1] + _WORDS[match[2].lower()]
    return path


def _breaker(scope: Scope) -> Callable[[], None]:
    abort = scope.get("extensions", {}).get(ABORT, {}).get("call")

    def break_connection() -> None:
        if not callable(abort):
            raise ConnectionDropped("this server cannot break a connection")
        abort()

    return break_connection


def _dropping(fault: Fault, break_connection: Callable[[], None], receive: Receive, send: Send) -> tuple[Receive, Send]:
    """`receive` and `send` that break the connection when the fault says so.

    Raises ConnectionDropped at once for one that breaks before anything is read.
    """
    if fault.when == "request":
        break_connection()
        raise ConnectionDropped("planned")
    left = fault.after_bytes

    async def receive_some() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] == "http.request" and left <= 0:
            break_connection()
            return {"type": "http.disconnect"}
        return message

    async def send_some(message: Message) -> None:
        nonlocal left
        body = message.get("body", b"") if message["type"] == "http.response.body" else b""
        if message["type"] == "http.response.body" and len(body) >= left:
            await send({"type": "http.response.body", "body": body[:left], "more_body": True})
            break_connection()
            raise ConnectionDropped("planned")
        left -= len(body)
        await send(message)

    return (receive_some, send) if fault.when == "upload" else (receive, send_some)
