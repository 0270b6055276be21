"""The HTTP client as flows see it: a URL and a time limit instead of parsed targets and limit objects."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import replace
from urllib.parse import urlsplit

from engine.errors import ErrorCode, MediationError
from engine.message.body import HeaderPairs
from engine.transports.http_client import ClientResponse, HttpClient, Timeouts, parse_target

_KEPT_LIMITS = 256


class HttpCalls:
    """Sends the requests of flows through one pool of connections."""

    __slots__ = ("_limits", "client")

    def __init__(self, client: HttpClient) -> None:
        self.client = client
        self._limits: dict[float, Timeouts] = {}

    async def send(
        self,
        method: str,
        url: str,
        headers: HeaderPairs,
        body: bytes | AsyncIterable[bytes] = b"",
        *,
        content_length: int | None = None,
        timeout: float | None = None,
        http10: bool = False,
        absolute_form: bool = False,
        keep_alive: bool = True,
    ) -> ClientResponse:
        """Send one request; `timeout` is the seconds until the head of the answer.

        Raises TransportError for what the network does, MediationError (401003) for a request that cannot be sent.
        """
        try:
            target = parse_target(url)
        except ValueError as error:
            raise _unsendable(
                f"cannot send to {url.partition(':')[0]}: {error}" if _strange_scheme(url) else str(error)
            ) from error
        timeouts = None if timeout is None else self._limits.get(timeout) or self._limit(timeout)
        try:
            return await self.client.request(
                method,
                target,
                headers,
                body,
                content_length=content_length,
                timeouts=timeouts,
                http10=http10,
                absolute_form=absolute_form,
                keep_alive=keep_alive,
            )
        except ValueError as error:
            raise _unsendable(f"the request to {target.host} cannot be written: {error}") from error

    def _limit(self, timeout: float) -> Timeouts:
        if len(self._limits) >= _KEPT_LIMITS:
            self._limits.clear()
        made = self._limits[timeout] = replace(self.client.settings.timeouts, reply=timeout)
        return made


def _strange_scheme(url: str) -> bool:
    try:
        return urlsplit(url).scheme not in ("http", "https", "")
    except ValueError:
        return False


def _unsendable(text: str) -> MediationError:
    return MediationError(text, code=ErrorCode.CALL_FAILED)
