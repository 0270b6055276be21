"""Characters of a `${...}` expression to tokens (ExpressionLexer.g4)."""

from __future__ import annotations

import re

from engine.expressions.synapse.errors import SynapseSyntaxError
from engine.records import dataclass

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>[A-Za-z_][A-Za-z_0-9-]*)
    |(?P<symbol>\.\.|==|!=|<=|>=|&&|\|\||=~|[.$@,:?()\[\]{}+\-*/%<>!])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:[btnfr\"'\\/]|u[0-9A-Fa-f]{4}|[0-3]?[0-7]{1,2}|(?P<bad>.?))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the expression: kind is number, string, name, symbol or end."""

    kind: str
    text: str
    position: int

    @property
    def end(self) -> int:
        """Where the next character is."""
        return self.position + len(self.text)


def next_token(source: str, at: int, end: int) -> Token:
    """The token at or after a place. Raises SynapseSyntaxError for a character that can begin none."""
    found = _TOKEN.match(source, at, end)
    if found is not None and found.lastgroup == "blank":
        at = found.end()
        found = _TOKEN.match(source, at, end)
    if found is None:
        if at >= end:
            return Token("end", "", end)
        raise SynapseSyntaxError(_why_not(source[at]), source, at)
    token = Token(found.lastgroup or "", found.group(), at)
    if token.kind == "string":
        _check_escapes(token, source)
    return token


def _why_not(char: str) -> str:
    hints = {
        "=": "a single '=' is no operator; write == to compare",
        "&": "a single '&' is no operator; write && or and",
        "|": "a single '|' is no operator; write || or or",
        '"': 'the text starting here has no closing "',
        "'": "the text starting here has no closing '",
    }
    return hints.get(char, f"unexpected character {char!r}")


def _check_escapes(token: Token, source: str) -> None:
    for escape in _ESCAPE.finditer(token.text, 1, len(token.text) - 1):
        if escape["bad"] is not None:
            where = token.position + escape.start()
            raise SynapseSyntaxError(f"unknown escape {escape.group()} in a text", source, where)
