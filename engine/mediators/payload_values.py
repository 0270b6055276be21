"""Putting values into the templates of payloadFactory: what is escaped, converted or inserted as it is.

The rules are those of TemplateProcessor and RegexTemplateProcessor of the reference engine, except where those would
write broken JSON or XML: a value alone between quotes that turns out to be an object replaces the quotes, and whatever
stands inside a longer text or an attribute is escaped for that place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from lxml import etree

from engine.codecs.errors import FormatError
from engine.codecs.json_to_xml import json_to_xml_text, json_value_to_xml_text
from engine.codecs.xml import parse_xml
from engine.codecs.xml_to_json import element_to_json
from engine.message.context import MessageContext
from engine.message.values import JsonValue, Nodes, TextNode, string_of
from engine.values.json_document import JsonSyntaxError, parse


class Spot(Enum):
    """Where in the template a value goes."""

    OUTSIDE = 1
    """Between JSON tokens, or in the content of an element, or anywhere in plain text."""
    ALONE = 2
    """Between two quotes of JSON with nothing else; the quotes are the slot's own."""
    INSIDE = 3
    """In the middle of a JSON text, or inside an XML tag."""


class Kind(Enum):
    """How an argument was written."""

    STATIC = 1
    XPATH = 2
    JSON = 3


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = re.compile('[\\\\"\b\f\n\r\t]')
_ESCAPED = re.compile('\\\\(?:["\\\\/bfnrt]|u[0-9A-Fa-f]{4})|[\\\\"\b\f\n\r\t]')
_CONTROLS = re.compile("[\b\f\n\r\t]")
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_QUOTE_STRINGS = "QUOTE_STRING_IN_PAYLOAD_FACTORY_JSON"


def json_escaped(text: str) -> str:
    """The text as the inside of a JSON string: backslash, quote and the five short control characters."""
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found.group()], text) if _TO_ESCAPE.search(text) is not None else text


def escaped_once(text: str) -> str:
    """The text as the inside of a JSON string, where escapes that are in it already stay what they are."""
    if _TO_ESCAPE.search(text) is None:
        return text
    return _ESCAPED.sub(lambda found: found.group() if len(found.group()) > 1 else _ESCAPES[found.group()], text)


