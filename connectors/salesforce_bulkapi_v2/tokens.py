"""The access token of a connection: renewed once for all calls that wait for it."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Any
from urllib.parse import quote

from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.errors import TokenFault
from engine.errors import TransportError
from engine.message.blob import collect
from engine.message.exchange import HttpService
from engine.values.json_document import JsonSyntaxError, parse

_STATE = "connectors.salesforce_bulkapi_v2.tokens"
_TIMEOUT = 60.0
_LONGEST_ANSWER = 1 << 20
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


class Tokens:
    """The token of one connection, kept as long as the connection's definition stays the same."""

    __slots__ = ("_connection", "_renewal", "current")

    def __init__(self, connection: SalesforceConnection) -> None:
        self._connection = connection
        self._renewal: asyncio.Task[str] | None = None
        self.current: str | None = connection.access_token

    async def renewed(self, stale: str | None, http: HttpService) -> str:
        """A token other than `stale`; all who ask while a renewal runs wait for that one. Raises TokenFault."""
        if self.current is not None and self.current != stale:
            return self.current
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew(http))
            self._renewal.add_done_callback(self._renewal_ended)
        try:
            return await asyncio.shield(self._renewal)
        except TokenFault as error:
            raise TokenFault(error.detail) from error  # one for each message: it collects the way through its flow

    def _renewal_ended(self, task: asyncio.Task[str]) -> None:
        self._renewal = None
        if not task.cancelled() and task.exception() is None:
            self.current = task.result()

    async def _renew(self, http: HttpService) -> str:
        connection = self._connection
        if not connection.renewable:
            raise TokenFault(
                "the connection has no accessToken, and not all of clientId, clientSecret and refreshToken"
            )
        credentials = f"{connection.client_id}:{connection.client_secret}".encode()
        headers = [
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"authorization", b"Basic " + base64.b64encode(credentials)),
            (b"accept", b"application/json"),
        ]
        body = f"grant_type=refresh_token&refresh_token={_form(connection.refresh_token or '')}".encode()
        url = connection.base + "/services/oauth2/token"
        try:
            reply = await http.send("POST", url, headers, body, timeout=_TIMEOUT)
            answer = (await collect(reply.body, limit=_LONGEST_ANSWER)).read()
        except TransportError as error:
            raise TokenFault(f"{url} could not be asked: {error.detail or error.message}") from error
        if reply.status != 200:
            raise TokenFault(f"{url} answered {reply.status}{_reason(answer)}")
        token = _member(answer, "access_token")
        if not token:
            raise TokenFault(f"the answer of {url} holds no access_token")
        return token


def tokens_of(state: dict[Any, Any], connection: SalesforceConnection) -> Tokens:
    """The tokens of a connection, kept across reloads."""
    known: dict[object, Tokens] = state.setdefault(_STATE, {})
    tokens = known.get(connection.identity)
    if tokens is None:
        tokens = known[connection.identity] = Tokens(connection)
    return tokens


def _form(value: str) -> str:
    """A value form-encoded; one that is percent-encoded already is left as it is."""
    return value if _ENCODED.search(value) else quote(value, safe="-._~")


def _member(answer: bytes, name: str) -> str:
    try:
        value = parse(answer)
    except JsonSyntaxError:
        return ""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _reason(answer: bytes) -> str:
    error, description = _member(answer, "error"), _member(answer, "error_description")
    return f": {error}" + (f" ({description})" if description else "") if error else ""
