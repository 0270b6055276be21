"""XML to JSON by the rules of the reference engine (JsonUtil.writeAsJson).

The root's name is a member; attributes are `@x` strings, text beside them `$`, neighbours of one name an
array, empty elements null. Text that looks like a number, true, false or null becomes one. Namespaces go
unless settings keep them. The elements the JSON reader makes (jsonObject, jsonArray, jsonElement, jsonValue)
are taken back.

Works with a stack of its own, so that depth costs no recursion; deeper than the settings allow is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring as quote
from typing import cast

from lxml import etree

from engine.codecs.errors import FormatError, excerpt
from engine.codecs.json_xml_settings import DEFAULT_SETTINGS, JsonXmlSettings
from engine.codecs.names import decode_name

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONGEST_EXPONENT = 9
_GROUP = re.compile(r"\\(.)|\$([0-9])")
_SPACE = " \t\r\n"
_LITERALS = frozenset({"true", "false", "null"})
_WRAPPERS = frozenset({"jsonObject", "jsonArray", "jsonElement"})


def element_to_json(element: etree._Element, settings: JsonXmlSettings = DEFAULT_SETTINGS) -> str:
    """Turn an element into compact JSON text.

    Raises FormatError for text beside child elements and for a document deeper than `settings.max_depth`.
    """
    return _Conversion(settings).convert(element)


def number_text(text: str) -> str:
    """Spell a number as java.math.BigDecimal does: trailing zeros stay, 1e3 becomes 1E+3, -0 becomes 0.

    The text must be a JSON number; more than nine digits of exponent are left as they are.
    """
    if "e" in text or "E" in text:
        mantissa, _, exponent = text.replace("E", "e").partition("e")
        if len(exponent.lstrip("+-")) > _LONGEST_EXPONENT:
            return text
        return _unsigned_zero(str(Decimal(f"{mantissa}E{exponent}")))
    if text.startswith(("0.000000", "-0")):
        return _unsigned_zero(str(Decimal(text)))
    return text


def _unsigned_zero(text: str) -> str:
    return text[1:] if text[0] == "-" and not text.partition("E")[0].strip("-0.") else text


@lru_cache(maxsize=4096)
def _member(name: str) -> str:
    return quote(decode_name(name)) + ":"


class _Open:
    """An element whose inside is being written.

    `group` is the key of the member last written (with quotes and colon), `mark` where its value begins,
    `array` whether that value is an array still open; a `bare` element writes no braces and no keys.
    """

    __slots__ = ("array", "bare", "element", "first", "group", "mark", "nodes")

    def __init__(self, element: etree._Element, bare: bool, first: bool) -> None:
        self.element = element
        self.nodes = iter(element)
        self.bare = bare
        self.first = first
        self.group = ""
        self.mark = 0
        self.array = False


class _Conversion:
    """One conversion: the text so far and the elements still open."""

    __slots__ = ("keys", "out", "scalar", "settings", "stack")

    def __init__(self, settings: JsonXmlSettings) -> None:
        self.settings = settings
        self.scalar = _scalar(settings)
        self.out: list[str] = []
        self.stack: list[_Open] = []
        self.keys: dict[str, str] = {}

    def convert(self, root: etree._Element) -> str:
        """Write the root as the only member of an object, or bare when its name is one the JSON reader
        made.
        """
        name = self.name(root)
        if name == "jsonValue" and not len(root):
            return root.text or "null"
        bare = name in _WRAPPERS
        if not bare:
            self.out.append("{" + _member(name))
        self.value(root, cast("list[tuple[str, str]]", root.items()))
        while self.stack:
            self.step(self.stack[-1])
        if not bare:
            self.out.append("}")
        return "".join(self.out)

    def step(self, frame: _Open) -> None:
        """Write children until one has an inside of its own, or the element is done."""
        out, keys, stack, settings, scalar = self.out, self.keys, self.stack, self.settings, self.scalar
        depth = len(stack)
        merge = settings.auto_array
        marked = False
        leaves = not settings.namespace_declarations
        for node in frame.nodes:
            tag = node.tag
            tail = node.tail
            if tail is not None and tail.strip(_SPACE):
                raise self.mixed(frame.element, tail)
            if not isinstance(tag, str):
                if self.is_multiple(node):
                    marked = not self.multiple(frame, node.text)
                continue
            key = keys.get(tag) or self.key(node, tag)
            if marked or key != frame.group:
                self.start_group(frame, key, array=marked)
                marked = False
            elif frame.array:
                if out[-1] != "[":
                    out.append(",")
            elif merge:
                out[frame.mark] = "["
                frame.array = True
                out.append(",")
            else:
                self.start_group(frame, key)
            attributes = cast("list[tuple[str, str]]", node.items())
            if not attributes and leaves and not len(node):
                out.append(scalar(node.text))
                continue
            self.value(node, attributes)
            if len(stack) > depth:
                return
        if frame.array:
            out.append("]")
        if not frame.bare:
            out.append("}")
        stack.pop()

    def key(self, element: etree._Element, tag: str) -> str:
        """An element's name as the key of a member; remembered unless its prefix counts."""
        key = _member(self.name(element))
        if not self.settings.preserve_namespace:
            self.keys[tag] = key
        return key

    def start_group(self, frame: _Open, key: str, *, array: bool = False) -> None:
        """Close the array that is open, write the key of a new member and a bracket, or leave room for
        one.
        """
        out = self.out
        if frame.array:
            out.append("]")
        if frame.first:
            frame.first = False
        else:
            out.append(",")
        if not frame.bare:
            out.append(key)
        frame.group = key
        frame.array = array
        frame.mark = len(out)
        out.append("[" if array else "")

    def multiple(self, frame: _Open, data: str | None) -> bool:
        """Begin the array that `<?xml-multiple name?>` asks for; False without a name: it is for the next
        element.

        Elements of another name that follow close the array.
        """
        name = (data or "").strip()
        if not name:
            return False
        if self.settings.preserve_namespace:
            name = name.replace(":", self.settings.namespace_separator)
        self.start_group(frame, _member(name.rpartition(":")[2]), array=True)
        return True

    def value(self, element: etree._Element, attributes: list[tuple[str, str]]) -> None:
        """Write a value at once when it is text, else open it."""
        settings = self.settings
        if settings.nil and any(key.rpartition("}")[2] == "nil" and text == "true" for key, text in attributes):
            self.out.append("null")
            return
        members = self.attribute_members(element, attributes) if attributes or settings.namespace_declarations else []
        if not len(element):
            text, has_children = element.text, False
        elif isinstance(element[0].tag, str):
            text, has_children = element.text, True
        else:
            text, has_children = self.split(element)
        if not has_children:
            if not members:
                self.out.append(self.scalar(text))
                return
            if text and text.strip(_SPACE):
                members.append('"$":' + self.scalar(text))
            self.out.append("{" + ",".join(members) + "}")
            return
        if text and text.strip(_SPACE):
            raise self.mixed(element, text)
        if len(self.stack) >= settings.max_depth:
            raise FormatError(f"the XML document has more than {settings.max_depth} levels inside each other")
        bare = not members and self.is_wrapper(element)
        if not bare:
            self.out.append("{" + ",".join(members))
        self.stack.append(_Open(element, bare, not members))

    def mixed(self, element: etree._Element, text: str) -> FormatError:
        """The error for text beside child elements."""
        return FormatError(
            f"Mixed content is not supported: the element {self.name(element)} holds the text "
            f"{excerpt(text.strip())} beside other elements"
        )

    def split(self, element: etree._Element) -> tuple[str | None, bool]:
        """The text of an element that begins with a comment or an instruction, and whether it has children
        too.
        """
        if any(isinstance(node.tag, str) or self.counts(node) for node in element):
            return element.text, True
        pieces = [piece for piece in (element.text, *[node.tail for node in element]) if piece]
        return "".join([piece for piece in pieces if piece.strip(_SPACE)] or pieces), False

    def is_multiple(self, node: etree._Element) -> bool:
        """Whether a node is an instruction that makes an array."""
        return (
            self.settings.read_multiple
            and isinstance(node, etree._ProcessingInstruction)
            and node.target == "xml-multiple"
        )

    def counts(self, node: etree._Element) -> bool:
        """Whether a node is an instruction that makes a member even when no element follows."""
        return self.is_multiple(node) and bool((node.text or "").strip())

    def is_wrapper(self, element: etree._Element) -> bool:
        """Whether everything inside belongs to one of the names the JSON reader made."""
        found: str | None = None
        for node in element:
            if isinstance(node.tag, str):
                name = self.name(node)
            elif self.counts(node):
                name = (node.text or "").strip()
            else:
                continue
            if name not in _WRAPPERS or (found is not None and (name != found or name != "jsonElement")):
                return False
            found = name
        return found is not None

    def name(self, element: etree._Element) -> str:
        """An element's name as a member, still coded."""
        tag = str(element.tag)
        if self.settings.preserve_namespace and element.prefix:
            return element.prefix + self.settings.namespace_separator + tag.rpartition("}")[2]
        return tag.rpartition("}")[2] if tag[0] == "{" else tag

    def attribute_members(self, element: etree._Element, attributes: list[tuple[str, str]]) -> list[str]:
        """The members that declarations and attributes give; of two with one name the last wins."""
        settings = self.settings
        members: dict[str, str] = {}
        if settings.namespace_declarations:
            parent = element.getparent()
            inherited = parent.nsmap if parent is not None and self.stack else {}
            for prefix, uri in element.nsmap.items():
                if inherited.get(prefix) != uri:
                    name = f"xmlns{settings.namespace_separator}{prefix}" if prefix else "xmlns"
                    members["@" + name] = uri
        for key, text in attributes:
            local = key.rpartition("}")[2]
            if settings.preserve_namespace and key[0] == "{":
                prefix = next((p for p, uri in element.nsmap.items() if p and uri == key[1:].partition("}")[0]), None)
                local = f"{prefix}{settings.namespace_separator}{local}" if prefix else local
            members["@" + decode_name(local)] = text
        return [f"{quote(name)}:{quote(text)}" for name, text in members.items()]


