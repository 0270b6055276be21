"""The `<target>` of a call: where the reply is kept while the flow goes on with its own message."""

from __future__ import annotations

from engine.mediators.connector import header_map, value_of
from engine.message.context import MessageContext
from engine.message.headers import Headers
from engine.message.payload import Payload, PayloadKind
from engine.message.values import JsonValue, Nodes
from engine.source.node import Node

TYPES = ("property", "variable", "body")
_TYPE_PROPERTIES = ("messageType", "ContentType", "NO_ENTITY_BODY")

Kept = tuple[Payload, Headers, dict[str, object]]


class CallTarget:
    """A property (node list or JSON text) or a variable ({payload, headers, attributes.statusCode})."""

    __slots__ = ("name", "type")

    def __init__(self, kind: str, name: str) -> None:
        self.type = kind
        self.name = name

    async def keep(self, message: MessageContext) -> Kept:
        """What must be there again after the call; the message goes on with headers of its own."""
        await message.exchange.services.formats.collect(message)
        kept = (
            message.payload,
            message.headers,
            {name: message.axis2[name] for name in _TYPE_PROPERTIES if name in message.axis2},
        )
        message.headers = message.headers.copy()
        return kept

    async def store(self, message: MessageContext, kept: Kept) -> None:
        """Keep the reply and give the message its body, content type and headers back; HTTP_SC stays the reply's.

        Raises PayloadError when the reply is not what its content type says.
        """
        await message.build()
        payload = message.payload
        if self.type == "variable":
            message.variables[self.name] = {
                "payload": value_of(payload),
                "headers": JsonValue(dict(header_map(message))),
                "attributes": JsonValue({"statusCode": _status(message)}),
            }
        elif payload.kind is PayloadKind.JSON:
            message.properties[self.name] = payload.json_text().decode("utf-8", "replace")
        elif payload.kind is PayloadKind.TEXT:
            message.properties[self.name] = Nodes([payload.text_node()])
        else:
            element = payload.element()
            message.properties[self.name] = Nodes([] if element is None else [element])
        message.payload, message.headers, types = kept
        for name in _TYPE_PROPERTIES:
            message.axis2.pop(name, None)
        message.axis2.update(types)


def _status(message: MessageContext) -> int | None:
    text = str(message.axis2.get("HTTP_SC") or "")
    return int(text) if text.isdigit() else None


def read_target(node: Node) -> CallTarget | None:
    """Read the `<target>` of a call; None when it is wrong."""
    kind = node.choice("type", TYPES, "body")
    name = node.text()
    node.finish()
    if kind != "body" and not name:
        node.error("SYN021", f'<target type="{kind}"> names no {kind}', hint=f"write the name of the {kind}")
        return None
    return CallTarget(kind, name)
