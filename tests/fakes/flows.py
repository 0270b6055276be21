"""Compiling snippets of flows and running them on a message, without listener or network."""

from __future__ import annotations

from typing import Any

from engine.artifacts.base import Artifact, read_artifacts
from engine.build import Build
from engine.diagnostics import Problem, Problems
from engine.formats import Formats
from engine.mediators.base import Flow
from engine.mediators.flow import MediatorList
from engine.message.body import BytesBody
from engine.message.context import MessageContext
from engine.message.exchange import Exchange
from engine.message.headers import Headers
from engine.message.payload import Payload
from engine.runtime.deployment import Deployment
from engine.source.document import SYNAPSE, Document, parse_document
from engine.source.node import Node


class FakeServices:
    """Services of an engine without a network; `http` may be set to a fake."""

    def __init__(self, **given: Any) -> None:
        self.http: Any = None
        self.registry: Any = None
        self.settings: Any = None
        self.state: dict[Any, Any] = {}
        self.formats = Formats()
        self.__dict__.update(given)


class FakeClient:
    """The client of one exchange: keeps the answer."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.body: bytes = b""
        self.content_type: str | None = None
        self.message: MessageContext | None = None

    async def answer(self, message: MessageContext) -> None:
        written = await message.exchange.services.formats.write(message, request=False)
        self.body = (
            written.body if isinstance(written.body, bytes) else b"".join([chunk async for chunk in written.body])
        )
        self.content_type = written.content_type
        self.status = int(str(message.axis2.get("HTTP_SC") or 200))
        self.message = message
        message.exchange.answered = True


def document(xml: str, file: str = "flow.xml") -> Document:
    """A parsed document; fails the test when it is not well-formed."""
    parsed = parse_document(file, xml.encode())
    assert isinstance(parsed, Document), parsed
    return parsed


def compile_flow(xml: str, *, problems: Problems | None = None) -> MediatorList:
    """The mediators written in `xml`; without `problems` given, any problem fails the test."""
    found = Problems() if problems is None else problems
    doc = document(f'<sequence xmlns="{SYNAPSE}" name="flow">{xml}</sequence>')
    mediators = Build(doc, found).mediators(Node(doc.root, doc, found, "sequence flow"), name="flow")
    if problems is None:
        assert not found.errors, [str(problem) for problem in found]
    return mediators


def problems_of(xml: str) -> list[Problem]:
    """Every problem of the mediators written in `xml`."""
    found = Problems()
    compile_flow(xml, problems=found)
    return found.sorted()


def artifacts_of(*xmls: str) -> list[Artifact]:
    """The artifacts of these files; any error fails the test."""
    found = Problems()
    listed = [each for xml in xmls for each in read_artifacts(document(xml), found)[0]]
    assert not found.errors, [str(problem) for problem in found]
    return listed


def a_message(
    body: bytes | str = b"",
    content_type: str = "application/json",
    *,
    headers: dict[str, str] | None = None,
    deployment: Any = None,
    services: Any = None,
    properties: dict[str, object] | None = None,
    method: str = "POST",
) -> MessageContext:
    """A message with an unread body, as if it had just arrived."""
    data = body.encode() if isinstance(body, str) else body
    exchange = Exchange(None, deployment or Deployment(), services or FakeServices(), "correlation")  # type: ignore[arg-type]
    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    if content_type and data:
        pairs.append((b"content-type", content_type.encode()))
    message = MessageContext(exchange, Payload(BytesBody(data), content_type if data else ""), Headers(pairs))
    message.axis2["HTTP_METHOD"] = method
    if content_type and data:
        message.axis2["ContentType"] = content_type
        message.axis2["messageType"] = content_type.partition(";")[0]
    message.properties.update(properties or {})
    client = FakeClient()
    exchange.answer = client.answer
    exchange.out_flow = None
    message.exchange.operation["client"] = client
    return message


def client_of(message: MessageContext) -> FakeClient:
    """The client that waits for this message's answer."""
    client = message.exchange.operation["client"]
    assert isinstance(client, FakeClient)
    return client


async def run_flow(xml: str, message: MessageContext) -> Flow:
    """Compile and run mediators on a message."""
    return await compile_flow(xml).run(message)