def _typed(text: str | None) -> str:
    """A leaf's text as a JSON value under the default settings."""
    if not text:
        return "null"
    first = text[0]
    if first in "-0123456789":
        return number_text(text) if _NUMBER.fullmatch(text) else quote(text)
    if first in _SPACE and not text.strip(_SPACE):
        return "null"
    return text if text in _LITERALS else quote(text)


@lru_cache(maxsize=64)
def _scalar(settings: JsonXmlSettings) -> Callable[[str | None], str]:
    """How a leaf's text becomes a JSON value under these settings."""
    empty = "null" if settings.empty_is_null else '""'
    stays, replaced = settings.string_regex, settings.replace_regex
    plain = settings.empty_is_null and settings.auto_primitive and not settings.preserve_spaces
    if plain and stays is None and replaced is None:
        return _typed

    def scalar(text: str | None) -> str:
        if not text or (not settings.preserve_spaces and not text.strip(_SPACE)):
            return empty
        if not settings.auto_primitive or not text.strip(_SPACE):
            return quote(text)
        if stays is not None:
            return quote(text) if stays.fullmatch(text) else _typed(text)
        if replaced is not None and replaced.match(text):
            return quote(_replace_first(replaced, settings.replace_with, text))
        return _typed(text)

    return scalar


def _replace_first(pattern: re.Pattern[str], replacement: str, text: str) -> str:
    """Java's replaceFirst: `$1` is a group, a backslash takes the next character as it is."""

    def expand(match: re.Match[str]) -> str:
        def part(mark: re.Match[str]) -> str:
            if mark.group(1) is not None:
                return mark.group(1)
            number = int(mark.group(2))
            return (match.group(number) or "") if number <= pattern.groups else ""

        return _GROUP.sub(part, replacement)

    return pattern.sub(expand, text, count=1)
