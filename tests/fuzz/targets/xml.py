"""XML: bodies of messages and deployed files."""

from __future__ import annotations

from lxml import etree

from engine.codecs.errors import FormatError
from engine.codecs.soap import inspect_envelope
from engine.codecs.xml import XmlFeed, parse_xml, serialize
from engine.codecs.xml_to_json import element_to_json
from engine.diagnostics import Problem
from engine.source.document import parse_document
from engine.values.json_document import parse
from tests.fuzz.target import Finding, Target, pieces, same, shape, true


def _facts(root: etree._Element) -> list[tuple[object, ...]]:
    """Everything a document says (canonical XML would refuse relative namespace names)."""
    return [
        (
            str(each.tag),
            dict(each.attrib) if isinstance(each.tag, str) else {},
            each.text or "",
            (each is not root and each.tail) or "",
        )
        for each in root.iter()
    ]


def _fed(data: bytes, sizes: bytes) -> list[tuple[object, ...]] | None:
    feed = XmlFeed()
    try:
        for piece in pieces(data, sizes):
            feed.feed(piece)
        return _facts(feed.close())
    except FormatError:
        return None


def xml(data: bytes) -> str:
    """A document is read or refused; nothing declared in it is expanded; what is written reads the same again."""
    sizes, text = data[:2], data[2:]
    try:
        root = parse_xml(text, limit=8000)
    except FormatError as error:
        return shape(error)
    true("a DTD was let in", root.getroottree().docinfo.internalDTD is None)
    canonical = _facts(root)
    try:
        again = parse_xml(serialize(root))
    except FormatError as error:
        # libxml2 finds fault with such names only now and then, depending on what stands before them.
        true(f"what was written cannot be read: {error}", "colons are forbidden from PI names" in str(error))
        return shape(error)
    same("written and read again", canonical, _facts(again))
    fed = _fed(text, sizes or b"\1")
    if fed is not None:
        same("read in pieces", canonical, fed)
    inspect_envelope(root)
    try:
        converted = element_to_json(root)
    except FormatError as error:
        return shape(error)
    try:
        parse(converted)
    except ValueError as error:
        if "nested deeper" not in str(error):
            raise Finding(f"not JSON: {converted[:500]!r}") from error
    return f"document {min(len(root), 5)} {fed is None}"


def deployed_xml(data: bytes) -> str:
    """A file is a document or a problem with a place; every element has its place."""
    found = parse_document("flow.xml", data)
    if isinstance(found, Problem):
        true("a problem has its place", found.line >= 1 and found.column >= 1)
        return found.message[:40]
    lines = found.text.count("\n") + 1
    count = 0
    for element in found.root.iter(etree.Element):
        count += 1
        if count > 50:
            break
        place = found.place(element)
        true(f"{place} is outside the file", 0 < place.line <= lines and place.column >= 0)
        found.text_place(element)
        for attribute in element.attrib:
            found.place(element, str(attribute).rpartition("}")[2])
    return f"document {min(count, 9)}"


_TOKENS = (
    b"<a>",
    b"</a>",
    b"<a/>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?xml version='1.0' encoding='",
    b"?>",
    b"<!DOCTYPE a [",
    b"<!ENTITY b 'c'>",
    b"<!ENTITY b SYSTEM 'file:///etc/passwd'>",
    b"]>",
    b"&b;",
    b"&#0;",
    b"&#x41;",
    b"&lt;",
    b"xmlns=''",
    b"xmlns:p='u'",
    b"p:",
    b" a='b'",
    b"utf-16",
    b"latin-1",
    b"<?xml-multiple a?>",
    b"xsi:nil='true'",
    b"jsonArray",
    b"jsonObject",
    b"http://schemas.xmlsoap.org/soap/envelope/",
    b"http://www.w3.org/2003/05/soap-envelope",
    b"]]>",
)
XML = Target("xml", xml, _TOKENS)
DEPLOYED_XML = Target("deployed_xml", deployed_xml, _TOKENS)
