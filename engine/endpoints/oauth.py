"""OAuth 2 of http endpoints: client credentials, password and refresh token grants (OAuthHandler)."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from urllib.parse import quote, unquote_plus

from engine.build import Build
from engine.endpoints.authentication import Credentials
from engine.endpoints.credentials import basic, read_value, text_value
from engine.errors import DeliveryError, ErrorCode, MediationError
from engine.expressions import Value
from engine.message.blob import collect
from engine.message.body import HeaderPairs
from engine.message.context import MessageContext
from engine.message.exchange import HttpService
from engine.message.headers import wire_value
from engine.records import dataclass
from engine.source.node import Node

log = logging.getLogger("synflow.endpoint")

TOKEN_SECONDS = 3000.0
"""How long a token is used, whatever expires_in says (synapse.endpoint.http.oauth.cache.timeout)."""
GRANTS = {
    "clientCredentials": "client_credentials",
    "passwordCredentials": "password",
    "authorizationCode": "refresh_token",
}
_NEEDED = {
    "clientCredentials": ("clientId", "clientSecret", "tokenUrl"),
    "passwordCredentials": ("username", "password", "tokenUrl"),
    "authorizationCode": ("clientId", "clientSecret", "refreshToken", "tokenUrl"),
}
_FIELDS = ("clientId", "clientSecret", "tokenUrl", "refreshToken", "username", "password", "authMode")
_REPLY_LIMIT = 1 << 20
_MANY = 1000


class Token:
    """One cached token. All who need it while it is being fetched wait for the same request."""

    __slots__ = ("_pending", "_until", "_value")

    def __init__(self) -> None:
        self._value: bytes | None = None
        self._until = 0.0
        self._pending: asyncio.Task[bytes] | None = None

    @property
    def stale(self) -> bool:
        """Whether nobody would get this token any more."""
        return self._pending is None and time.monotonic() >= self._until

    async def get(self, fetch: Callable[[], Awaitable[bytes]]) -> bytes:
        """The token, fetched when there is none or its time is over."""
        if self._value is not None and time.monotonic() < self._until:
            return self._value
        if self._pending is None:
            self._pending = asyncio.ensure_future(self._fetched(fetch))
            self._pending.add_done_callback(_seen)
        return await asyncio.shield(self._pending)

    def drop(self, value: bytes) -> None:
        """Forget the token if it still is this one."""
        if self._value == value:
            self._value = None

    async def _fetched(self, fetch: Callable[[], Awaitable[bytes]]) -> bytes:
        try:
            value = await fetch()
            self._value, self._until = value, time.monotonic() + TOKEN_SECONDS
            return value
        finally:
            self._pending = None


def _seen(task: asyncio.Task[bytes]) -> None:
    """A failure reaches those who wait; when all of them have gone it is not news."""
    if not task.cancelled():
        task.exception()


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request with everything filled in."""

    url: str
    form: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    basic: bytes | None
    timeout: float | None

    def key(self) -> str:
        """What the token is cached under; tells nothing about the secrets in it."""
        parts = json.dumps([self.url, self.form, self.headers, (self.basic or b"").decode()])
        return "oauth token " + blake2b(parts.encode(), digest_size=16).hexdigest()

    async def send(self, http: HttpService) -> bytes:
        """Ask for a token: the value of the Authorization header. Raises MediationError that says what went wrong."""
        headers: HeaderPairs = [
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"accept", b"application/json"),
        ]
        if self.basic is not None:
            headers.append((b"authorization", self.basic))
        headers += [(name.encode("latin-1", "replace"), wire_value(value)) for name, value in self.headers]
        body = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in self.form).encode()
        reply = await http.send("POST", self.url, headers, body, timeout=self.timeout)
        data = (await collect(reply.body, limit=_REPLY_LIMIT)).read()
        if reply.status != 200:
            phrase = reply.reason.decode("latin-1")
            raise MediationError(f"Error while accessing the Token URL. HTTP/1.1 {reply.status} {phrase}".rstrip())
        try:
            token = json.loads(data)["access_token"]
        except (ValueError, KeyError, TypeError) as error:
            raise MediationError("Missing key [access_token] in the response from the OAuth server") from error
        if not isinstance(token, str) or not token or not token.isprintable():
            raise MediationError("Missing key [access_token] in the response from the OAuth server")
        return b"Bearer " + wire_value(token)


def _encoded(text: str) -> str:
    """Form encoding; a text that is percent-encoded already is left as it is."""
    already = "%" in text and quote(unquote_plus(text), safe="") in (text, text.replace("+", "%20"))
    return text if already else quote(text, safe="")


class Bearer:
    """The credentials for one message: a cached token."""

    __slots__ = ("_endpoint", "_http", "_request", "_token")

    renewable = True

    def __init__(self, token: Token, request: TokenRequest, http: HttpService, endpoint: str) -> None:
        self._token = token
        self._request = request
        self._http = http
        self._endpoint = endpoint

    async def header(self) -> bytes:
        """The token. Raises DeliveryError (303003)."""
        try:
            return await self._token.get(lambda: self._request.send(self._http))
        except MediationError as error:
            raise DeliveryError(
                f"Could not generate access token for oauth configured http endpoint {self._endpoint}. {error.message}",
                code=ErrorCode.AUTHENTICATION_FAILED,
                detail=error.detail,
            ) from error

    def rejected(self, header: bytes) -> None:
        """Forget the token that the back end refused."""
        log.info("endpoint %s: the back end refused the access token; a new one is asked for", self._endpoint)
        self._token.drop(header)


