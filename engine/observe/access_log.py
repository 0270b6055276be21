"""One line for every request, when the setting asks for it."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterable

from engine.message.body import HeaderPairs
from engine.message.inbound import Handler, Inbound

log = logging.getLogger("synflow.access")


class _Watched:
    """A request that remembers how it was answered; everything else is the request's own."""

    __slots__ = ("_inbound", "status")

    def __init__(self, inbound: Inbound) -> None:
        self._inbound = inbound
        self.status = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._inbound, name)

    async def respond(
        self, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes], *, reason: bytes = b""
    ) -> None:
        """Answer, and note the status."""
        self.status = status
        await self._inbound.respond(status, headers, body, reason=reason)


def with_access_log(handler: Handler) -> Handler:
    """`handler`, with a line in the log after each request: client, request line, status, milliseconds."""

    async def handle(inbound: Inbound) -> None:
        watched = _Watched(inbound)
        started = time.perf_counter()
        try:
            await handler(watched)  # type: ignore[arg-type]
        finally:
            client = inbound.client[0] if inbound.client else "-"
            log.info(
                '%s "%s %s HTTP/%s" %s %.1f ms',
                client,
                inbound.method,
                inbound.target,
                inbound.http_version,
                watched.status or "-",
                (time.perf_counter() - started) * 1000,
            )

    return handle
