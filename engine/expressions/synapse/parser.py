"""Tokens of a `${...}` expression to its syntax tree (ExpressionParser.g4, ExpressionVisitor).

Kept from there: comparisons bind looser than and/or, and/or read from right to left on one level, a minus
belongs to the number after it, hyphens belong to names. `conventional=True` reads and/or the way other
languages do.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.expressions.synapse.ast import Access, Array, Ast, Binary, Call, Conditional, Literal
from engine.expressions.synapse.lexer import Token
from engine.expressions.synapse.path_parser import PathParser
from engine.expressions.synapse.tokens import ROOTS, did_you_mean

ARITY: dict[str, tuple[int, int]] = {
    **dict.fromkeys(["length", "toUpper", "toLower", "trim", "abs", "ceil", "floor", "sqrt", "base64decode"], (1, 1)),
    **dict.fromkeys(["urlDecode", "isNumber", "isString", "isArray", "isObject", "string", "integer"], (1, 1)),
    **dict.fromkeys(["float", "boolean", "object", "array", "exists", "not", "registry", "wso2-vault"], (1, 1)),
    **dict.fromkeys(["startsWith", "endsWith", "contains", "split", "charAt", "pow"], (2, 2)),
    **dict.fromkeys(["round", "log", "base64encode", "urlEncode", "xpath"], (1, 2)),
    **dict.fromkeys(["subString", "indexOf", "formatDateTime", "hashicorp-vault"], (2, 3)),
    "replace": (3, 3),
    "now": (0, 0),
}
"""Functions with the fewest and most arguments."""

_SCOPES = {
    "props": ("synapse", "axis2"),
    "properties": ("synapse", "axis2"),
    "params": ("queryParams", "pathParams", "functionParams"),
}
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


class _Parser(PathParser):
    __slots__ = ("conventional",)

    def __init__(self, source: str, start: int, end: int, conventional: bool) -> None:
        super().__init__(source, start, end)
        self.conventional = conventional

    def is_function(self, name: str) -> bool:
        return name in ARITY

    def expression(self) -> Ast:
        self.enter()
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
                raise self.fail("expected ',' or ']' in a list", None if self.token.kind != "end" else opening.position)
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
        hint = did_you_mean(token.text, ROOTS)
        raise self.fail(f"unknown name {token.text!r}{hint or '; known are ' + ', '.join(ROOTS)}", token.position)

    def scope(self, root: str) -> str:
        known = _SCOPES[root]
        self.expect(".", f"expected .{known[0]} or .{known[1]} after {root}")
        token = self.token
        if token.kind != "name" or token.text not in known:
            kind = "parameter kind" if root == "params" else "property scope"
            choice = ", ".join(known)
            hint = did_you_mean(token.text, known) or f"; it is one of {choice}"
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

    def call(self, name: Token) -> Ast:
        if name.text not in ARITY:
            hint = did_you_mean(name.text, ARITY)
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
            raise self.fail(f"{name.text}() takes {wanted} argument{'s' * (most != 1)}, not {count}", name.position)