class OAuth:
    """The `<oauth>` of an endpoint."""

    __slots__ = ("content_aware", "extra", "grant", "headers", "timeout", "values")

    def __init__(
        self,
        grant: str,
        values: dict[str, Value],
        extra: tuple[tuple[str, Value], ...],
        headers: tuple[tuple[str, Value], ...],
        timeout: float | None,
    ) -> None:
        self.grant = grant
        self.values = values
        self.extra = extra
        self.headers = headers
        self.timeout = timeout
        everything = [*values.values(), *(value for _, value in (*extra, *headers))]
        self.content_aware = any(value.content_aware for value in everything)

    def credentials(self, message: MessageContext, endpoint: str) -> Credentials:
        """The token for what the settings come to on this message: two users, two tokens."""
        request = self._request(message)
        services = message.exchange.services
        key = request.key()
        token = services.state.get(key)
        if token is None:
            _make_room(services.state)
            token = services.state[key] = Token()
        return Bearer(token, request, services.http, endpoint)

    def _request(self, message: MessageContext) -> TokenRequest:
        texts = {name: value.text(message) or "" for name, value in self.values.items()}
        form = [("grant_type", GRANTS[self.grant])]
        if self.grant == "passwordCredentials":
            form += [("username", texts["username"]), ("password", texts["password"])]
        elif self.grant == "authorizationCode":
            form.append(("refresh_token", texts["refreshToken"]))
        client, secret = texts.get("clientId", ""), texts.get("clientSecret", "")
        header: bytes | None = None
        if texts.get("authMode", "").lower() == "payload":
            form += [("client_id", client), ("client_secret", secret)]
        elif client:
            header = basic(client, secret)
        form += [(name, value.text(message) or "") for name, value in self.extra]
        headers = tuple((name, value.text(message) or "") for name, value in self.headers)
        return TokenRequest(texts["tokenUrl"], tuple(form), headers, header, self.timeout)


def _make_room(states: dict[object, object]) -> None:
    """Settings that differ from message to message must not fill the memory with tokens nobody uses."""
    tokens = [key for key, value in states.items() if isinstance(value, Token)]
    if len(tokens) >= _MANY:
        for key in tokens:
            token = states[key]
            if isinstance(token, Token) and token.stale:
                del states[key]


def read_oauth(node: Node, build: Build) -> OAuth | None:
    """Read `<oauth>`; None when it is wrong."""
    grant = next((child for child in node.children(*GRANTS)), None)
    if grant is None:
        node.error(
            "SYN025",
            "Invalid authentication configuration: <oauth> needs a grant",
            hint="one of <" + ">, <".join(GRANTS) + ">",
        )
        return None
    needed = _NEEDED[grant.tag]
    values: dict[str, Value] = {}
    for number, name in enumerate(_FIELDS):
        value = read_value(grant, build, name, required=name in needed, after=_FIELDS[:number])
        if value is not None:
            values[name] = value
    mode = grant.child("authMode")
    if mode is not None and mode.text():
        mode.chosen("authMode", mode.text(), ("header", "payload"), "header", strict=False, fold=True)
    extra = _read_pairs(grant, build, "requestParameters", "parameter")
    headers = _read_pairs(grant, build, "customHeaders", "header")
    timeout = _read_timeouts(grant)
    proxy = grant.child("proxyConfigs")
    if proxy is not None:
        proxy.accept_anything()
        proxy.warning(
            "SYN013",
            "<proxyConfigs>: the token request goes straight to the token URL, not over a proxy",
            hint="make the token URL reachable",
        )
    grant.finish()
    if any(name not in values for name in needed):
        return None
    return OAuth(grant.tag, values, extra, headers, timeout)


def _read_pairs(node: Node, build: Build, outer: str, inner: str) -> tuple[tuple[str, Value], ...]:
    holder = node.child(outer)
    if holder is None:
        return ()
    pairs = []
    for child in holder.children(inner):
        name = child.attribute("name", required=True)
        value = text_value(child, build, child.text())
        child.finish()
        if name is not None and value is not None:
            pairs.append((name, value))
    holder.finish()
    return tuple(pairs)


def _read_timeouts(node: Node) -> float | None:
    """The seconds that a token request may take: connection and socket time limits together."""
    total = 0
    for name in ("connectionTimeout", "connectionRequestTimeout", "socketTimeout"):
        text = node.child_text(name)
        if text is not None:
            total += max(0, node.whole_number(name, text, 0, strict=False, otherwise="it is ignored") or 0)
    for name in ("useGlobalConnectionTimeoutConfigs", "useGlobalProxyConfigs"):
        text = node.child_text(name)
        if text is not None:
            node.chosen(name, text, ("true", "false"), "false", strict=False, fold=True)
    return total / 1000 if total else None
