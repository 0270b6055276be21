"""application/xml, text/xml, application/soap+xml: elements with or without an envelope."""

from __future__ import annotations

from typing import ClassVar

from lxml import etree

from engine.codecs.content_type import ContentType, python_codec
from engine.codecs.errors import FormatError
from engine.codecs.json_to_xml import json_to_xml
from engine.codecs.soap import SoapVersion, body_of, envelope_version
from engine.codecs.xml import parse_xml, serialize
from engine.formats.base import Written, builder, formatter
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.message.payload import Payload, PayloadKind


@builder("xml", "org.apache.axis2.builder.ApplicationXMLBuilder")
class XmlBuilder:
    """The root element becomes the payload; no DTD, no entities, nothing fetched."""

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Parse the body; an empty one is an empty payload. Raises FormatError with line and column."""
        text = data.read()
        if not text or text.isspace():
            message.payload.clear()
            return
        root = parse_xml(text, content_type.charset)
        message.payload.set_element(root, as_written(text, content_type.charset))


@builder("soap", "org.apache.axis2.builder.SOAPBuilder")
class SoapBuilder:
    """A whole envelope of SOAP 1.1 or 1.2."""

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Parse the envelope. Raises FormatError when the root is no envelope."""
        text = data.read()
        if not text.strip():
            message.payload.clear()
            message.payload.soap = (
                SoapVersion.SOAP12 if content_type.media == "application/soap+xml" else SoapVersion.SOAP11
            )
            return
        root = parse_xml(text, content_type.charset)
        if envelope_version(root) is None:
            raise FormatError(f"the root element is <{etree.QName(root).localname}>, not a SOAP 1.1 or 1.2 Envelope")
        if body_of(root) is None:
            raise FormatError("the SOAP Envelope has no Body")
        message.payload.set_envelope(root)


@formatter("xml", "org.apache.axis2.transport.http.ApplicationXMLFormatter")
class XmlFormatter:
    """The payload's element without envelope and declaration; nothing when the body is empty."""

    media: ClassVar[str] = "application/xml"

    def write(self, message: MessageContext, charset: str) -> Written:
        """The element's bytes: those it came with, while nobody has changed it."""
        payload = message.payload
        if payload.known_xml_text is not None and charset == "utf-8":
            return payload.known_xml_text
        if payload.kind is PayloadKind.JSON:
            direct = _from_json(payload)
            if direct is not None:
                return direct if charset == "utf-8" else direct.decode().encode(charset, "xmlcharrefreplace")
        element = payload.element()
        return b"" if element is None else serialize(element, charset)


def as_written(text: bytes, charset: str) -> bytes | None:
    """The document as UTF-8 if that is, byte for byte, how `serialize` would write it; None when it may not be.

    Declarations, comments, character references and the like are written anew; blanks and quotes inside tags and the
    two ways to write an empty element are left to the sender.
    """
    if charset and python_codec(charset) not in ("utf-8", "ascii"):
        return None
    if text[:1] != b"<" or text[-1:] != b">" or b"&" in text or b"\r" in text:
        return None
    # A single byte is found many times faster than a pair whose first byte is all over the document.
    if (b"?" in text and b"<?" in text) or (b"!" in text and b"<!" in text):
        return None
    return text


def _from_json(payload: Payload) -> bytes | None:
    """A JSON payload as XML without a tree between; None when a tree would be written in another way, or exists."""
    text = payload.known_json_text
    if text is None or payload.has_view or any(each in text for each in _NEEDS_TREE):
        return None
    try:
        return json_to_xml(text, payload.rules)
    except FormatError:
        return None  # the way through the tree knows the reason in the reference engine's words


_NEEDS_TREE = (b'""', b'"$"', b'"@', b"\\")
"""JSON whose XML a tree spells differently: empty texts, text and attribute members, escapes."""


@formatter("soap", "org.apache.axis2.transport.http.SOAPMessageFormatter")
class SoapFormatter:
    """The whole envelope."""

    media: ClassVar[str] = "text/xml"

    def write(self, message: MessageContext, charset: str) -> Written:
        """The envelope's bytes."""
        return serialize(message.payload.envelope(), charset, declaration=True)
