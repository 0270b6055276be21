"""The `<source>` of a call: what is sent instead of the body (MediatorEnrichUtil of the reference engine)."""

from __future__ import annotations

from lxml import etree

from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.soap import envelope_version
from engine.codecs.xml import parse_xml
from engine.errors import MediationError
from engine.expressions import Expression, ExpressionSyntaxError, compile_xpath
from engine.message.context import MessageContext
from engine.message.payload import Payload
from engine.message.values import JsonValue, Nodes, TextNode, copy_element, string_of
from engine.source.document import Element
from engine.source.node import Node

TYPES = ("custom", "inline", "property", "body")


class CallSource:
    """One source. `content_type` empty keeps the message's own."""

    __slots__ = ("content_type", "expression", "inline", "name", "type")

    def __init__(
        self,
        kind: str,
        content_type: str,
        *,
        expression: Expression | None = None,
        inline: Element | str | None = None,
        name: str = "",
    ) -> None:
        self.type = kind
        self.content_type = content_type
        self.expression = expression
        self.inline = inline
        self.name = name

    @property
    def content_aware(self) -> bool:
        """Whether the payload must have been read."""
        return (self.expression is not None and self.expression.content_aware) or (
            self.type == "body" and bool(self.content_type)
        )

    async def apply(self, message: MessageContext) -> None:
        """Put the source into a new payload of the message; the old one is not touched.

        Raises MediationError when there is nothing to send, or when it does not fit the content type.
        """
        if self.type == "body":
            if self.content_type:
                await message.build()
                self._typed(message, self.content_type)
            return
        if self.type == "inline":
            value: object | None = self.inline
        elif self.type == "property":
            value = message.properties.get(self.name)
        else:
            assert self.expression is not None
            value = self.expression.value(message)
        media = self.content_type or str(message.axis2.get("messageType") or "")
        message.payload = _payload(value, media or _natural(value), message.payload, self._what())
        message.axis2.pop("NO_ENTITY_BODY", None)
        self._typed(message, media or _natural(value))

    def _typed(self, message: MessageContext, media: str) -> None:
        message.axis2["messageType"] = message.axis2["ContentType"] = media
        message.headers.set("Content-Type", media)

    def _what(self) -> str:
        if self.type == "property":
            return f"the property {self.name}"
        return f"the expression {self.expression.source}" if self.expression is not None else "the inline source"


def _natural(value: object | None) -> str:
    if isinstance(value, JsonValue):
        return "application/json"
    first = value[0] if isinstance(value, Nodes) and value else value
    return "application/xml" if isinstance(first, etree._Element) else "application/json"


def _payload(value: object | None, media: str, old: Payload, what: str) -> Payload:
    payload = Payload(rules=old.rules)
    first = value[0] if isinstance(value, Nodes) and value else value
    if first is None or (isinstance(value, Nodes) and not value):
        raise MediationError(f"{what} of a call gives nothing to send")
    if "json" in media and not isinstance(first, etree._Element):
        payload.set_json_text((string_of(first) or "").encode("utf-8", "surrogatepass"))
        return payload
    if media.startswith("text/") and media != "text/xml":
        if isinstance(first, etree._Element):
            raise MediationError(f"Property value must be a string for {media}", detail=f"{what} gives an element")
        if isinstance(first, TextNode):
            payload.set_text_blob(first.blob, first.charset)
        else:
            payload.set_text(string_of(first) or "")
        return payload
    if not isinstance(first, etree._Element):
        try:
            first = parse_xml(string_of(first) or "")
        except FormatError as error:
            raise MediationError(f"{what} of a call is no XML: {error}") from error
    else:
        first = copy_element(first)
    if envelope_version(first) is not None:
        payload.set_envelope(first)
    else:
        payload.set_element(first)
    return payload


def read_source(node: Node, build: Build) -> CallSource | None:
    """Read the `<source>` of a call; None when it is wrong."""
    kind = node.choice("type", TYPES, "custom")
    content_type = node.attribute("contentType") or ""
    made: CallSource | None = None
    if kind == "body":
        made = CallSource(kind, content_type)
    elif kind == "inline":
        children = node.any_children()
        text = node.text()
        for child in children:
            child.accept_anything()
        if children or text:
            made = CallSource(kind, content_type, inline=children[0].element if children else text)
        else:
            node.error("SYN025", '<source type="inline"> is empty', hint="write what is to be sent")
    elif kind == "property":
        name = node.text()
        if name:
            made = CallSource(kind, content_type, name=name)
        else:
            node.error("SYN021", '<source type="property"> names no property', hint="write the name of the property")
    else:
        made = _read_custom(node, build, content_type)
    node.finish()
    return made


def _read_custom(node: Node, build: Build, content_type: str) -> CallSource | None:
    text = node.text()
    if not text:
        node.error("SYN021", '<source type="custom"> holds no expression', hint="write an XPath or json-eval(...)")
        return None
    if text.startswith("${"):
        node.error(
            "SYN030",
            "the source of a call takes XPath or json-eval, not ${...}",
            hint='put the value into a property and use type="property"',
        )
        return None
    if text.startswith("json-eval("):
        compiled = build.compiled_expression(node, text)
        return None if compiled is None else CallSource("custom", content_type, expression=compiled)
    try:
        return CallSource("custom", content_type, expression=compile_xpath(text, node.namespaces))
    except ExpressionSyntaxError as error:
        node.error(error.code, str(error), hint=error.hint)
        return None
