"""Calls to Salesforce: headers, tokens, and waiting when told to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote

from connectors.salesforce_bulkapi_v2.connection import API, SalesforceConnection
from connectors.salesforce_bulkapi_v2.tokens import tokens_of
from engine.message.blob import Blob
from engine.message.body import HeaderPairs
from engine.message.context import MessageContext
from engine.message.exchange import Reply
from engine.records import dataclass

log = logging.getLogger("synflow.connectors.salesforce")

RENEWAL_STATUSES = frozenset({401, 403, 407, 409, 440, 441, 451, 459, 499})
"""Replies that make the connector get a new token and send the call again (CallBulkApi of the reference)."""

_DROPPED = frozenset(
    {
        b"authorization",
        b"host",
        b"content-length",
        b"content-type",
        b"content-encoding",
        b"transfer-encoding",
        b"connection",
        b"keep-alive",
        b"te",
        b"trailer",
        b"upgrade",
        b"expect",
        b"proxy-authorization",
        b"proxy-connection",
        b"proxy-authenticate",
        b"accept-encoding",
        b"date",
        b"server",
        b"set-cookie",
        b"vary",
        b"www-authenticate",
        b"strict-transport-security",
        b"sforce-locator",
        b"sforce-numberofrecords",
        b"sforce-limit-info",
        b"last-modified",
        b"etag",
        b"cache-control",
    }
)
_BUSY = frozenset({429, 503})
_REPEATABLE = frozenset({"GET", "DELETE"})
_MAX_WAITS = 3
_LONGEST_WAIT = 30.0
_PROGRESS = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call below the jobs resource."""

    method: str
    path: str
    body: bytes | Blob = b""
    content_type: str = ""


def job_path(kind: str, job_id: str, rest: str = "") -> str:
    """`/ingest/750../batches/`: the id cannot reach outside of its segment."""
    return f"/{kind}/{quote(job_id, safe='')}{rest}"


async def perform(message: MessageContext, connection: SalesforceConnection, call: Call) -> Reply:
    """Send the call, with a new token when Salesforce wants one. Raises TokenFault and TransportError."""
    http = message.exchange.services.http
    tokens = tokens_of(message.exchange.services.state, connection)
    token = tokens.current
    fetched = token is None
    if token is None:
        token = await tokens.renewed(None, http)
    reply = await _patiently(message, connection, call, token)
    refused = reply.status == 401 if fetched else reply.status in RENEWAL_STATUSES
    if refused and connection.renewable:
        await reply.body.aclose()
        token = await tokens.renewed(token, http)
        reply = await _patiently(message, connection, call, token)
    return reply


async def _patiently(message: MessageContext, connection: SalesforceConnection, call: Call, token: str) -> Reply:
    """Send the call; one that may be repeated is, when Salesforce says how long to wait."""
    waits = 0
    while True:
        reply = await _send(message, connection, call, token)
        if reply.status not in _BUSY or call.method not in _REPEATABLE or waits == _MAX_WAITS:
            return reply
        delay = retry_after(reply.headers)
        if delay is None or delay > _LONGEST_WAIT:
            return reply
        waits += 1
        log.warning(
            "Salesforce answered %d to %s %s; trying again after %g s", reply.status, call.method, call.path, delay
        )
        await reply.body.aclose()
        await asyncio.sleep(delay)


async def _send(message: MessageContext, connection: SalesforceConnection, call: Call, token: str) -> Reply:
    headers = message.headers.pairs(_DROPPED)
    headers.append((b"authorization", b"Bearer " + token.encode("utf-8")))
    if call.content_type:
        headers.append((b"content-type", call.content_type.encode()))
    url = connection.base + API + call.path
    http = message.exchange.services.http
    if isinstance(call.body, bytes):
        return await http.send(call.method, url, headers, call.body)
    body = progressing(call.body, f"uploading to {call.path}", call.body.size)
    return await http.send(call.method, url, headers, body, content_length=call.body.size)


def retry_after(headers: HeaderPairs) -> float | None:
    """Seconds that Retry-After asks for, None when it does not."""
    for name, value in headers:
        if name.lower() == b"retry-after":
            text = value.decode("latin-1").strip()
            if text.isdigit():
                return float(text)
            from email.utils import parsedate_to_datetime

            try:
                when = parsedate_to_datetime(text)
            except ValueError:
                return None
            return max(0.0, (when.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    return None


async def progressing(
    chunks: Blob | AsyncIterator[bytes], what: str, total: int | None, *, seconds: float = _PROGRESS
) -> AsyncIterator[bytes]:
    """The same chunks, with a line in the log now and then while they pass."""
    done = 0
    told = time.monotonic()
    async for chunk in chunks:
        yield chunk
        done += len(chunk)
        now = time.monotonic()
        if now - told >= seconds:
            told = now
            log.info("%s: %d%s MiB", what, done >> 20, "" if total is None else f" of {total >> 20}")
