"""JSON as Gson's lenient reader takes it: what flows build with templates is often not quite JSON.

Taken beyond JSON: names and texts without quotes or in single quotes, comments (`//`, `#`, `/* */`), `;`
for `,`, `=` and `=>` for `:`, words in any case for true, false and null, left-out elements (null), a comma
at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.values.json_document import MAX_DEPTH, Json, JsonSyntaxError, parse

_BLANKS = re.compile(r"(?:\s|//[^\n\r]*|\#[^\n\r]*|/\*(?s:.*?)\*/)*")
_BARE = re.compile(r"[^/\\;#{}\[\]:,=\s]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_PLAIN = re.compile(r"[^\\\"']+")
_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\n": "\n"}
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


def parse_lenient(text: str) -> Json:
    """Read a document, strictly if it can be and leniently otherwise; blank text is null.

    Raises JsonSyntaxError for what Gson refuses as well.
    """
    try:
        return parse(text)
    except JsonSyntaxError:
        return _Reader(text.removeprefix("\ufeff")).document()


class _Reader:
    __slots__ = ("at", "depth", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def fail(self, reason: str, at: int | None = None) -> JsonSyntaxError:
        place = self.at if at is None else at
        line = self.text.count("\n", 0, place) + 1
        return JsonSyntaxError(reason, line, place - self.text.rfind("\n", 0, place))

    def peek(self) -> str:
        found = _BLANKS.match(self.text, self.at)
        self.at = found.end() if found is not None else self.at
        return self.text[self.at : self.at + 1]

    def document(self) -> Json:
        if not self.peek():
            return None
        value = self.value()
        if self.peek():
            raise self.fail("more text after the end of the document")
        return value

    def value(self) -> Json:
        char = self.peek()
        if char == "{":
            return self.nested(self.members)
        if char == "[":
            return self.nested(self.elements)
        if char and char in "\"'":
            return self.quoted()
        return _meaning(self.bare("a value"))

    def nested(self, read: Callable[[], Json]) -> Json:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"nested deeper than {MAX_DEPTH} levels")
        self.at += 1
        value = read()
        self.at += 1
        self.depth -= 1
        return value

    def members(self) -> dict[str, Json]:
        members: dict[str, Json] = {}
        while self.peek() != "}":
            name = self.quoted() if self.peek() in ("'", '"') else self.bare("a name")
            separator = self.peek()
            if separator not in (":", "="):
                raise self.fail("expected ':' after a name")
            self.at += 2 if self.text.startswith("=>", self.at) else 1
            members[name] = self.value()
            if self.peek() in (",", ";"):
                self.at += 1
            elif self.peek() != "}":
                raise self.fail("expected ',' or '}'" if self.peek() else "an object is never closed")
        return members

    def elements(self) -> list[Json]:
        elements: list[Json] = []
        while self.peek() != "]":
            if self.peek() in (",", ";"):
                elements.append(None)
                self.at += 1
                continue
            elements.append(self.value())
            if self.peek() in (",", ";"):
                self.at += 1
                if self.peek() == "]":
                    elements.append(None)
            elif self.peek() != "]":
                raise self.fail("expected ',' or ']'" if self.peek() else "an array is never closed")
        return elements

    def bare(self, what: str) -> str:
        found = _BARE.match(self.text, self.at)
        if found is None:
            raise self.fail(f"expected {what}" if self.peek() else "the text ends too early")
        self.at = found.end()
        return found.group()

    def quoted(self) -> str:
        start = self.at
        quote = self.text[start]
        self.at += 1
        parts: list[str] = []
        while self.at < len(self.text):
            if (plain := _PLAIN.match(self.text, self.at)) is not None:
                parts.append(plain.group())
                self.at = plain.end()
                continue
            char = self.text[self.at]
            self.at += 1
            if char == quote:
                return "".join(parts)
            parts.append(self.escape() if char == "\\" else char)
        raise self.fail("unterminated text", start)

    def escape(self) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "u":
            found = _HEX.match(self.text, self.at)
            if found is None:
                raise self.fail("bad \\u escape", self.at - 2)
            self.at = found.end()
            return _joined_surrogates(self, int(found.group(), 16))
        if char in _ESCAPES or (char and char in "\"'\\/"):
            return _ESCAPES.get(char, char)
        raise self.fail("unknown escape", self.at - 2)


def _joined_surrogates(reader: _Reader, code: int) -> str:
    """A character beyond U+FFFF stands as two escapes."""
    text, at = reader.text, reader.at
    if 0xD800 <= code < 0xDC00 and text.startswith("\\u", at) and _HEX.match(text, at + 2) is not None:
        low = int(text[at + 2 : at + 6], 16)
        if 0xDC00 <= low < 0xE000:
            reader.at += 6
            return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00))
    return chr(code)


def _meaning(word: str) -> Json:
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    return parse(word) if _NUMBER.fullmatch(word) is not None else word
