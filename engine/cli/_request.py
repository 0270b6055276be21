"""One request to an engine, as the command line sends it, and what comes back."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import field
from pathlib import Path
from typing import Any

from engine.errors import TransportError
from engine.message.body import HeaderPairs
from engine.records import dataclass
from engine.transports.http_client import ClientResponse, ClientSettings, HttpClient, Target, Timeouts, parse_target

CHUNK = 1 << 18
POLL_SECONDS = 0.05
TRACE_HEADER = b"X-Synflow-Trace"
TRACE_ID = b"x-synflow-trace-id"
_TYPES = {".json": "application/json", ".xml": "application/xml", ".csv": "text/csv", ".txt": "text/plain"}

FindTrace = Callable[[str], "dict[str, Any] | None"]


class NoReply(Exception):
    """The request could not be sent, or nothing came back."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. A body is a text or the path of a file, `-` for standard input."""

    method: str
    url: str
    headers: HeaderPairs = field(default_factory=list)
    text: str | None = None
    file: str | None = None

    def sent_headers(self, *, trace: bool) -> HeaderPairs:
        """The headers as they go out: a Content-Type is guessed for a body that has none."""
        headers = list(self.headers)
        has_body = self.text is not None or self.file is not None
        if has_body and not any(name.lower() == b"content-type" for name, _ in headers):
            headers.append((b"Content-Type", guessed_type(self.text, self.file).encode()))
        if trace:
            headers.append((TRACE_HEADER, b"1"))
        return headers

    def body(self) -> tuple[bytes | AsyncIterator[bytes], int | None]:
        """The body with its length. Raises OSError when the file cannot be read."""
        if self.text is not None:
            data = self.text.encode("utf-8", "surrogateescape")
            return data, len(data)
        if self.file is None:
            return b"", 0
        if self.file == "-":
            return _blocks(None), None
        return _blocks(Path(self.file)), Path(self.file).stat().st_size


async def _blocks(path: Path | None) -> AsyncIterator[bytes]:
    file = sys.stdin.buffer if path is None else await asyncio.to_thread(path.open, "rb")
    try:
        while block := await asyncio.to_thread(file.read, CHUNK):
            yield block
    finally:
        if path is not None:
            file.close()


def guessed_type(text: str | None, file: str | None) -> str:
    """The Content-Type of a body: by the name of its file, or by its first character."""
    if text is not None:
        first = text.lstrip()[:1]
        return "application/json" if first in ("{", "[") else "application/xml" if first == "<" else "text/plain"
    suffix = Path(file or "").suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(file or "")[0] or "application/octet-stream"


async def send(
    request: Request, *, trace: bool, timeout: float, verify: bool, receive: Callable[[ClientResponse], Any]
) -> None:
    """Send the request and give the reply to `receive`, which awaits its body. Raises NoReply."""
    target = target_of(request.url)
    limits = Timeouts(connect=timeout, read=timeout)
    client = HttpClient(ClientSettings(verify=verify, timeouts=limits))
    try:
        body, length = request.body()
        reply = await client.request(
            request.method, target, request.sent_headers(trace=trace), body, content_length=length
        )
        await receive(reply)
    except TransportError as error:
        raise NoReply(f"{error.message}: {error.detail}" if error.detail else error.message) from error
    except OSError as error:
        raise NoReply(f"{request.file} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise NoReply(f"this request cannot be sent: {error}") from error
    finally:
        await client.aclose()


async def fetch_trace(management: str, trace_id: str, *, timeout: float) -> dict[str, Any]:
    """The trace of this id from a management port, when its request is over. Raises NoReply."""
    from engine.values.json_document import JsonSyntaxError, parse

    target = target_of(f"{management.rstrip('/')}/traces/{trace_id}")
    client = HttpClient(ClientSettings(timeouts=Timeouts(connect=timeout, read=timeout)))
    deadline = time.monotonic() + timeout
    found: dict[str, Any] = {}
    try:
        while True:
            reply = await client.request("GET", target, [])
            text = await reply.read()
            if reply.status == 200:
                found = parse(text)
            elif reply.status != 404:
                raise NoReply(f"{target} answered {reply.status}")
            if found.get("finished"):
                return found
            if time.monotonic() > deadline:
                if found:
                    return found
                raise NoReply(f"{target} answered {reply.status}: {text.decode('utf-8', 'replace').strip()}")
            await asyncio.sleep(POLL_SECONDS)
    except TransportError as error:
        raise NoReply(
            f"the management port at {management} does not answer ({error.detail or error.message}); "
            "name it with --management"
        ) from error
    except JsonSyntaxError as error:
        raise NoReply(f"{target} did not answer with a trace: {error}") from error
    finally:
        await client.aclose()


def target_of(url: str) -> Target:
    """The URL taken apart. Raises NoReply."""
    try:
        return parse_target(url)
    except ValueError as error:
        raise NoReply(f"{url}: {error}") from error


def header_value(headers: HeaderPairs, name: bytes) -> str:
    """The value of a header field, "" when absent."""
    return next((value.decode("latin-1") for each, value in headers if each.lower() == name), "")
