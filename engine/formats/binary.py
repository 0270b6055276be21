"""application/octet-stream and other bytes: kept as they are, seen by XPath as one base64 element."""

from __future__ import annotations

import base64
import binascii
from typing import ClassVar

from engine.codecs.content_type import ContentType
from engine.codecs.errors import FormatError
from engine.formats.base import Written, builder, formatter
from engine.formats.xml import XmlFormatter
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import BINARY_TAG


@builder("binary", "org.apache.axis2.format.BinaryBuilder", "org.wso2.carbon.relay.BinaryRelayBuilder", "relay")
class BinaryBuilder:
    """Bytes, large ones on disk."""

    takes_apart: ClassVar[bool] = False

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Keep the bytes; an empty body is an empty payload."""
        if data.size:
            message.payload.set_binary(data)
        else:
            message.payload.clear()


@formatter(
    "binary", "org.apache.axis2.format.BinaryFormatter", "org.wso2.carbon.relay.ExpandingMessageFormatter", "relay"
)
class BinaryFormatter:
    """The bytes again; the decoded content of a `<binary>` element; anything else as XML."""

    media: ClassVar[str] = "application/octet-stream"

    def write(self, message: MessageContext, charset: str) -> Written:
        """The bytes. Raises FormatError when a `<binary>` element holds no base64."""
        payload = message.payload
        if payload.kind in (PayloadKind.BINARY, PayloadKind.TEXT) and payload.blob is not None:
            return payload.blob
        if payload.kind is PayloadKind.JSON:
            return payload.json_text()
        element = payload.element()
        if element is not None and element.tag == BINARY_TAG:
            try:
                return base64.b64decode(element.text or "", validate=False)
            except binascii.Error as error:
                raise FormatError(f"the binary payload is not base64: {error}") from error
        return XmlFormatter().write(message, charset)