def xml_escaped(text: str) -> str:
    """The text as character data or attribute value."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;")):
        if char in text:
            text = text.replace(char, entity)
    return text


def without_declaration(text: str) -> str:
    """The text without an XML declaration at its start."""
    found = _DECLARATION.match(text)
    return text[found.end() :] if found is not None else text


def fragment(text: str) -> etree._Element | None:
    """The elements that the text consists of, below an element `jsonObject`; None when it is no XML."""
    stripped = text.strip()
    if stripped[:1] != "<" or stripped[-1:] != ">":
        return None
    try:
        return parse_xml(f"<jsonObject>{without_declaration(stripped)}</jsonObject>")
    except FormatError:
        return None


def is_jsonish(text: str) -> bool:
    """Whether the text looks like a JSON object or array."""
    return text.lstrip()[:1] in ("{", "[")


def controls_escaped(text: str) -> str:
    """JSON text in which strings hold no raw line breaks and tabs any more (escapeXmlChars)."""
    if _CONTROLS.search(text) is None:
        return text
    return _JSON_TEXT.sub(lambda found: _CONTROLS.sub(lambda char: _ESCAPES[char.group()], found.group()), text)


def _json_at(raw: str, spot: Spot) -> str:
    """JSON text in its place: as a string where it cannot be a value."""
    if spot is Spot.OUTSIDE:
        return raw
    if spot is Spot.INSIDE:
        return json_escaped(raw)
    try:
        parse(raw)
    except JsonSyntaxError:
        return f'"{json_escaped(raw)}"'
    return raw


def _json_text_at(text: str, spot: Spot) -> str:
    escaped = json_escaped(text)
    return f'"{escaped}"' if spot is Spot.ALONE else escaped


def _converted(text: str, elements: etree._Element, message: MessageContext, spot: Spot) -> str:
    """XML in a JSON template: by the rules of XML to JSON, as text where those do not apply."""
    try:
        json = element_to_json(elements, message.payload.rules)
    except FormatError:
        return _json_text_at(text, spot)
    if spot is Spot.ALONE and text != text.strip():
        return f'"{json}"'  # as the reference engine writes markup that is not the whole text
    return _json_at(json, spot)


def json_argument(
    kind: Kind, literal: bool, escape_controls: bool, text: str, spot: Spot, message: MessageContext
) -> str:
    """`$n` in a JSON template."""
    if literal:
        return _json_text_at(text, spot)
    if kind is not Kind.JSON:
        elements = fragment(text)
        if elements is not None:
            return _converted(text, elements, message, spot)
        if kind is Kind.STATIC:
            return _json_text_at(xml_escaped(text), spot)
    if is_jsonish(text):
        if kind is Kind.XPATH and spot is Spot.ALONE and _TO_ESCAPE.search(text) is None:
            return f'"{text}"'  # a text such as `{}`: the reference engine writes a valid string here
        return _json_at(controls_escaped(text) if escape_controls else text, spot)
    if kind is Kind.JSON and spot is Spot.OUTSIDE and message.properties.get(_QUOTE_STRINGS) in ("true", True):
        bare = text in ("true", "false", "null") or _JSON_NUMBER.fullmatch(text) is not None
        spot = Spot.OUTSIDE if bare else Spot.ALONE
    return _json_text_at(text, spot)


def xml_argument(
    kind: Kind, literal: bool, escape_controls: bool, text: str, spot: Spot, message: MessageContext
) -> str:
    """`$n` in an XML template."""
    if spot is Spot.OUTSIDE:
        if kind is Kind.JSON and not literal and is_jsonish(text):
            try:
                return json_to_xml_text(text, message.payload.rules, wrapped=False)
            except FormatError:
                return xml_escaped(text)
        if not (kind is Kind.JSON and is_jsonish(text)) and fragment(text) is not None:
            return without_declaration(text)
    return xml_escaped(text)


def text_argument(
    kind: Kind, literal: bool, escape_controls: bool, text: str, spot: Spot, message: MessageContext
) -> str:
    """`$n` in a text template."""
    if kind is Kind.STATIC and fragment(text) is None:
        return xml_escaped(text)
    return text


class XPathText(str):
    """The text of a `${...}` with an XPath in it: XML when it looks so."""

    __slots__ = ()


def json_expression(value: object | None, text: str, spot: Spot, message: MessageContext) -> str:
    """`${...}` in a JSON template: `value` is its result as an object, `text` as text."""
    if isinstance(value, str) and (type(value) is str or fragment(text) is None):
        escaped = escaped_once(text)
        if spot is Spot.OUTSIDE:
            return text
        return f'"{escaped}"' if spot is Spot.ALONE else escaped
    if spot is not Spot.OUTSIDE:
        return _json_text_at(text, spot)
    if value is None:
        return "null"
    if isinstance(value, JsonValue):
        return json_escaped(text) if isinstance(value.value, str) else text
    elements = fragment(text) if isinstance(value, _XML) else None
    if elements is None:
        return text
    # Of two backslashes in a row one is left: kept for compatibility.
    return _converted(text, elements, message, spot).replace("\\\\\\\\", "\\\\")


def xml_expression(value: object | None, text: str, spot: Spot, message: MessageContext) -> str:
    """`${...}` in an XML template. Backslashes in JSON texts are doubled: kept for compatibility."""
    if isinstance(value, JsonValue):
        if spot is Spot.OUTSIDE and isinstance(value.value, dict | list):
            markup = json_value_to_xml_text(value.value, message.payload.rules, wrapped=False)
            return markup.replace("\\", "\\\\")
        return xml_escaped(text.replace("\\", "\\\\"))
    if spot is Spot.OUTSIDE and isinstance(value, _XML):
        markup = string_of(value) or "" if not isinstance(value, etree._Element) else text
        if fragment(markup) is not None:
            return markup
    return xml_escaped(text)


_XML = (etree._Element, Nodes, TextNode, XPathText)


def text_expression(value: object | None, text: str, spot: Spot, message: MessageContext) -> str:
    """`${...}` in a text template."""
    return text


RenderArgument = Callable[[Kind, bool, bool, str, Spot, MessageContext], str]
RenderExpression = Callable[[object | None, str, Spot, MessageContext], str]
ARGUMENTS: dict[str, RenderArgument] = {"json": json_argument, "xml": xml_argument, "text": text_argument}
EXPRESSIONS: dict[str, RenderExpression] = {"json": json_expression, "xml": xml_expression, "text": text_expression}
