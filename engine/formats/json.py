"""application/json: kept as text, parsed only when somebody asks for a part."""

from __future__ import annotations

import re
from typing import ClassVar

from engine.codecs.content_type import ContentType, python_codec
from engine.codecs.errors import FormatError, excerpt
from engine.formats.base import Written, builder, formatter
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind

_SCALAR = re.compile(rb'".*"|true|false|null|-?\d+(\.\d+)?', re.DOTALL)
_STARTS = b'{["tfn-0123456789'


@builder(
    "json",
    "org.apache.synapse.commons.json.JsonStreamBuilder",
    "org.apache.synapse.commons.json.JsonBuilder",
    "org.wso2.micro.integrator.core.json.JsonStreamBuilder",
    "org.apache.axis2.json.JSONBuilder",
    "org.apache.axis2.json.JSONStreamBuilder",
    "org.apache.axis2.json.JSONBadgerfishOMBuilder",
)
class JsonBuilder:
    """Only the first significant byte is looked at; objects and arrays are parsed when read (JsonStreamBuilder)."""

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Keep the text; an empty body or one of blanks is an empty payload. Raises FormatError for what is no JSON."""
        text = data.read()
        if content_type.charset and python_codec(content_type.charset) not in ("utf-8", "ascii"):
            text = text.decode(python_codec(content_type.charset), "replace").encode()
        text = text.removeprefix(b"\xef\xbb\xbf")
        start = text.lstrip()
        if not start:
            message.payload.clear()
        elif start[:1] in (b"{", b"["):
            message.payload.set_json_text(text)
        elif start[0] in _STARTS and _SCALAR.fullmatch(start.rstrip()):
            message.payload.set_json_text(start.rstrip())
        else:
            raise FormatError(
                f"Payload is not a JSON string: it starts with {excerpt(start[:40].decode('utf-8', 'replace'))}"
            )


@formatter(
    "json",
    "org.apache.synapse.commons.json.JsonStreamFormatter",
    "org.apache.synapse.commons.json.JsonFormatter",
    "org.wso2.micro.integrator.core.json.JsonStreamFormatter",
    "org.apache.axis2.json.JSONMessageFormatter",
    "org.apache.axis2.json.JSONStreamFormatter",
    "org.apache.axis2.json.JSONBadgerfishMessageFormatter",
)
class JsonFormatter:
    """JSON text as it was received or made; XML is converted."""

    media: ClassVar[str] = "application/json"

    def write(self, message: MessageContext, charset: str) -> Written:
        """The JSON bytes. Raises FormatError when the XML cannot be written as JSON (mixed content)."""
        payload = message.payload
        if payload.kind is PayloadKind.BINARY and payload.blob is not None:
            return payload.blob
        text = payload.json_text()
        return text if charset in ("utf-8", "ascii") else text.decode("utf-8", "replace").encode(charset, "replace")
