"""What a message holds, in few characters. Looking reads no body, converts no payload and writes nothing down in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import IO, Any, cast

from lxml import etree

from engine.message.blob import Blob
from engine.message.payload import Payload, PayloadKind
from engine.message.values import JsonValue, Nodes, TextNode, string_of
from engine.observe.redaction import MASK, Redactor
from engine.records import dataclass
from engine.values.java_text import java_double_text
from engine.values.json_document import dumps
from engine.values.json_number import JsonNumber

MARGIN = 4096
"""Characters taken beyond those that will be shown: a secret that the cut goes through is seen whole and masked."""

_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The beginning of a payload as it was, not yet redacted. `size` is in bytes, None when only reading would tell."""

    kind: str
    text: str = ""
    size: int | None = None

    def as_json(self, redactor: Redactor, limit: int) -> dict[str, Any]:
        """For people: at most `limit` characters, secrets masked."""
        shown: dict[str, Any] = {"kind": self.kind}
        if self.size is not None:
            shown["size"] = self.size
        if self.text:
            shown["text"] = masked(redactor, self.text, limit)
        return shown


def glimpse(payload: Payload, limit: int) -> Glimpse:
    """The payload as it is now; an unread one stays unread."""
    kind = payload.kind
    reach = limit + MARGIN
    if kind is PayloadKind.UNREAD:
        return Glimpse("empty", size=0) if payload.empty else Glimpse("unread", size=_unread_size(payload))
    if kind is PayloadKind.JSON:
        text = payload.known_json_text
        if text is not None:
            return Glimpse("json", text[: 4 * reach].decode("utf-8", "replace")[:reach], len(text))
        return Glimpse("json", _taken(_json_pieces(payload.json(), reach), reach))
    if kind is PayloadKind.XML:
        element = payload.element()
        return Glimpse("xml", "" if element is None else _xml_start(element, reach))
    blob = payload.blob
    if kind is PayloadKind.EMPTY or blob is None:
        return Glimpse("empty", size=0)
    if kind is PayloadKind.BINARY:
        return Glimpse("binary", size=blob.size)
    return Glimpse("text", _decoded(blob, payload.charset, reach), blob.size)


def shown(value: object, limit: int) -> str:
    """The beginning of the text of a property, variable or parameter, not yet redacted; None is "null"."""
    reach = limit + MARGIN
    if isinstance(value, str):
        return value[:reach]
    if value is None:
        return "null"
    if isinstance(value, JsonValue):
        return _taken(_json_pieces(value.value, reach), reach)
    if isinstance(value, dict | list) and not isinstance(value, Nodes):
        return _taken(_json_pieces(value, reach), reach)
    if isinstance(value, TextNode):
        return _decoded(value.blob, value.charset, reach)
    if isinstance(value, etree._Element):
        return _xml_start(value, reach)
    if isinstance(value, Nodes):
        return _taken((shown(each, limit) for each in value), reach)
    if isinstance(value, Exception):
        return f"{type(value).__name__}: {value}"[:reach]
    return (string_of(value) or "")[:reach]


def masked(redactor: Redactor, text: str, limit: int, *, name: str = "") -> str:
    """At most `limit` characters of what `glimpse` or `shown` gave, secrets masked, `…` for what is left out."""
    if name and redactor.is_secret(name):
        return MASK
    clean = redactor.clean(text)
    if len(text) >= limit + MARGIN:
        return clean[: max(0, min(limit, len(clean) - MARGIN))] + "…"
    return clean if len(clean) <= limit else clean[:limit] + "…"


def _unread_size(payload: Payload) -> int | None:
    if payload.blob is not None:
        return payload.blob.size
    complete = payload.body.complete
    return payload.body.length if complete is None else len(complete)


def _decoded(blob: Blob, charset: str, reach: int) -> str:
    return blob.read(0, min(4 * reach, blob.size)).decode(charset, "replace")[:reach]


def _taken(pieces: Iterable[str], reach: int) -> str:
    parts: list[str] = []
    size = 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size >= reach:
            break
    return "".join(parts)[:reach]


def _json_pieces(value: object, reach: int, depth: int = 0) -> Iterator[str]:
    """The JSON text of a value bit by bit, spelled as `dumps` spells it; below a great depth only `…`."""
    if isinstance(value, JsonValue):
        value = value.value
    if isinstance(value, dict | list | tuple) and depth > _DEEPEST:
        yield "…"
    elif isinstance(value, dict):
        lead = "{"
        for name, member in value.items():
            yield f"{lead}{dumps(str(name))}:"
            yield from _json_pieces(member, reach, depth + 1)
            lead = ","
        yield "}" if lead == "," else "{}"
    elif isinstance(value, list | tuple) and not isinstance(value, Nodes):
        lead = "["
        for member in value:
            yield lead
            yield from _json_pieces(member, reach, depth + 1)
            lead = ","
        yield "]" if lead == "," else "[]"
    elif isinstance(value, str):
        yield dumps(value[:reach])
    elif value is None or isinstance(value, bool | int | JsonNumber):
        yield dumps(value)
    elif isinstance(value, float):
        yield java_double_text(value)
    else:
        yield dumps(shown(value, reach))


class _Enough(Exception):
    """As much of a document is written as will be shown."""


class _Beginning:
    """A file that takes only so many bytes."""

    __slots__ = ("data", "reach")

    def __init__(self, reach: int) -> None:
        self.data = bytearray()
        self.reach = reach

    def write(self, data: bytes) -> int:
        """Take the bytes; raises _Enough once there are enough of them."""
        self.data += data
        if len(self.data) >= self.reach:
            raise _Enough
        return len(data)


def _xml_start(element: etree._Element, reach: int) -> str:
    """The beginning of the XML of an element; what comes after it is never turned into text."""
    file = _Beginning(4 * reach)
    with contextlib.suppress(_Enough):
        etree.ElementTree(element).write(
            cast("IO[bytes]", file), encoding="utf-8", xml_declaration=False, with_tail=False
        )
    return file.data.decode("utf-8", "ignore")[:reach]
