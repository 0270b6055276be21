"""A reader of tokens, one ahead, with the errors every part of the parser needs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from engine.expressions.synapse.errors import SynapseSyntaxError
from engine.expressions.synapse.lexer import Token, next_token

ROOTS = ("payload", "vars", "headers", "props", "properties", "params", "configs")

_MAX_DEPTH = 50


class Tokens:
    """The tokens of an expression; `token` is the next, `before` the last taken."""

    __slots__ = ("before", "depth", "end", "source", "token")

    def __init__(self, source: str, start: int, end: int) -> None:
        self.source = source
        self.end = end
        self.depth = 0
        self.before = Token("end", "", start)
        self.token = next_token(source, start, end)

    def fail(self, reason: str, position: int | None = None) -> SynapseSyntaxError:
        """An error at this token, or at the given place."""
        return SynapseSyntaxError(reason, self.source, self.token.position if position is None else position)

    def left_over(self) -> SynapseSyntaxError:
        """The error for a token where the expression should end."""
        token = self.token
        if token.kind == "number" and token.text.startswith("-"):
            return self.fail(f"the minus belongs to the number; write - {token.text[1:]} with a blank")
        if token.text in ROOTS or token.text == "$":
            return self.fail(f"a second value {token.text!r} without an operator before it")
        if token.text in (")", "]", "}"):
            return self.fail(f"{token.text!r} without an opening one before it")
        return self.fail(f"expected an operator, not {token.text!r}")

    def enter(self) -> None:
        """Go one level deeper; the caller comes back by itself."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.fail("nested too deeply")

    def advance(self) -> Token:
        """Take the token and read the next."""
        self.before = self.token
        self.token = next_token(self.source, self.token.end, self.end)
        return self.before

    def jump(self, place: int) -> None:
        """Continue at a place."""
        self.token = next_token(self.source, place, self.end)

    def at(self, *symbols: str) -> bool:
        """Whether the token is one of these symbols."""
        return self.token.kind == "symbol" and self.token.text in symbols

    def expect(self, symbol: str, why: str) -> Token:
        """Take this symbol, or say why it is needed."""
        if not self.at(symbol):
            raise self.fail(why if self.token.kind != "end" else f"{why}; the expression ends here")
        return self.advance()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint naming the known word nearest to this one, "" when none is near."""
    lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"; did you mean {lower[close[0]]!r}?" if close else ""
