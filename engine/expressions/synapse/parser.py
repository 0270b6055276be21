"""Tokens of a `${...}` expression to its syntax tree (ExpressionParser.g4, ExpressionVisitor).

Kept from there: comparisons bind looser than and/or, and/or read from right to left on one level, a minus
belongs to
the number after it, hyphens belong to names. `conventional=True` reads and/or the way other languages do.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable

from engine.expressions.synapse.ast import Access, Array, Ast, Binary, Call, Conditional, Embedded, Literal
from engine.expressions.synapse.errors import SynapseSyntaxError
from engine.expressions.synapse.lexer import Token, next_token

ARITY: dict[str, tuple[int, int]] = {
    **dict.fromkeys(
        ["length", "toUpper", "toLower", "trim", "abs", "ceil", "floor", "sqrt", "base64decode"], (1, 1)
    ),
    **dict.fromkeys(
        ["urlDecode", "isNumber", "isString", "isArray", "isObject", "string", "integer"], (1, 1)
    ),
    **dict.fromkeys(
        ["float", "boolean", "object", "array", "exists", "not", "registry", "wso2-vault"], (1, 1)
    ),
    **dict.fromkeys(["startsWith", "endsWith", "contains", "split", "charAt", "pow"], (2, 2)),
    **dict.fromkeys(["round", "log", "base64encode", "urlEncode", "xpath"], (1, 2)),
    **dict.fromkeys(["subString", "indexOf", "formatDateTime", "hashicorp-vault"], (2, 3)),
    "replace": (3, 3),
    "now": (0, 0),
}
"""Functions with the fewest and most arguments."""

ROOTS = ("payload", "vars", "headers", "props", "properties", "params", "configs")
PATH_FUNCTIONS = frozenset(["length", "size", "min", "max", "avg", "sum", "stddev", "keys", "first", "last"])
_SCOPES = {
    "props": ("synapse", "axis2"),
    "properties": ("synapse", "axis2"),
    "params": ("queryParams", "pathParams", "functionParams"),
}
_NEVER_AFTER_DOT = frozenset(
    ["in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "and", "or", "true", "false", "null"]
)
_CURRENT = re.compile(r"@(?:\.{1,2}(?:\*|[A-Za-z_][\w-]*(?:\(\))?))*")
_FILTER_REGEX = re.compile(r"/(?:[^/\\]|\\.)*/[A-Za-z]*")
_FROM_END = re.compile(r"""\s*\(\s*@\s*\.\s*["']?length["']?\s*-\s*(\d+)\s*\)""")
_MEANT = {
    "ctx": "props.synapse",
    "synapse": "props.synapse",
    "axis2": "props.axis2",
    "trp": "headers",
    "transport": "headers",
    "func": "params.functionParams",
    "body": "payload",
    "url": "params.queryParams",
}
_MAX_DEPTH = 60


def parse(source: str, *, conventional: bool = False) -> Ast:
    """Parse the text between `${` and `}`, or with these around it. Raises SynapseSyntaxError."""
    start, end = 0, len(source)
    if source.startswith("${") and source.endswith("}"):
        start, end = 2, end - 1
    parser = _Parser(source, start, end, conventional)
    if parser.token.kind == "end":
        raise parser.fail("the expression is empty")
    tree = parser.expression()
    if parser.token.kind != "end":
        raise parser.left_over()
    return tree


class _Parser:
    __slots__ = ("before", "conventional", "depth", "end", "source", "token")

    def __init__(self, source: str, start: int, end: int, conventional: bool) -> None:
        self.source = source
        self.end = end
        self.conventional = conventional
        self.depth = 0
        self.before = Token("end", "", start)
        self.token = next_token(source, start, end)

    def fail(self, reason: str, position: int | None = None) -> SynapseSyntaxError:
        return SynapseSyntaxError(reason, self.source, self.token.position if position is None else position)

    def left_over(self) -> SynapseSyntaxError:
        token = self.token
        if token.kind == "number" and token.text.startswith("-"):
            return self.fail(f"the minus belongs to the number; write - {token.text[1:]} with a blank")
        if token.text in ROOTS or token.text == "$":
            return self.fail(f"a second value {token.text!r} without an operator before it")
        if token.text in (")", "]", "}"):
            return self.fail(f"{token.text!r} without an opening one before it")
        return self.fail(f"expected an operator, not {token.text!r}")

    def advance(self) -> Token:
        self.before = self.token
        self.token = next_token(self.source, self.token.end, self.end)
        return self.before

    def jump(self, place: int) -> None:
        self.token = next_token(self.source, place, self.end)

    def at(self, *symbols: str) -> bool:
        return self.token.kind == "symbol" and self.token.text in symbols

    def expect(self, symbol: str, why: str) -> Token:
        if not self.at(symbol):
            raise self.fail(why if self.token.kind != "end" else f"{why}; the expression ends here")
        return self.advance()

    def expression(self) -> Ast:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.fail("nested too deeply")
        condition = self.disjunction() if self.conventional else self.comparison(self.logical)
        if self.at("?"):
            mark = self.advance().position
            then = self.expression()
            self.expect(":", "expected ':' and the other value of '?'")
            condition = Conditional(condition, then, self.expression(), mark)
        self.depth -= 1
        return condition

    def comparison(self, read: Callable[[], Ast]) -> Ast:
        left = read()
        while self.at("==", "!=", "<", "<=", ">", ">="):
            operator = self.advance()
            left = Binary(operator.text, left, read(), operator.position)
        return left

    def logical_operator(self) -> str:
        text = self.token.text
        if self.token.kind in ("name", "symbol"):
            return {"and": "and", "&&": "and", "or": "or", "||": "or"}.get(text, "")
        return ""

    def logical(self) -> Ast:
        operands = [self.arithmetic()]
        operators: list[tuple[str, int]] = []
        while operator := self.logical_operator():
            operators.append((operator, self.advance().position))
            operands.append(self.arithmetic())
        tree = operands.pop()
        while operators:
            operator, position = operators.pop()
            tree = Binary(operator, operands.pop(), tree, position)
        return tree

    def disjunction(self) -> Ast:
        left = self.conjunction()
        while self.logical_operator() == "or":
            position = self.advance().position
            left = Binary("or", left, self.conjunction(), position)
        return left

    def conjunction(self) -> Ast:
        left = self.comparison(self.arithmetic)
        while self.logical_operator() == "and":
            position = self.advance().position
            left = Binary("and", left, self.comparison(self.arithmetic), position)
        return left

    def arithmetic(self) -> Ast:
        left = self.term()
        while self.at("+", "-"):
            operator = self.advance()
            left = Binary(operator.text, left, self.term(), operator.position)
        return left

    def term(self) -> Ast:
        left = self.factor()
        while self.at("*", "/", "%"):
            operator = self.advance()
            left = Binary(operator.text, left, self.factor(), operator.position)
        return left

    def factor(self) -> Ast:
        token = self.token
        if token.kind == "number":
            self.advance()
            return Literal(float(token.text) if "." in token.text else int(token.text), token.position)
        if token.kind == "string":
            self.advance()
            return Literal(token.text[1:-1], token.position)
        if token.kind == "name" and token.text in ("true", "false", "null"):
            self.advance()
            return Literal({"true": True, "false": False, "null": None}[token.text], token.position)
        if self.at("("):
            self.advance()
            inner = self.expression()
            self.expect(")", "expected ')'")
            return inner
        if self.at("["):
            return self.array()
        return self.reference()

    def array(self) -> Array:
        opening = self.advance()
        items: list[Ast] = []
        while not self.at("]"):
            items.append(self.expression())
            if self.at(","):
                self.advance()
            elif not self.at("]"):
                raise self.fail(
                    "expected ',' or ']' in a list", None if self.token.kind != "end" else opening.position
                )
        self.advance()
        return Array(tuple(items), opening.position)

    def reference(self) -> Ast:
        token = self.token
        if token.kind == "end":
            raise self.fail("the expression ends where a value is expected")
        if token.kind != "name" and token.text != "$":
            raise self.fail(f"expected a value, not {token.text!r}")
        self.advance()
        if self.at("(") and token.kind == "name":
            return self.call(token)
        match token.text:
            case "payload" | "$":
                return Access("payload", "", self.path(), token.position)
            case "vars":
                return Access("vars", self.key("vars"), self.path(), token.position)
            case "headers" | "configs":
                return Access(token.text, self.key(token.text), (), token.position)
            case "props" | "properties" | "params":
                scope = self.scope(token.text)
                root = f"{'params' if token.text == 'params' else 'props'}.{scope}"
                return Access(root, self.key(f"{token.text}.{scope}"), (), token.position)
        if token.text in ARITY:
            raise self.fail(f"{token.text} is a function: write {token.text}(...)", token.position)
        if token.text in _MEANT:
            raise self.fail(f"unknown name {token.text!r}; write {_MEANT[token.text]}", token.position)
        hint = _did_you_mean(token.text, ROOTS)
        raise self.fail(
            f"unknown name {token.text!r}{hint or '; known are ' + ', '.join(ROOTS)}", token.position
        )

    def scope(self, root: str) -> str:
        known = _SCOPES[root]
        self.expect(".", f"expected .{known[0]} or .{known[1]} after {root}")
        token = self.token
        if token.kind != "name" or token.text not in known:
            kind = "parameter kind" if root == "params" else "property scope"
            choice = ", ".join(known)
            hint = _did_you_mean(token.text, known) or f"; it is one of {choice}"
            raise self.fail(f"unknown {kind} {token.text!r}{hint}")
        self.advance()
        return token.text

    def key(self, what: str) -> str:
        dotted = self.at(".")
        if dotted:
            self.advance()
        token = self.token
        if self.at("["):
            self.advance()
            name = self.token
            if name.kind != "string":
                raise self.fail(f'expected a name in quotes: {what}["name"]')
            self.advance()
            self.expect("]", "expected ']'")
            return name.text[1:-1]
        if not dotted:
            raise self.fail(f'{what} needs a name: {what}.name or {what}["name"]')
        if token.kind == "string":
            self.advance()
            return token.text[1:-1]
        return self.name_after_dot()

    def name_after_dot(self) -> str:
        token = self.token
        if token.kind != "name":
            what = "the expression ends" if token.kind == "end" else f"there is {token.text!r}"
            raise self.fail(f"expected a name after '.', {what}")
        if token.text in _NEVER_AFTER_DOT:
            raise self.fail(f'{token.text!r} is an operator; write ["{token.text}"] for the name')
        self.advance()
        return token.text

    def path(self) -> tuple[str | Embedded, ...]:
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
        token = self.token
        if token.kind == "name" and self.source.startswith("(", token.end) and dots == ".":
            if token.text not in PATH_FUNCTIONS:
                hint = _did_you_mean(token.text, sorted(PATH_FUNCTIONS))
                raise self.fail(f"unknown path function {token.text}(){hint}")
            self.advance()
            self.advance()
            self.expect(")", f"{token.text}() takes no arguments")
            parts.append(f".{token.text}()")
            return
        parts.append(f"{dots if dots == '..' else ''}{_quoted(self.name_after_dot())}")

    def bracket(self, parts: list[str | Embedded], dots: str) -> None:
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
            text = self.token.text
            self.advance()
            parts.append(f"{dots}{_quoted(text[1:-1])}")
        else:
            self.indexes(parts, dots)
        self.expect("]", "expected ']' after an index" if self.token.kind != "end" else "'[' is never closed")

    def indexes(self, parts: list[str | Embedded], dots: str) -> None:
        if not self.at(":"):
            first = self.expression()
            if self.at("]"):
                parts += (
                    [dots, Embedded(first, bracketed=True)] if dots else [Embedded(first, bracketed=True)]
                )
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
        self.jump(at + 1)

    def filter_piece(self, at: int) -> tuple[str, Ast | None, int]:
        for pattern in (_CURRENT, _FILTER_REGEX):
            if (found := pattern.match(self.source, at, self.end)) is not None:
                return found.group(), None, found.end()
        if self.source[at].isspace():
            return self.source[at], None, at + 1
        token = next_token(self.source, at, self.end)
        embedded = token.text in ROOTS or token.text == "$" or (
            token.kind == "name" and token.text in ARITY and self.source.startswith("(", token.end)
        )  # fmt: skip
        if not embedded:
            return token.text, None, token.end
        self.token = token
        inner = self.reference()
        return "", inner, self.before.end

    def call(self, name: Token) -> Ast:
        if name.text not in ARITY:
            hint = _did_you_mean(name.text, ARITY)
            raise self.fail(f"unknown function {name.text}(){hint}", name.position)
        self.advance()
        arguments: list[Ast] = []
        while not self.at(")"):
            if self.token.kind == "end":
                raise self.fail(f"the arguments of {name.text}() are never closed", name.position)
            arguments.append(self.expression())
            if self.at(","):
                self.advance()
                if self.at(")"):
                    raise self.fail("expected another argument after ','")
            elif not self.at(")") and self.token.kind != "end":
                raise self.fail(f"expected ',' or ')' in the arguments of {name.text}()")
        self.advance()
        self.check_arity(name, len(arguments))
        given = tuple(arguments)
        if name.text == "registry" and self.at(".") and self.source.startswith("property", self.token.end):
            self.advance()
            self.advance()
            self.expect("(", 'expected ("name") after .property')
            wanted = self.expression()
            self.expect(")", "expected ')'")
            return Call(name.text, given, property=wanted, position=name.position)
        path = self.path() if name.text in ("registry", "object", "array") else ()
        return Call(name.text, given, path, position=name.position)

    def check_arity(self, name: Token, count: int) -> None:
        least, most = ARITY[name.text]
        if not least <= count <= most:
            wanted = str(least) if least == most else f"{least} or {most}"
            raise self.fail(
                f"{name.text}() takes {wanted} argument{'s' * (most != 1)}, not {count}", name.position
            )


def _joined(parts: list[str | Embedded]) -> tuple[str | Embedded, ...]:
    joined: list[str | Embedded] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _quoted(name: str) -> str:
    """A name as JSONPath writes it; its backslashes stand for themselves."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"; did you mean {lower[close[0]]!r}?" if close else ""
