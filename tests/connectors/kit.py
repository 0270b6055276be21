"""What connector tests share: connections, a fake back end, running a flow."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.message.body import Body, BytesBody, HeaderPairs
from engine.message.context import MessageContext
from engine.runtime.deployment import Deployment
from engine.settings import Settings
from engine.source.document import SYNAPSE
from tests.fakes.flows import FakeServices, a_message, artifacts_of, compile_flow


def deployment_of(*entries: str) -> Deployment:
    """A deployment of local entries."""
    return Deployment(local_entries={each.name: each.item for each in artifacts_of(*entries)})  # type: ignore[misc]


def local_entry(key: str, content: str) -> str:
    """A local entry's XML."""
    return f'<localEntry xmlns="{SYNAPSE}" key="{key}">{content}</localEntry>'


@dataclass
class Sent:
    """One request that the fake back end got."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    content_length: int | None


@dataclass
class FakeReply:
    """An answer of the fake back end."""

    status: int = 200
    body: Body = field(default_factory=lambda: BytesBody(b""))
    headers: HeaderPairs = field(default_factory=list)
    reason: bytes = b""


def reply(status: int = 200, body: str | bytes = b"", **headers: str) -> FakeReply:
    """An answer; header names are written with underscores."""
    data = body.encode() if isinstance(body, str) else body
    pairs = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return FakeReply(status, BytesBody(data), pairs)


class FakeHttp:
    """A back end that answers by a function, and remembers what it was sent."""

    def __init__(self, answer: Callable[[Sent], FakeReply]) -> None:
        self._answer = answer
        self.sent: list[Sent] = []

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
    ) -> FakeReply:
        data = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body])
        pairs = {name.decode().lower(): value.decode() for name, value in headers}
        one = Sent(method, url, pairs, data, content_length)
        self.sent.append(one)
        return self._answer(one)

    def lines(self) -> list[str]:
        """Method and path of every request."""
        return [f"{each.method} /{each.url.split('/', 3)[3]}" for each in self.sent]


def file_message(
    folder: Path, body: bytes | str = b"", content_type: str = "application/xml", **given: Any
) -> MessageContext:
    """A message whose deployment has the file connection C on `folder`."""
    entry = local_entry("C", f"<file.init><name>C</name><workingDir>{folder}</workingDir></file.init>")
    services = given.pop("services", None) or FakeServices(settings=given.pop("settings", None) or Settings())
    return a_message(body, content_type, deployment=deployment_of(entry), services=services, **given)


async def run(xml: str, message: MessageContext) -> MessageContext:
    """Run mediators on a message and give it back."""
    await compile_flow(xml).run(message)
    return message


def body_xml(message: MessageContext) -> str:
    """The body's XML."""
    from lxml import etree

    element = message.payload.element()
    return "" if element is None else etree.tostring(element, encoding="unicode")


@dataclass
class JsonInbound:
    """The client's side of an exchange whose request was JSON."""

    headers: HeaderPairs = field(default_factory=lambda: [(b"content-type", b"application/json; charset=UTF-8")])
