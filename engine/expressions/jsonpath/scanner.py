"""Characters of a JSONPath to its smallest parts: quoted texts, constants, patterns."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.expressions.jsonpath.ast import Literal, Regex
from engine.expressions.jsonpath.errors import JsonPathSyntaxError
from engine.values.json_document import Json

WORD = re.compile(r"[A-Za-z]+")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
_MAX_DEPTH = 40
_FLAGS = re.compile(r"[A-Za-z]*")
_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None}


class Scanner:
    """A place in the text and ways to move it; what cannot be read raises JsonPathSyntaxError."""

    __slots__ = ("at", "depth", "end", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.end = len(source.rstrip())
        self.at = len(source) - len(source.lstrip())
        self.depth = 0

    def fail(self, reason: str, position: int | None = None) -> JsonPathSyntaxError:
        """An error at this place, or at the given one."""
        return JsonPathSyntaxError(reason, self.source, self.at if position is None else position)

    def enter(self) -> None:
        """Go one level deeper; the caller comes back by itself."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.fail("nested too deeply")

    def peek(self) -> str:
        """The next character, "" at the end."""
        return self.source[self.at] if self.at < self.end else ""

    def skip_blanks(self) -> None:
        """Move past white space."""
        while self.at < self.end and self.source[self.at].isspace():
            self.at += 1

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Move past what the pattern matches here."""
        found = pattern.match(self.source, self.at, self.end)
        if found is not None:
            self.at = found.end()
        return found

    def string(self) -> str:
        """Read a quoted text, escapes decoded."""
        start = self.at
        quote = self.source[start]
        self.at += 1
        parts: list[str] = []
        while self.at < self.end:
            char = self.source[self.at]
            self.at += 1
            if char == quote:
                return "".join(parts)
            if char == "\\" and self.at < self.end:
                char = self.source[self.at]
                self.at += 1
                if char == "u" and re.fullmatch("[0-9A-Fa-f]{4}", self.source[self.at : self.at + 4]):
                    char = chr(int(self.source[self.at : self.at + 4], 16))
                    self.at += 4
                else:
                    char = _ESCAPES.get(char, char)
            parts.append(char)
        raise self.fail(f"the text starting here has no closing {quote}", start)

    def literal(self) -> Literal | None:
        """Read a constant; None when here is none."""
        char = self.peek()
        if char and char in "'\"":
            return Literal(self.string())
        if char and char in "[{":
            return Literal(self.json())
        if (number := self.match(_NUMBER)) is not None:
            return Literal(Decimal(number.group()))
        start = self.at
        if (word := self.match(WORD)) is not None:
            constants: dict[str, Json] = {"true": True, "false": False, "null": None}
            if word.group() in constants:
                return Literal(constants[word.group()])
            self.at = start
        return None

    def json(self) -> Json:
        """Read a list or object constant; texts may stand in either kind of quotes."""
        start = self.at
        self.enter()
        closing = "]" if self.peek() == "[" else "}"
        self.at += 1
        items: list[Json] = []
        members: dict[str, Json] = {}
        self.skip_blanks()
        while self.peek() != closing:
            if closing == "}":
                if not self.peek() or self.peek() not in "'\"":
                    raise self.fail("expected a quoted name")
                name = self.string()
                self.skip_blanks()
                if self.peek() != ":":
                    raise self.fail("expected ':'")
                self.at += 1
                members[name] = self._json_item(start)
            else:
                items.append(self._json_item(start))
            self.skip_blanks()
            if self.peek() == ",":
                self.at += 1
                self.skip_blanks()
            elif self.peek() != closing:
                raise self.fail(f"expected ',' or {closing!r}" if self.peek() else "this list is never closed", start)
        self.at += 1
        self.depth -= 1
        return items if closing == "]" else members

    def _json_item(self, start: int) -> Json:
        self.skip_blanks()
        item = self.literal()
        if item is None:
            raise self.fail("expected a constant" if self.peek() else "this list is never closed", start)
        return item.value

    def regex(self) -> Regex:
        """Read `/pattern/flags`."""
        start = self.at
        self.at += 1
        while self.at < self.end and self.source[self.at] != "/":
            self.at += 2 if self.source[self.at] == "\\" else 1
        if self.at >= self.end:
            raise self.fail("the pattern starting here has no closing '/'", start)
        pattern = self.source[start + 1 : self.at]
        self.at += 1
        flags = re.compile("[a-zA-Z]*").match(self.source, self.at, self.end)
        self.at = flags.end() if flags is not None else self.at
        return Regex(pattern, flags.group() if flags is not None else "")
