"""Paths of `${...}` expressions: rewritten to JSONPath, with the expressions inside them kept apart."""

from __future__ import annotations

import re
from abc import abstractmethod

from engine.expressions.synapse.ast import Ast, Embedded
from engine.expressions.synapse.lexer import Token, next_token
from engine.expressions.synapse.tokens import ROOTS, Tokens, did_you_mean

PATH_FUNCTIONS = frozenset(["length", "size", "min", "max", "avg", "sum", "stddev", "keys", "first", "last"])
_NEVER_AFTER_DOT = frozenset(
    ["in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "and", "or", "true", "false", "null"]
)
_CURRENT = re.compile(r"@(?:\.{1,2}(?:\*|\w[\w-]*(?:\(\))?))*")
_FILTER_REGEX = re.compile(r"/(?:[^/\\]|\\.)*/[A-Za-z]*")
_FROM_END = re.compile(r"""\s*\(\s*@\s*\.\s*["']?length["']?\s*-\s*(\d+)\s*\)""")


class PathParser(Tokens):
    """The part of the parser that reads what follows a root."""

    __slots__ = ()

    @abstractmethod
    def expression(self) -> Ast:
        """Any expression."""

    @abstractmethod
    def reference(self) -> Ast:
        """A root or a call."""

    @abstractmethod
    def is_function(self, name: str) -> bool:
        """Whether a function has this name."""

    def name_after_dot(self) -> str:
        """A name that may follow a dot; operators need brackets."""
        token = self.token
        if token.kind != "name":
            what = "the expression ends" if token.kind == "end" else f"there is {token.text!r}"
            raise self.fail(f"expected a name after '.', {what}")
        if token.text in _NEVER_AFTER_DOT:
            raise self.fail(f'{token.text!r} is an operator; write ["{token.text}"] for the name')
        self.advance()
        return token.text

    def path(self) -> tuple[str | Embedded, ...]:
        """The steps that follow, as JSONPath text and embedded expressions."""
        parts: list[str | Embedded] = []
        while True:
            if self.at("..", "."):
                dots = self.advance().text
                if self.at("["):
                    self.bracket(parts, ".." if dots == ".." else "")
                elif self.at("*"):
                    self.advance()
                    parts.append(f"{dots}*")
                else:
                    self.named_step(parts, dots)
            elif self.at("["):
                self.bracket(parts, "")
            else:
                return _joined(parts)

    def named_step(self, parts: list[str | Embedded], dots: str) -> None:
        """`.name`, `..name` or `.function()`."""
        token = self.token
        if token.kind == "name" and self.source.startswith("(", token.end) and dots == ".":
            if token.text not in PATH_FUNCTIONS:
                hint = did_you_mean(token.text, sorted(PATH_FUNCTIONS))
                raise self.fail(f"unknown path function {token.text}(){hint}")
            self.advance()
            self.advance()
            self.expect(")", f"{token.text}() takes no arguments")
            parts.append(f".{token.text}()")
            return
        parts.append(f"{dots if dots == '..' else ''}{_quoted(self.name_after_dot())}")

    def bracket(self, parts: list[str | Embedded], dots: str) -> None:
        """`[...]`, whatever it holds."""
        opening = self.advance()
        if self.at("?"):
            parts.append(f"{dots}[")
            self.filter(parts, opening)
            return
        if (from_end := _FROM_END.match(self.source, opening.end, self.end)) is not None:
            self.jump(from_end.end())
            parts.append(f"{dots}[-{from_end[1]}]")
        elif self.at("*"):
            self.advance()
            parts.append(f"{dots}[*]")
        elif self.token.kind == "string":
            parts.append(f"{dots}{self.quoted_names()}")
        else:
            self.indexes(parts, dots)
        self.expect("]", "expected ']' after an index" if self.token.kind != "end" else "'[' is never closed")

    def quoted_names(self) -> str:
        """`"name"` or `"a", "b"`, as JSONPath between brackets."""
        names = [self.advance().text[1:-1]]
        while self.at(","):
            self.advance()
            if self.token.kind != "string":
                raise self.fail("expected another quoted name after ','")
            names.append(self.advance().text[1:-1])
        return _quoted(*names)

    def indexes(self, parts: list[str | Embedded], dots: str) -> None:
        """A number, a list of numbers, a slice, or expressions in their place."""
        if not self.at(":"):
            first = self.expression()
            if self.at("]"):
                parts += [dots, Embedded(first, bracketed=True)] if dots else [Embedded(first, bracketed=True)]
                return
            parts += [f"{dots}[", Embedded(first, bracketed=False)]
        else:
            parts.append(f"{dots}[")
        separator = ":" if self.at(":") else ","
        while self.at(separator):
            self.advance()
            parts.append(separator)
            if not self.at("]", separator):
                parts.append(Embedded(self.expression(), bracketed=False))
        parts.append("]")

    def filter(self, parts: list[str | Embedded], opening: Token) -> None:
        """Copy a filter, with the values of embedded references in their place."""
        self.enter()
        at = self.token.end
        text = "?"
        depth = 0
        while True:
            char = self.source[at : at + 1] if at < self.end else ""
            if not char:
                raise self.fail("the filter is never closed with ')]'", opening.position)
            if char == "[":
                raise self.fail("'[' is not allowed in a filter", at)
            if char == "]" and depth == 0:
                break
            piece, inner, at = self.filter_piece(at)
            if inner is not None:
                parts += [text, Embedded(inner, bracketed=False)]
                text = ""
                continue
            depth += (piece == "(") - (piece == ")")
            text += piece
        parts.append(f"{text}]")
        self.depth -= 1
        self.jump(at + 1)

    def filter_piece(self, at: int) -> tuple[str, Ast | None, int]:
        """One piece of a filter: its text, or an embedded expression; and where the next one begins."""
        for pattern in (_CURRENT, _FILTER_REGEX):
            if (found := pattern.match(self.source, at, self.end)) is not None:
                return found.group(), None, found.end()
        if self.source[at].isspace():
            return self.source[at], None, at + 1
        token = next_token(self.source, at, self.end)
        embedded = token.text in ROOTS or token.text == "$" or (
            token.kind == "name" and self.is_function(token.text) and self.source.startswith("(", token.end)
        )  # fmt: skip
        if not embedded:
            return token.text, None, token.end
        self.token = token
        inner = self.reference()
        return "", inner, self.before.end


def _joined(parts: list[str | Embedded]) -> tuple[str | Embedded, ...]:
    joined: list[str | Embedded] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _quoted(*names: str) -> str:
    """Names as JSONPath writes them; their backslashes stand for themselves."""
    escaped = (name.replace("\\", "\\\\").replace("'", "\\'") for name in names)
    return "[" + ",".join(f"'{name}'" for name in escaped) + "]"
