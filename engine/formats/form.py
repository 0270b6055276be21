"""application/x-www-form-urlencoded: fields as `<xformValues>` children."""

from __future__ import annotations

from typing import ClassVar

from engine.codecs.content_type import ContentType
from engine.codecs.form import element_to_fields, form_to_element, parse_form, write_form
from engine.formats.base import Written, builder, formatter
from engine.message.blob import Blob
from engine.message.context import MessageContext


@builder(
    "form",
    "org.apache.synapse.commons.builders.XFormURLEncodedBuilder",
    "org.apache.axis2.builder.XFormURLEncodedBuilder",
)
class FormBuilder:
    """One child element a field, in document order (XFormURLEncodedBuilder keeps a hash order)."""

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Read the fields of the query string and of the body."""
        target = str(message.axis2.get("TransportInURL") or "")
        fields = parse_form(data.read(), content_type.charset, query=target.partition("?")[2])
        message.payload.set_element(form_to_element(fields))


@formatter(
    "form",
    "org.apache.synapse.commons.formatters.XFormURLEncodedFormatter",
    "org.apache.axis2.transport.http.XFormURLEncodedFormatter",
)
class FormFormatter:
    """The children of the payload's element as fields."""

    media: ClassVar[str] = "application/x-www-form-urlencoded"

    def write(self, message: MessageContext, charset: str) -> Written:
        """`name=value&...`, blanks as %20."""
        element = message.payload.element()
        return b"" if element is None else write_form(element_to_fields(element), charset)
