"""The template of payloadFactory, cut into constant pieces and slots when it is deployed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from engine.expressions import Expression
from engine.mediators.payload_values import ARGUMENTS, EXPRESSIONS, Kind, Spot, XPathText
from engine.message.context import MessageContext
from engine.records import dataclass

_JSON_MARK = re.compile(r'\\.|"', re.DOTALL)
_SLOT = re.compile(r'"\$\{(?P<quoted>[^}]+)\}"|\$\{(?P<bare>[^}]+)\}|\$(?P<number>\d+)', re.ASCII)


@dataclass(frozen=True, slots=True)
class Argument:
    """One `<arg>`. `literal`: JSON and XML in it are text."""

    kind: Kind
    expression: Expression | None = None
    constant: str = ""
    literal: bool = False

    def text(self, message: MessageContext) -> str:
        """The argument's text; "" for an absent one."""
        return self.constant if self.expression is None else self.expression.text(message) or ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value; `at` is its number among the sources of the template."""

    at: int
    spot: Spot


Source = Argument | Expression
Compile = Callable[[str], Expression | None]


class Template:
    """Pieces of text and slots; every source is evaluated once for a message, however often it is used."""

    __slots__ = (
        "_argument",
        "_constant",
        "_escape_controls",
        "_expression",
        "content_aware",
        "pieces",
        "sources",
        "unfilled",
    )

    def __init__(
        self,
        media: str,
        pieces: Sequence[str | Slot],
        sources: Sequence[Source],
        *,
        escape_controls: bool = False,
        unfilled: int = 0,
    ) -> None:
        self.pieces = tuple(pieces)
        self.sources = tuple(sources)
        self.unfilled = unfilled
        """The first `$n` that no argument is given for; from there on nothing is replaced. 0 when there is none."""
        self.content_aware = any(
            source.content_aware
            if isinstance(source, Expression)
            else source.expression is not None and source.expression.content_aware
            for source in self.sources
        )
        self._escape_controls = escape_controls
        self._argument = ARGUMENTS[media]
        self._expression = EXPRESSIONS[media]
        self._constant = None if self.sources else "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def constant(self) -> str | None:
        """The whole text when there is nothing to put in."""
        return self._constant

    def render(self, message: MessageContext) -> str:
        """The template filled for this message. Raises ExpressionError."""
        if self._constant is not None:
            return self._constant
        values = [self._evaluated(source, message) for source in self.sources]
        out = []
        for piece in self.pieces:
            if isinstance(piece, str):
                out.append(piece)
                continue
            source = self.sources[piece.at]
            value, text = values[piece.at]
            if isinstance(source, Argument):
                out.append(
                    self._argument(source.kind, source.literal, self._escape_controls, text, piece.spot, message)
                )
            else:
                out.append(self._expression(value, text, piece.spot, message))
        return "".join(out)

    def sample(self, filler: str) -> str:
        """The template with `filler` for every value outside of quotes and a letter for the others."""
        parts = []
        for piece in self.pieces:
            if isinstance(piece, str):
                parts.append(piece)
            else:
                parts.append({Spot.OUTSIDE: filler, Spot.ALONE: '"x"', Spot.INSIDE: "x"}[piece.spot])
        return "".join(parts)

    @staticmethod
    def _evaluated(source: Source, message: MessageContext) -> tuple[object | None, str]:
        if isinstance(source, Argument):
            return None, source.text(message)
        if "xpath(" in source.source:
            text = source.text(message) or ""
            return XPathText(text), text
        return source.both(message)


def cut(
    text: str, media: str, arguments: Sequence[Argument], compile_part: Compile, *, escape_controls: bool = False
) -> Template:
    """Cut a template. `compile_part` compiles `${...}` and may answer None after reporting a mistake."""
    pieces: list[str | Slot] = []
    sources: list[Source] = []
    known: dict[str, int] = {}
    state = _State(media)
    position = unfilled = 0

    def slot(name: str, source: Source, spot: Spot) -> None:
        if name not in known:
            known[name] = len(sources)
            sources.append(source)
        pieces.append(Slot(known[name], spot))

    for match in _SLOT.finditer(text):
        before = text[position : match.start()]
        number = match.group("number")
        if number is not None and not 1 <= int(number) <= len(arguments):
            unfilled = int(number)
            break
        state.read(before)
        if number is None:
            quoted = match.group("quoted")
            alone = quoted is not None and media == "json" and not state.inside
            compiled = compile_part("${" + (quoted or match.group("bare")) + "}")
            pieces.append(before if quoted is None or alone else before + '"')
            if compiled is not None:
                slot(compiled.source, compiled, Spot.ALONE if alone else state.spot)
            if quoted is not None and not alone:
                pieces.append('"')
                state.read('""')
            position = match.end()
            continue
        argument = arguments[int(number) - 1]
        alone = media == "json" and state.opened and text[match.end() : match.end() + 1] == '"'
        pieces.append(before[:-1] if alone else before)
        slot(f"${number}", argument, Spot.ALONE if alone else state.spot)
        position = match.end() + alone
        state.after_slot(closed=alone)
    pieces.append(text[position:])
    kept = [piece for piece in pieces if piece != ""]
    return Template(media, kept, sources, escape_controls=escape_controls, unfilled=unfilled)


class _State:
    """Where the text read so far ends: inside a JSON string, inside an XML tag, or outside."""

    __slots__ = ("_media", "inside", "opened")

    def __init__(self, media: str) -> None:
        self._media = media
        self.inside = False
        self.opened = False
        """Whether the last character read opened a JSON string."""

    @property
    def spot(self) -> Spot:
        return Spot.INSIDE if self.inside else Spot.OUTSIDE

    def read(self, text: str) -> None:
        """Go on over constant text."""
        if text:
            self.opened = False
        if self._media == "json":
            turned = 0
            for mark in _JSON_MARK.finditer(text):
                # a backslash escapes within quotes only
                if mark.group() == '"' or (not self.inside and mark.group().endswith('"')):
                    self.inside = not self.inside
                    turned = mark.end()
            if text:
                self.opened = self.inside and turned == len(text)
        elif self._media == "xml":
            opening, closing = text.rfind("<"), text.rfind(">")
            if opening != closing:
                self.inside = opening > closing

    def after_slot(self, *, closed: bool) -> None:
        """Go on over a slot; `closed`: it took the quotes around it."""
        self.opened = False
        if closed:
            self.inside = False
