"""JSON to XML by the rules of the reference engine: as text without a tree, or as a tree.

Objects become `<jsonObject>`, arrays `<jsonArray><jsonElement>`, other texts `<jsonValue>` around the raw
token; an array under a name repeats the element of that name, an array inside an array is wrapped in
`<jsonArray>` again. `@x` members are attributes, `$` is the text, null and {} are empty elements, empty
arrays leave nothing behind. Numbers keep their spelling. Names XML does not know are coded
(engine.codecs.names). A default namespace from `@xmlns` counts for the members inside, as in any XML.

The XML text grows from the inside out while the JSON is read: every object that the C scanner completes is
turned into its text at once, so that no second pass over a tree of values is needed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from lxml import etree

from engine.codecs.errors import FormatError, excerpt
from engine.codecs.json_reading import Json, Members, decode_with, json_text, no_constant, read_json
from engine.codecs.json_xml_settings import DEFAULT_SETTINGS, JsonXmlSettings
from engine.codecs.names import encode_name
from engine.codecs.xml import parse_xml

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SIMPLE = re.compile(r"[\w$.-]+")
_MARKUP = re.compile(r"[&<>\\]")


_Content = tuple[str, str | None, int]
"""The finished inside of an element: attributes, text (None: nothing at all) and levels of elements below.

