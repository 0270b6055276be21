"""Back ends without a network: what was sent is kept, replies are scripted per host."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from engine.errors import ErrorCode, SendTimeout, TransportError
from engine.message.body import Body, BytesBody, HeaderPairs
from engine.message.exchange import Reply


@dataclass
class Sent:
    """One request as a back end would see it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    length: int | None
    options: dict[str, Any]

    @property
    def path(self) -> str:
        """Path and query."""
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class FakeReply:
    """An answer."""

    status: int = 200
    headers: HeaderPairs = field(default_factory=list)
    body: Body = field(default_factory=lambda: BytesBody(b""))
    reason: bytes = b""


def reply(body: Any = b"", content_type: str = "application/json", status: int = 200, **headers: str) -> FakeReply:
    """An answer with this body; anything but bytes and text becomes JSON."""
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    pairs = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    if data:
        pairs.append((b"content-type", content_type.encode()))
    return FakeReply(status, pairs, BytesBody(data))


def refused() -> TransportError:
    """Nothing listens there."""
    return TransportError("Error connecting to the back end", code=ErrorCode.CONNECTION_FAILED, detail="refused")


def closed() -> TransportError:
    """The peer closed the connection after it had the request."""
    return TransportError("Error in Sender", code=ErrorCode.CONNECTION_CLOSED, state=3, sent=True)


def timed_out() -> TransportError:
    """The time limit has passed."""
    return SendTimeout("Send timeout", code=ErrorCode.TIMEOUT, sent=True)


Answer = FakeReply | TransportError | Callable[[Sent], FakeReply]


class Backends:
    """An HttpService. `hosts` maps a host to its answers, one a request, the last of which repeats."""

    def __init__(self, **hosts: Answer | list[Answer]) -> None:
        self.sent: list[Sent] = []
        self.hosts = {
            name: list(answers) if isinstance(answers, list) else [answers] for name, answers in hosts.items()
        }

    async def send(
        self,
        method: str,
        url: str,
        headers: HeaderPairs,
        body: bytes | AsyncIterable[bytes] = b"",
        *,
        content_length: int | None = None,
        **options: Any,
    ) -> Reply:
        data = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body])
        names = [name.decode().lower() for name, _ in headers]
        repeated = {name for name in names if names.count(name) > 1}
        assert not repeated, f"sent twice: {repeated}"
        pairs = {name.decode().lower(): value.decode("latin-1") for name, value in headers}
        request = Sent(method, url, pairs, data, content_length, options)
        self.sent.append(request)
        answers = self.hosts.get(urlsplit(url).hostname or "", [reply({"ok": True})])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, TransportError):
            raise answer
        return answer(request) if callable(answer) else answer

    @property
    def last(self) -> Sent:
        """The latest request."""
        return self.sent[-1]

    def count(self, host: str) -> int:
        """How many requests went to a host."""
        return sum(urlsplit(each.url).hostname == host for each in self.sent)


class StreamBody:
    """A body whose length and end are not known before it has been read; it can be read once."""

    def __init__(self, *chunks: bytes) -> None:
        self.complete: bytes | None = None
        self.length: int | None = None
        self.closed = False
        self._chunks = list(chunks)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._chunks:
            yield self._chunks.pop(0)

    async def aclose(self) -> None:
        self.closed = True
        self._chunks.clear()
