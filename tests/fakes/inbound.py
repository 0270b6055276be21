"""A client of the data plane without a socket: one request, and the answer it got."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable
from typing import Any

from engine.message.body import Body, BytesBody, HeaderPairs
from engine.runtime.data_plane import DataPlane, DataPlaneSettings
from engine.runtime.deployment import Deployment, assemble
from tests.fakes.flows import FakeServices, artifacts_of


class FakeInbound:
    """One request; keeps the answer as a client would see it."""

    def __init__(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | str = b"",
        scheme: str = "http",
        gone: bool = False,
    ) -> None:
        given = {"host": "localhost:8290", **{name.lower(): value for name, value in (headers or {}).items()}}
        self.method = method
        self.target = target
        self.scheme = scheme
        self.http_version = "1.1"
        self.headers: HeaderPairs = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
        self.client: tuple[str, int] | None = ("127.0.0.1", 40000)
        self.body: Body = BytesBody(body.encode() if isinstance(body, str) else body)
        self.responded = False
        self.gone = gone
        self.status = 0
        self.reason = b""
        self.pairs: HeaderPairs = []
        self.content = b""

    async def respond(
        self, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes], *, reason: bytes = b""
    ) -> None:
        assert not self.responded, "answered twice"
        self.responded = True
        if self.gone:
            raise ConnectionResetError("the client went away")
        self.status = status
        self.reason = reason
        self.pairs = headers
        self.content = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body])

    async def disconnected(self) -> None:
        raise AssertionError("nobody waits for this client to go")

    def header(self, name: str) -> str | None:
        """The value of a header of the answer; fails the test when it was sent twice."""
        found = [value.decode("latin-1") for key, value in self.pairs if key.decode().lower() == name.lower()]
        assert len(found) <= 1, found
        return found[0] if found else None

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Sends requests to a data plane that runs these files."""

    def __init__(self, *xmls: str, settings: DataPlaneSettings | None = None, services: Any = None) -> None:
        self.deployment: Deployment = assemble(artifacts_of(*xmls))
        self.services = services or FakeServices()
        self.plane = DataPlane(lambda: self.deployment, self.services, settings)

    async def send(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes | str = b"", **more: Any
    ) -> FakeInbound:
        """The request with its answer; every request must have got one."""
        inbound = FakeInbound(method, target, headers, body, **more)
        await self.plane(inbound)
        assert inbound.responded
        return inbound
