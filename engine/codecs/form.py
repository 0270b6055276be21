"""Bodies of type application/x-www-form-urlencoded, as fields and as the XML view of them."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote_from_bytes, unquote_to_bytes

from lxml import etree

from engine.codecs.content_type import python_codec
from engine.codecs.errors import FormatError, excerpt
from engine.codecs.names import decode_name, encode_name
from engine.codecs.xml import text_of

MAX_FIELDS = 10_000
"""Fields one form may have."""

Fields = list[tuple[str, str]]
"""Names and values in document order, repeated names included."""


def parse_form(data: bytes, charset: str = "", *, query: str = "", max_fields: int = MAX_FIELDS) -> Fields:
    """Read the fields of a form, those of the query string first.

    A field without `=` has an empty value, `+` is a blank, percent signs that escape nothing stay, and bytes
    that are no text in the charset become U+FFFD. Raises FormatError for an unknown charset and for too many
    fields.
    """
    codec = python_codec(charset)
    pieces = [piece for part in (query.encode(), data.strip(b"\r\n")) for piece in part.split(b"&") if piece]
    if len(pieces) > max_fields:
        raise FormatError(f"the form has {len(pieces)} fields, more than the {max_fields} allowed")
    fields: Fields = []
    for piece in pieces:
        name, _, value = piece.partition(b"=")
        fields.append((_decode(name, codec), _decode(value, codec)))
    return fields


def write_form(fields: Iterable[tuple[str, str]], charset: str = "") -> bytes:
    """Write fields as java.net.URLEncoder does, but with %20 for a blank."""
    codec = python_codec(charset)
    return "&".join([f"{_encode(name, codec)}={_encode(value, codec)}" for name, value in fields]).encode()


def form_to_element(fields: Iterable[tuple[str, str]]) -> etree._Element:
    """The XML view: `<xformValues>` with one child for each field, names coded as those of JSON members are.

    Raises FormatError for characters XML cannot hold.
    """
    root = etree.Element("xformValues")
    for name, value in fields:
        try:
            etree.SubElement(root, encode_name(name)).text = value or None
        except ValueError as error:
            raise FormatError(f"the form field {excerpt(name)} holds characters that cannot stand in XML") from error
    return root


def element_to_fields(element: etree._Element) -> Fields:
    """The fields an element is written as: one for each child, with the child's text."""
    return [
        (decode_name(etree.QName(child).localname), text_of(child)) for child in element if isinstance(child.tag, str)
    ]


def _decode(piece: bytes, codec: str) -> str:
    return unquote_to_bytes(piece.replace(b"+", b" ")).decode(codec, "replace")


def _encode(text: str, codec: str) -> str:
    return quote_from_bytes(text.encode(codec, "replace"), safe="*").replace("~", "%7E")
