"""Text with `${...}` in it: log messages and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.expressions.base import Expression
from engine.message.context import MessageContext

if TYPE_CHECKING:
    from engine.build import Build
    from engine.source.node import Node

_LITERAL = re.compile(
    r"\$\{.*|\{?\$(?:ctx|trp|axis2|func|url):[\w.-]+\}?|json-eval\([^)]*\)|get-property\([^)]*\)", re.DOTALL
)
_PART = re.compile(r"\$\{[^}]+\}")


class Template:
    """Literal pieces and expressions, cut apart once."""

    __slots__ = ("content_aware", "pieces")

    def __init__(self, pieces: tuple[str | Expression, ...]) -> None:
        self.pieces = pieces
        self.content_aware = any(isinstance(piece, Expression) and piece.content_aware for piece in pieces)

    def text(self, message: MessageContext) -> str:
        """The text with every expression replaced by its result; nothing for an absent one."""
        return "".join(piece if isinstance(piece, str) else piece.text(message) or "" for piece in self.pieces)


def compile_template(node: Node, build: Build, text: str) -> Template:
    """Cut a text into pieces; a mistake in an expression is a problem on `node`."""
    pieces: list[str | Expression] = []
    position = 0
    if not text.strip():
        node.empty()
    for match in _PART.finditer(text):
        if match.start() > position:
            pieces.append(text[position : match.start()])
        expression = build.compiled_expression(node, match.group())
        if expression is not None:
            pieces.append(expression)
        position = match.end()
    if position < len(text):
        pieces.append(text[position:])
    for piece in pieces:
        if isinstance(piece, str):
            _doubt(node, piece)
    return Template(tuple(pieces))


def _doubt(node: Node, piece: str) -> None:
    """Tell of something in the literal text that was meant to be evaluated."""
    found = _LITERAL.search(piece)
    if found is None:
        return
    text = found.group().strip()
    if text.startswith("${"):
        message, hint = f"{text[:60]!r} has no closing brace, so it is written out as it stands", "add }"
    else:
        name = text.strip("{}").partition(":")[2]
        message = f"{text!r} is written out as it stands: only ${{...}} is evaluated in here"
        hint = f"write ${{{_SAME.get(text.strip('{}').partition(':')[0], 'payload')}{'.' + name if name else ''}}}"
    node.warning("SYN039", message, hint=hint, place=node.document.text_place(node.element))


_SAME = {
    "$ctx": "properties.synapse",
    "$trp": "headers",
    "$axis2": "properties.axis2",
    "$func": "params.functionParams",
    "$url": "params.queryParams",
}
