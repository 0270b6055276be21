"""The inline source of enrich: XML, JSON or text, perhaps with `{expression}` parts, or a local entry."""

from __future__ import annotations

import re

from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.xml import parse_xml, standalone
from engine.expressions import Expression
from engine.message.context import MessageContext
from engine.source.document import Element
from engine.source.node import Node
from engine.values.json_document import JsonSyntaxError, parse

# The parts that are replaced: no blanks, quotes, commas or angle brackets inside (InlineExpressionUtil).
_PART = re.compile(r"\{[^\s\",<>}\]]+\}")


class Inline:
    """Inline content: `element` for XML, else text in pieces; `key` names a local entry instead."""

    __slots__ = ("element", "key", "pieces")

    def __init__(self, element: Element | None, pieces: tuple[str | Expression, ...], key: str = "") -> None:
        self.element = element
        self.pieces = pieces
        self.key = key

    def resolved(self, message: MessageContext) -> Element | str:
        """The content for this message; a local entry gives its element or text."""
        if self.key:
            entry = message.exchange.deployment.local_entries.get(self.key)
            if entry is None:
                return ""
            held: Element | str = entry.element if entry.element is not None else entry.text
            return held
        if self.element is not None:
            return self.element
        out = ""
        for number, piece in enumerate(self.pieces):
            if isinstance(piece, str):
                out += piece
                continue
            value = piece.text(message) or ""
            after = self.pieces[number + 1] if number + 1 < len(self.pieces) else ""
            quoted = out.endswith('"') and isinstance(after, str) and after.startswith('"')
            alone = len(self.pieces) == 1
            out += value if quoted or alone or _is_markup(value) else f'"{value}"'
        return out

    def is_json(self, message: MessageContext) -> bool:
        """Whether the content is JSON text: object, array, quoted or bare primitive, or a single `{expression}`."""
        if self.element is not None:
            return False
        return isinstance(self.resolved(message), str)


def _is_markup(value: str) -> bool:
    """Whether a value goes in as it is: XML, or JSON of any kind."""
    stripped = value.strip()
    if not stripped:
        return False
    try:
        parse(stripped)
    except JsonSyntaxError:
        if not stripped.startswith("<"):
            return False
        try:
            parse_xml(stripped)
        except FormatError:
            return False
    return True


def read_inline(node: Node, build: Build) -> Inline | None:
    """Read the content of `<source type="inline">`; None when there is none."""
    key = node.attribute("key")
    if key is not None:
        build.refer("localEntry", key, node, "key")
        return Inline(None, (), key)
    children = node.any_children()
    if children:
        for child in children:
            child.accept_anything()
        node.raw_text()
        return Inline(standalone(children[0].element), ())
    text = node.raw_text().strip()
    if not text:
        return None
    pieces: list[str | Expression] = []
    position = 0
    for match in _PART.finditer(text):
        compiled = build.compiled_expression(node, match.group()[1:-1])
        if compiled is None:
            continue
        if match.start() > position:
            pieces.append(text[position : match.start()])
        pieces.append(compiled)
        position = match.end()
    if position < len(text):
        pieces.append(text[position:])
    return Inline(None, tuple(pieces))
