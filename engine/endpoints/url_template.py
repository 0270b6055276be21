"""RFC 6570 URI templates as http endpoints use them (HTTPEndpoint.resolveUrlTemplate). Pure text work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from engine.records import dataclass

_UNRESERVED = "-._~"
_RESERVED = ":/?#[]@!$&'()*+,;="
_BRACE = re.compile("[{}]")
_EXPRESSION = re.compile(r"\$\{[^{}]*\}|\{([+#./;?&]?)([^{}]*)\}")
_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_INVALID = re.compile(r"[\s<>\"\\^`|{}]|%(?![0-9A-Fa-f]{2})")
# operator -> (first, separator, named, empty value gets "=", reserved characters kept)
_OPERATORS: dict[str, tuple[str, str, bool, bool, bool]] = {
    "": ("", ",", False, False, False),
    "+": ("", ",", False, False, True),
    "#": ("#", ",", False, False, True),
    ".": (".", ".", False, False, False),
    "/": ("/", "/", False, False, False),
    ";": (";", ";", True, False, False),
    "?": ("?", "&", True, True, False),
    "&": ("&", "&", True, True, False),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One `{...}`: its operator, and variables with the length limit of `:n` (0 for none)."""

    operator: str
    variables: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A compiled template: literal pieces and slots; `expressions` are the texts of its `${...}`, each a slot.

    `usable` is False when the literal text alone keeps every expansion from being a URI: then the template's text is
    called as it stands, as the reference engine does.
    """

    text: str
    pieces: tuple[str | Slot, ...]
    names: tuple[str, ...]
    expressions: tuple[str, ...] = ()
    usable: bool = True

    def expand(self, values: Mapping[str, str]) -> str:
        """The template with every variable filled in; undefined ones vanish."""
        return "".join(piece if isinstance(piece, str) else _expand(piece, values) for piece in self.pieces)


def compile_url_template(text: str) -> UrlTemplate:
    """Take a template apart. Raises ValueError for braces that do not pair and for empty names.

    A template that starts with `{` (but no operator) keeps the reserved characters of that first variable, so that a
    variable may hold a whole URL.
    """
    _check_braces(text)
    pieces: list[str | Slot] = []
    names: list[str] = []
    expressions: list[str] = []
    position = 0
    for match in _EXPRESSION.finditer(text):
        if match.start() > position:
            pieces.append(text[position : match.start()])
        position = match.end()
        if match.group().startswith("$"):
            expressions.append(match.group())
            pieces.append(Slot("+" if match.start() == 0 else "", ((match.group(), 0),)))
            continue
        operator = match.group(1)
        if match.start() == 0 and not operator:
            operator = "+"
        variables = []
        for name in match.group(2).split(","):
            bare, _, length = name.strip().removesuffix("*").partition(":")
            if not bare:
                raise ValueError(f"there is no variable name in {match.group()!r}")
            variables.append((bare, int(length) if length.isdigit() else 0))
            names.append(bare)
        pieces.append(Slot(operator, tuple(variables)))
    if position < len(text):
        pieces.append(text[position:])
    usable = not any(isinstance(piece, str) and _INVALID.search(piece) for piece in pieces)
    return UrlTemplate(text, tuple(pieces), tuple(names), tuple(expressions), usable)


def _check_braces(text: str) -> None:
    depth = 0
    for brace in _BRACE.finditer(text):
        depth += 1 if brace.group() == "{" else -1
        if depth not in (0, 1):
            raise ValueError(f"the braces do not pair at character {brace.end()}")
    if depth:
        raise ValueError("a { is never closed")


def _expand(slot: Slot, values: Mapping[str, str]) -> str:
    first, separator, named, equals, reserved = _OPERATORS[slot.operator]
    out = []
    for name, length in slot.variables:
        value = values.get(name)
        if value is None:
            continue
        if length:
            value = value[:length]
        encoded = _encoded(value, reserved)
        if named:
            key = quote(name, safe=_UNRESERVED)
            encoded = f"{key}={encoded}" if encoded or equals else key
        out.append(encoded)
    return first + separator.join(out) if out else ""


def _encoded(value: str, reserved: bool) -> str:
    if not reserved:
        return quote(value, safe=_UNRESERVED)
    return _ESCAPED.sub("%25", quote(value, safe=_UNRESERVED + _RESERVED + "%"))


def decoded_again(url: str) -> str:
    """The `legacy-encoding:` rule: decode the expansion and quote its path and query once more (java.net.URI)."""
    parts = urlsplit(unquote(url))
    return urlunsplit(
        (
            parts.scheme,
            parts.netloc,
            quote(parts.path, safe="/:@!$&'()*+,;=-._~"),
            quote(parts.query, safe="/?:@!$&'()*+,;=-._~"),
            parts.fragment,
        )
    )
