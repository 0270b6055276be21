"""XPath 1.0 text into tokens, so that Synapse variables and functions can be found and renamed."""

from __future__ import annotations

import re

from engine.expressions.base import ExpressionSyntaxError
from engine.records import dataclass

_VARIABLE = r"\$[^\W\d][\w.\-]*(?::[\w][\w.\-]*)?"
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<literal>"[^"]*"|'[^']*')
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<variable>{_VARIABLE})
    |(?P<axis>[a-z][a-z\-]*::)
    |(?P<name>[^\W\d][\w.\-]*:\*|[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?)
    |(?P<symbol>//|\.\.|::|!=|<=|>=|[/.@*()\[\],|+\-=<>])""",
    re.VERBOSE,
)
is_variable = re.compile(_VARIABLE).fullmatch
"""Whether a text is one variable and nothing else."""
NODE_TYPES = frozenset({"node", "text", "comment", "processing-instruction"})
OPERATOR_NAMES = frozenset({"and", "or", "mod", "div"})


@dataclass(slots=True)
class Token:
    """One token. `kind`: literal, number, variable, axis, name, function, nodetype, operator, symbol."""

    kind: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """The tokens of an XPath expression. Raises ExpressionSyntaxError with the position of what cannot be read."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, match.group(), position))
        position = match.end()
    _classify(tokens)
    _check_brackets(tokens, text)
    return tokens


def _unreadable(text: str, position: int) -> ExpressionSyntaxError:
    char = text[position]
    if char in "'\"":
        return ExpressionSyntaxError(
            f"the text that starts with {char} is never closed", position=position, hint=f"close it with {char}"
        )
    if char == "$":
        return ExpressionSyntaxError(
            "a $ without a variable name",
            position=position,
            hint="write $ctx:name, $trp:Header, $axis2:name, $body ...",
        )
    hint = "use 'div' to divide" if char == ":" else ""
    if char in "{}":
        hint = "braces belong around a whole attribute value, or write ${...} for the Synapse expression language"
    return ExpressionSyntaxError(f"{char!r} is not allowed in an XPath", position=position, hint=hint)


def _classify(tokens: list[Token]) -> None:
    """Tell functions, node types and operator names from element names (XPath 1.0, section 3.7)."""
    for number, token in enumerate(tokens):
        before = tokens[number - 1] if number else None
        after = tokens[number + 1] if number + 1 < len(tokens) else None
        operand_before = before is not None and (
            before.kind in ("literal", "number", "variable", "name")
            or (before.kind == "symbol" and before.text in (")", "]", ".", "..", "*"))
        )
        if token.kind == "name":
            if operand_before and token.text in OPERATOR_NAMES:
                token.kind = "operator"
            elif after is not None and after.text == "(":
                token.kind = "nodetype" if token.text in NODE_TYPES else "function"
        elif token.kind == "symbol" and token.text == "*" and not operand_before:
            token.kind = "name"


def _check_brackets(tokens: list[Token], text: str) -> None:
    closing = {"(": ")", "[": "]"}
    stack: list[Token] = []
    for token in tokens:
        if token.kind != "symbol":
            continue
        if token.text in closing:
            stack.append(token)
        elif token.text in (")", "]"):
            if not stack or closing[stack[-1].text] != token.text:
                raise ExpressionSyntaxError(f"a {token.text!r} too many", position=token.position)
            stack.pop()
    if stack:
        raise ExpressionSyntaxError(
            f"the {stack[-1].text!r} at character {stack[-1].position + 1} is never closed",
            position=stack[-1].position,
            hint=f"add {closing[stack[-1].text]!r}",
        )
