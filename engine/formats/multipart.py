"""multipart/form-data: one child element a part, files as base64 with their name and type as attributes."""

from __future__ import annotations

from typing import ClassVar

from engine.codecs.content_type import ContentType
from engine.formats.base import Written, builder, formatter
from engine.message.blob import Blob
from engine.message.context import MessageContext


@builder(
    "multipart", "org.apache.axis2.builder.MultipartFormDataBuilder", "org.wso2.carbon.relay.MultipartFormDataBuilder"
)
class MultipartBuilder:
    """Parts as children of `<mediate>`."""

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Take the parts apart. Raises FormatError for a broken body and for more parts than allowed."""
        from engine.codecs.multipart import parse_multipart, parts_to_element

        parts = parse_multipart(data.read(), content_type.boundary)
        message.payload.set_element(parts_to_element(parts, content_type.charset))


@formatter("multipart", "org.apache.axis2.transport.http.MultipartFormDataFormatter")
class MultipartFormatter:
    """The children of the payload's element as parts, under a fresh boundary."""

    media: ClassVar[str] = "multipart/form-data"

    def write(self, message: MessageContext, charset: str) -> Written:
        """The parts; the boundary goes into the axis2 property ContentType."""
        from engine.codecs.multipart import element_to_parts, new_boundary, write_multipart

        boundary = new_boundary()
        message.axis2["ContentType"] = f"{self.media}; boundary={boundary}"
        element = message.payload.element()
        return b"".join(write_multipart(element_to_parts(element) if element is not None else (), boundary))
