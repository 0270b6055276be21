"""Values that properties and expressions hold, and their text as the reference engine spells it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import cast

from lxml import etree

from engine.codecs.xml import serialize_text
from engine.message.blob import Blob
from engine.values.java_text import java_double_text
from engine.values.json_document import Json, dumps

Element = etree._Element

PAYLOAD_NAMESPACE = "http://ws.apache.org/commons/ns/payload"
PAYLOAD_NSMAP = cast("dict[str, str]", {None: PAYLOAD_NAMESPACE})
TEXT_TAG = f"{{{PAYLOAD_NAMESPACE}}}text"
BINARY_TAG = f"{{{PAYLOAD_NAMESPACE}}}binary"


class TextNode:
    """A text payload kept as a value: what the reference engine holds as a `<text>` element.

    Large ones stay on disk until somebody asks for the characters.
    """

    __slots__ = ("blob", "charset", "content_type")

    def __init__(self, blob: Blob, charset: str = "utf-8", content_type: str = "text/plain") -> None:
        self.blob = blob
        self.charset = charset
        self.content_type = content_type

    def text(self) -> str:
        """All characters; bytes that are not valid in the charset become U+FFFD."""
        return self.blob.read().decode(self.charset, "replace")

    def element(self) -> Element:
        """The `<text>` element. Characters that XML cannot hold become U+FFFD."""
        element = etree.Element(TEXT_TAG, nsmap=PAYLOAD_NSMAP)
        set_text(element, self.text())
        return element


class JsonValue:
    """A JSON value held by a property or variable; its text is worked out once."""

    __slots__ = ("_text", "value")

    def __init__(self, value: Json, text: str | None = None) -> None:
        self.value = value
        self._text = text

    @property
    def text(self) -> str:
        """Compact JSON text, numbers as they were spelled."""
        if self._text is None:
            self._text = dumps(self.value)
        return self._text


class Nodes(list[object]):
    """A list of nodes: elements, TextNode, and texts and attributes that an XPath selected (they know their parent)."""

    __slots__ = ()


def set_text(element: Element, text: str) -> None:
    """Give `element` this text; characters that XML 1.0 cannot hold become U+FFFD."""
    try:
        element.text = text
    except ValueError:
        element.text = "".join(c if _is_xml_char(c) else "�" for c in text)


def _is_xml_char(char: str) -> bool:
    code = ord(char)
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def serialize(element: Element) -> str:
    """The element as XML text, without declaration and tail, in the reference engine's spelling."""
    return serialize_text(element)


def direct_text(element: Element) -> str:
    """The element's own text children joined, non-breaking spaces turned into spaces, trimmed."""
    text = element.text or ""
    if len(element):
        text += "".join(child.tail or "" for child in element)
    return text.replace("\xa0", " ").strip()


def string_of(value: object) -> str | None:
    """The text of a value (SynapseXPath.stringValueOf and Java's toString); None stays None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return java_double_text(value)
    if isinstance(value, JsonValue):
        return value.text
    if isinstance(value, TextNode):
        return value.text().replace("\xa0", " ").strip()
    if isinstance(value, Nodes):
        return nodes_text(value)
    if isinstance(value, etree._Element):
        return direct_text(value) or serialize(value)
    return str(value)


def nodes_text(nodes: Iterable[object], *, whole: bool = False) -> str:
    """The text of a node list: one element gives its own text, or its XML when that is blank; several their XML.

    `whole`: the expression contains `node()`, which makes even a single element its XML.
    """
    listed = list(nodes)
    if len(listed) == 1 and not whole:
        return str(string_of(listed[0]) or "")
    parts = []
    for node in listed:
        if isinstance(node, etree._Element):
            parts.append(serialize(_trimmed(node)))
        elif isinstance(node, TextNode):
            parts.append(serialize(node.element()))
        else:
            parts.append(string_of(node) or "")
    return "".join(parts)


def _trimmed(element: Element) -> Element:
    """The element without blanks around its own text, as it is written among several."""
    text = element.text
    if text is None or len(element) or text.strip() in (text, ""):
        return element
    twin = copy_element(element)
    twin.text = text.strip()
    return twin


def first_of(value: object) -> object | None:
    """What a template or connector parameter gets of an XPath value: the first node of a list, else the value."""
    if isinstance(value, Nodes):
        first = value[0] if value else None
        return str(first) if isinstance(first, str) else first
    return value


def copy_value(value: object) -> object:
    """A copy for another message: XML is copied deeply, the rest is immutable or shared on purpose."""
    if isinstance(value, etree._Element):
        return copy_element(value)
    if isinstance(value, Nodes):
        return Nodes(copy_value(item) for item in value)
    return value


def copy_element(element: Element) -> Element:
    """A deep copy without the tail."""
    twin = deepcopy(element)
    twin.tail = None
    return twin
