"""text/plain, text/csv: characters that nobody takes apart."""

from __future__ import annotations

from typing import ClassVar

from lxml import etree

from engine.codecs.content_type import ContentType, python_codec
from engine.formats.base import Written, builder, formatter
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind, is_text_element


@builder("text", "org.apache.axis2.format.PlainTextBuilder", "csv")
class TextBuilder:
    """Characters nobody takes apart: text/plain, text/csv."""

    takes_apart: ClassVar[bool] = False

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Keep the bytes, large ones on disk; decoded by the charset parameter (UTF-8 without one) when read."""
        message.payload.set_text_blob(data, python_codec(content_type.charset) if content_type.charset else "utf-8")


@formatter("text", "org.apache.axis2.format.PlainTextFormatter", "csv")
class TextFormatter:
    """The characters of a text payload; nothing for any other element (PlainTextFormatter)."""

    media: ClassVar[str] = "text/plain"

    def write(self, message: MessageContext, charset: str) -> Written:
        """The text in this charset; untouched bytes when it is the one they came in."""
        payload = message.payload
        if payload.kind is PayloadKind.TEXT and payload.blob is not None:
            if payload.charset == charset:
                return payload.blob
            return payload.text().encode(charset, "replace")
        if payload.kind is PayloadKind.XML:
            element = payload.element()
            if element is not None and is_text_element(element):
                return "".join(str(part) for part in element.itertext(etree.Element)).encode(charset, "replace")
        return b""
