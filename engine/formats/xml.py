"""application/xml, text/xml, application/soap+xml: elements with or without an envelope."""

from __future__ import annotations

from typing import ClassVar

from lxml import etree

from engine.codecs.content_type import ContentType
from engine.codecs.errors import FormatError
from engine.codecs.soap import SoapVersion, body_of, envelope_version
from engine.codecs.xml import parse_xml, serialize
from engine.formats.base import Written, builder, formatter
from engine.message.blob import Blob
from engine.message.context import MessageContext


@builder("xml", "org.apache.axis2.builder.ApplicationXMLBuilder")
class XmlBuilder:
    """The root element becomes the payload; no DTD, no entities, nothing fetched."""

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Parse the body; an empty one is an empty payload. Raises FormatError with line and column."""
        text = data.read()
        if not text.strip():
            message.payload.clear()
            return
        message.payload.set_element(parse_xml(text, content_type.charset))


@builder("soap", "org.apache.axis2.builder.SOAPBuilder")
class SoapBuilder:
    """A whole envelope of SOAP 1.1 or 1.2."""

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Parse the envelope. Raises FormatError when the root is no envelope."""
        text = data.read()
        if not text.strip():
            message.payload.clear()
            message.payload.soap = SoapVersion.SOAP12 if content_type.media == "application/soap+xml" else SoapVersion.SOAP11
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
        """The element's bytes."""
        element = message.payload.element()
        return b"" if element is None else serialize(element, charset)


@formatter("soap", "org.apache.axis2.transport.http.SOAPMessageFormatter")
class SoapFormatter:
    """The whole envelope."""

    media: ClassVar[str] = "text/xml"

    def write(self, message: MessageContext, charset: str) -> Written:
        """The envelope's bytes."""
        return serialize(message.payload.envelope(), charset, declaration=True)