Known by its class: every other value that is read is a list, a string, a constant or Members.
"""


class _NotPlain(Exception):
    """An object as the value of an attribute: only the slower way knows what to do."""


def json_to_xml(data: bytes | str, settings: JsonXmlSettings = DEFAULT_SETTINGS, *, wrapped: bool = True) -> bytes:
    """Turn a JSON text into XML bytes (UTF-8, no declaration) without building a tree.

    `wrapped=False` leaves out the outermost jsonObject or jsonArray, for use inside other markup. Raises
    FormatError for what is no JSON, and for what XML cannot hold (control characters, an array as attribute).
    """
    return json_to_xml_text(data, settings, wrapped=wrapped).encode()


def json_to_xml_text(data: bytes | str, settings: JsonXmlSettings = DEFAULT_SETTINGS, *, wrapped: bool = True) -> str:
    """As json_to_xml, as text."""
    text = json_text(data)
    plain = _MARKUP.search(text) is None and (text.isascii() or _ILLEGAL.search(text) is None)
    writer, decoder = _decoder(settings, plain)
    try:
        value = decode_with(decoder, text)
    except _NotPlain:
        return json_value_to_xml_text(read_json(text), settings, wrapped=wrapped)
    if value.__class__ is tuple or value.__class__ is list:
        return writer.root(value, wrapped)
    return writer.scalar_root(_escape(text.strip(" \t\r\n")), wrapped)


def json_value_to_xml_text(value: Json, settings: JsonXmlSettings = DEFAULT_SETTINGS, *, wrapped: bool = True) -> str:
    """As json_to_xml_text, for a value that is already read: dict or Members, list, str, number, bool,
    None.
    """
    writer = _Writer(settings, _escape)
    ready = writer.prepare(value, 0)
    if ready.__class__ is tuple or ready.__class__ is list:
        return writer.root(ready, wrapped)
    if ready.__class__ is str and isinstance(value, str) and value.__class__ is str:
        ready = json.dumps(value, ensure_ascii=False)
    elif ready is None or ready is True or ready is False:
        ready = json.dumps(ready)
    return writer.scalar_root(_escape(ready), wrapped)


def json_to_element(data: bytes | str, settings: JsonXmlSettings = DEFAULT_SETTINGS) -> etree._Element:
    """Turn a JSON text into a tree.

    Building the text and parsing it is more than twice as quick as building the tree node by node.
    """
    return parse_xml(json_to_xml_text(data, settings), made_here=True)


def json_value_to_element(value: Json, settings: JsonXmlSettings = DEFAULT_SETTINGS) -> etree._Element:
    """As json_to_element, for a value that is already read."""
    return parse_xml(json_value_to_xml_text(value, settings), made_here=True)


@lru_cache(maxsize=64)
def _decoder(settings: JsonXmlSettings, plain: bool) -> tuple[_Writer, json.JSONDecoder]:
    writer = _Writer(settings, None if plain else _escape)
    decoder = json.JSONDecoder(
        object_pairs_hook=writer.members, parse_int=str, parse_float=str, parse_constant=no_constant
    )
    return writer, decoder


class _Tags(dict[str, tuple[str, str]]):
    """The start (without `>`) and end tag for each member name; both empty for `$` and `@x`, which are no
    elements.
    """

    def __missing__(self, name: str) -> tuple[str, str]:
        if name == "$" or (name[:1] == "@" and len(name) > 1):
            tags = "", ""
        else:
            coded = encode_name(name)
            tags = "<" + coded, f"</{coded}>"
        if len(name) <= _LONGEST_KEPT:
            if len(self) >= _MOST_TAGS:
                self.clear()
            self[name] = tags
        return tags


_MOST_TAGS = 10_000
_LONGEST_KEPT = 64
_TAGS = _Tags()


class _Writer:
    """Turns members into markup; without state of its own, so one serves every text read under the same
    settings.
    """

    __slots__ = ("escape", "max_depth", "multiple", "null")

    def __init__(self, settings: JsonXmlSettings, escape: Callable[[str], str] | None) -> None:
        self.escape = escape
        self.multiple = settings.write_multiple
        self.null = ' nil="true"/>' if settings.nil else "/>"
        self.max_depth = settings.max_depth

    def members(self, pairs: Iterable[tuple[str, Json]]) -> _Content:
        """The inside of the element that an object becomes; values inside are ready already."""
        out: list[str] = []
        attributes: dict[str, str] | None = None
        escape, null = self.escape, self.null
        depth = 0
        for name, value in pairs:
            opening, closing = _TAGS[name]
            if not opening:
                if name == "$":
                    out.append(self.text_member(value))
                else:
                    attributes = {} if attributes is None else attributes
                    self.attribute(name[1:], value, attributes)
                continue
            kind = value.__class__
            if kind is str:
                out.append(f"{opening}>{value if escape is None else escape(value)}{closing}")
            elif kind is tuple:
                inside, text, below = value
                out.append(f"{opening}{inside}/>" if text is None else f"{opening}{inside}>{text}{closing}")
                if below >= depth:
                    depth = below + 1
            elif value is None:
                out.append(opening + null)
            elif kind is list:
                depth = max(depth, self.items(name, value, out, 1))
            else:
                out.append(f"{opening}>true{closing}" if value is True else f"{opening}>false{closing}")
        if not depth and out:
            depth = 1
        if depth >= self.max_depth:
            raise self.too_deep()
        marks = "" if attributes is None else "".join([f' {name}="{value}"' for name, value in attributes.items()])
        return marks, "".join(out) if out else None, depth

    def items(self, name: str, values: list[Json], out: list[str], level: int) -> int:
        """Write an array as repeated elements; returns the levels of elements it made."""
        if level > self.max_depth:
            raise self.too_deep()
        opening, closing = _TAGS[name]
        escape = self.escape
        deepest = 1
        if self.multiple:
            known = name if _SIMPLE.fullmatch(name) else encode_name(name)
            out.append(f"<?xml-multiple  {known}?>")
        for value in values:
            kind = value.__class__
            if kind is str:
                out.append(f"{opening}>{value if escape is None else escape(value)}{closing}")
            elif kind is tuple:
                inside, text, below = value
                out.append(f"{opening}{inside}/>" if text is None else f"{opening}{inside}>{text}{closing}")
                deepest = max(deepest, below + 1)
            elif value is None:
                out.append(opening + self.null)
            elif kind is list:
                if value or self.multiple:
                    out.append(opening + "><jsonArray>")
                    deepest = max(deepest, 2 + self.items("jsonElement", value, out, level + 2))
                    out.append("</jsonArray>" + closing)
                else:
                    out.append(f"{opening}><jsonArray/>{closing}")
            else:
                out.append(f"{opening}>true{closing}" if value is True else f"{opening}>false{closing}")
        return deepest

    def too_deep(self) -> FormatError:
        """The error for a text that goes deeper than the settings allow."""
        return FormatError(f"the JSON text has more than {self.max_depth} levels inside each other")

    def text_member(self, value: Json) -> str:
        """The text that a `$` member gives."""
        if value is None:
            return ""
        text = _scalar_text(value)
        if text is None:
            raise FormatError("the member $ is the text of its object and cannot be an object or an array")
        return text if self.escape is None else self.escape(text)

    def attribute(self, name: str, value: Json, attributes: dict[str, str]) -> None:
        """Add what an `@` member gives."""
        if value.__class__ is tuple:
            raise _NotPlain
        if isinstance(value, Members):
            for inner, inner_value in value:
                known = inner.removeprefix("@")
                if name == "xmlns":
                    self.attribute_text(
                        "xmlns" if inner == "$" else "xmlns:" + encode_name(known), inner_value, attributes
                    )
                else:
                    self.attribute_text(encode_name(name if inner == "$" else known), inner_value, attributes)
            return
        self.attribute_text(encode_name(name), value, attributes)

    def attribute_text(self, name: str, value: Json, attributes: dict[str, str]) -> None:
        """Add one attribute; the last of a name wins."""
        text = "" if value is None else _scalar_text(value)
        if text is None:
            raise FormatError(f"the member @{name} is an attribute and cannot be an object or an array")
        escaped = _escape(text)
        if '"' in escaped or "\n" in escaped or "\t" in escaped:
            escaped = escaped.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
        attributes[name] = escaped

    def prepare(self, value: Json, level: int) -> Json:
        """Make a value that was read elsewhere ready: objects become _Content, numbers their text."""
        if level > self.max_depth:
            raise self.too_deep()
        if isinstance(value, Mapping) or value.__class__ is Members:
            pairs = value.items() if isinstance(value, Mapping) else value
            return self.members([(name, self.member(name, inner, level)) for name, inner in pairs])
        if isinstance(value, (list, tuple)):
            return [self.prepare(inner, level + 1) for inner in value]
        if value is None or value is True or value is False or value.__class__ is str:
            return value
        if isinstance(value, float) and not math.isfinite(value):
            raise FormatError(f"{value} is no JSON value")
        return str(value)

    def member(self, name: str, value: Json, level: int) -> Json:
        """One member's value; what goes into an attribute stays as it was read."""
        if len(name) > 1 and name[0] == "@" and isinstance(value, (Mapping, Members)):
            pairs = value.items() if isinstance(value, Mapping) else value
            return Members((inner, self.prepare(deeper, level + 1)) for inner, deeper in pairs)
        return self.prepare(value, level + 1)

    def root(self, value: Json, wrapped: bool) -> str:
        """The whole text for an object or an array."""
        if isinstance(value, tuple):
            attributes, text, _ = value
            if not wrapped:
                return text or ""
            return f"<jsonObject{attributes}/>" if text is None else f"<jsonObject{attributes}>{text}</jsonObject>"
        out: list[str] = []
        if (value or self.multiple) and self.items("jsonElement", value, out, 2) >= self.max_depth:
            raise self.too_deep()
        if not wrapped:
            return "".join(out)
        return f"<jsonArray>{''.join(out)}</jsonArray>" if out else "<jsonArray/>"

    def scalar_root(self, token: str, wrapped: bool) -> str:
        """The whole text for anything else: the token as written."""
        return f"<jsonValue>{token}</jsonValue>" if wrapped else token


def _scalar_text(value: Json) -> str | None:
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    return "false" if value is False else None


def _escape(text: str) -> str:
    """Escape character data as Axiom does: `>` only where it would close a CDATA section."""
    if not text.isprintable():
        illegal = _ILLEGAL.search(text)
        if illegal is not None:
            raise FormatError(
                f"the character U+{ord(illegal.group()):04X} cannot stand in XML, in the text {excerpt(text)}"
            )
        if "\r" in text:
            return _escape_markup(text).replace("\r", "&#xd;")
    return _escape_markup(text)


def _escape_markup(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if "]]>" in text:
        text = text.replace("]]>", "]]&gt;")
    return text
