"""Syntax trees of `${...}` as closures over the message's scope (the reference's Node classes)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from engine.expressions.jsonpath import JsonPath, JsonPathSyntaxError, compile_jsonpath
from engine.expressions.synapse import operators
from engine.expressions.synapse.ast import Access, Array, Ast, Binary, Call, Conditional, Embedded, Literal
from engine.expressions.synapse.errors import EvaluationError, EvaluationFault, SynapseSyntaxError
from engine.expressions.synapse.functions import FUNCTIONS
from engine.expressions.synapse.scope import Scope
from engine.expressions.synapse.texts import LiteralText, number_or_text, text_of, unquoted
from engine.values.json_document import Json, JsonNumber, JsonSyntaxError, dumps
from engine.values.json_document import parse as parse_json
from engine.values.missing import MISSING

Evaluate: TypeAlias = Callable[[Scope], object]

_BINARY: dict[str, Callable[[object, object], object]] = {
    "+": operators.add,
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "%": operators.remainder,
    **{operator: operators.compare(operator) for operator in ("<", "<=", ">", ">=")},
}


class NotBooleanError(EvaluationError):
    """and/or got something else than booleans."""


def compile_tree(tree: Ast, source: str) -> Evaluate:
    """The function that evaluates a tree. Raises SynapseSyntaxError for a bad path."""
    match tree:
        case Literal(value):
            constant = LiteralText(value) if isinstance(value, str) else value
            return lambda scope: constant
        case Array(items):
            return _compile_array([compile_tree(item, source) for item in items])
        case Access():
            return _compile_access(tree, source)
        case Call():
            return _compile_call(tree, source)
        case Binary(operator, left, right):
            return _compile_binary(operator, compile_tree(left, source), compile_tree(right, source))
        case Conditional(condition, then, otherwise):
            return _compile_conditional(*(compile_tree(part, source) for part in (condition, then, otherwise)))


def _compile_array(items: list[Evaluate]) -> Evaluate:
    def evaluate(scope: Scope) -> object:
        array: list[Json] = []
        for item in items:
            value = item(scope)
            if value is None:
                raise EvaluationFault("null cannot be put into a list")
            plain = operators.is_number(value) and not operators.is_long(value)
            array.append(value if plain else text_of(value, scope.xml_text))
        return array

    return evaluate


def _compile_binary(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if operator in ("and", "or"):
        return _compile_logical(operator, left, right)
    if operator in ("==", "!="):
        wanted = operator == "=="

        def equal(scope: Scope) -> object:
            a, b = left(scope), right(scope)
            if a is None or b is None:
                return (a is b) is wanted
            return (text_of(a, scope.xml_text) == text_of(b, scope.xml_text)) is wanted

        return equal
    apply = _BINARY[operator]

    def evaluate(scope: Scope) -> object:
        a, b = left(scope), right(scope)
        return apply(_operand(a, scope), _operand(b, scope))

    return evaluate


def _operand(value: object, scope: Scope) -> object:
    if isinstance(value, str):
        return str(unquoted(value))
    if value is None or isinstance(value, bool | int | float | dict | list):
        return value
    return scope.xml_text(value)


def _compile_logical(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    both = operator == "and"

    def evaluate(scope: Scope) -> object:
        # Neither side is skipped: a failure on either one makes the whole expression fail.
        a, b = left(scope), right(scope)
        if not isinstance(a, bool) or not isinstance(b, bool):
            raise NotBooleanError(f"{operator} needs two booleans, not {operators.kind(a)} and {operators.kind(b)}")
        return (a and b) if both else (a or b)

    return evaluate


def _compile_conditional(condition: Evaluate, then: Evaluate, otherwise: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> object:
        chosen = condition(scope)
        if not isinstance(chosen, bool):
            raise EvaluationError(f"the condition of '?' must be a boolean, not {operators.kind(chosen)}")
        return then(scope) if chosen else otherwise(scope)

    return evaluate


def _compile_access(tree: Access, source: str) -> Evaluate:
    root, name = tree.root, tree.name
    if root == "payload":
        read = _compile_path(tree.path, source, tree.position)

        def payload(scope: Scope) -> object:
            try:
                document = scope.payload()
            except JsonSyntaxError as error:
                raise EvaluationError(f"payload: {error}") from error
            if document is MISSING:
                raise EvaluationError("Payload is empty")
            return read(scope, document, "payload")

        return payload
    if root == "vars":
        return _compile_variable(tree, source)
    fetch = _fetcher(root, name)

    def evaluate(scope: Scope) -> object:
        value = fetch(scope)
        if value is MISSING or value is None:
            raise EvaluationError(f"{root}.{name} is not there")
        return number_or_text(unquoted(text_of(value, scope.xml_text)))

    return evaluate


def _fetcher(root: str, name: str) -> Evaluate:
    if root == "headers":
        return lambda scope: scope.header(name)
    if root == "configs":
        return lambda scope: scope.config(name)
    kind, _, detail = root.partition(".")
    if kind == "params":
        return lambda scope: scope.parameter(detail, name)
    return lambda scope: scope.property(detail, name)


def _compile_variable(tree: Access, source: str) -> Evaluate:
    name = tree.name
    if not tree.path:

        def whole(scope: Scope) -> object:
            value = scope.variable(name)
            if value is MISSING:
                raise EvaluationError(f"variable {name} is not there")
            return value

        return whole
    read = _compile_path(tree.path, source, tree.position)

    def evaluate(scope: Scope) -> object:
        value = scope.variable(name)
        if value is MISSING:
            raise EvaluationError(f"variable {name} is not there")
        return read(scope, _as_json(value, f"variable {name}"), f"vars.{name}")

    return evaluate


def _as_json(value: object, what: str) -> Json:
    if isinstance(value, str):
        try:
            return parse_json(unquoted(value))
        except JsonSyntaxError as error:
            raise EvaluationError(f"{what}: {error}") from error
    if value is None or isinstance(value, dict | list | bool | int | float):
        return value
    raise EvaluationError(f"{what} holds XML, a path needs JSON")


_Read: TypeAlias = Callable[[Scope, Json, str], object]


def _compile_path(parts: tuple[str | Embedded, ...], source: str, position: int) -> _Read:
    """Read a path in a document; compiled now, or per value of the expressions embedded in it."""
    if all(isinstance(part, str) for part in parts):
        text = "$" + "".join(part for part in parts if isinstance(part, str))
        try:
            path = compile_jsonpath(text)
        except JsonPathSyntaxError as error:
            raise SynapseSyntaxError(f"path {text}: {error.reason}", source, position) from error
        return lambda scope, document, what: _read(path, document, what)
    pieces = [part if isinstance(part, str) else (compile_tree(part.inner, source), part.bracketed) for part in parts]

    def read(scope: Scope, document: Json, what: str) -> object:
        text = "$" + "".join(
            piece if isinstance(piece, str) else _spliced(piece[0](scope), piece[1]) for piece in pieces
        )
        try:
            path = compile_jsonpath(text)
        except JsonPathSyntaxError as error:
            raise EvaluationFault(str(error)) from error
        return _read(path, document, what)

    return read


def _spliced(value: object, bracketed: bool) -> str:
    if value is None or value is MISSING:
        raise EvaluationFault("an index or filter operand is null")
    if isinstance(value, str):
        return f"[{dumps(str(unquoted(value)))}]" if bracketed else dumps(str(unquoted(value)))
    if isinstance(value, bool | int | float | dict | list):
        written = dumps(value)
        return f"[{written}]" if bracketed else written
    raise EvaluationError("XML cannot stand in a path")


def _read(path: JsonPath, document: Json, what: str) -> object:
    value = path.unwrapped(document)
    if value is MISSING:
        raise EvaluationError(f"{what} has nothing at {path.expression}")
    if type(value) is int and path.ends_at_element:
        # An array element, or the document itself, keeps its text but counts as a double: kept for
        # compatibility.
        return JsonNumber(str(value))
    return value


def _compile_call(tree: Call, source: str) -> Evaluate:
    name = tree.name
    arguments = [compile_tree(argument, source) for argument in tree.arguments]
    if name == "exists":
        return _compile_exists(arguments[0])
    if name in ("xpath", "registry", "wso2-vault", "hashicorp-vault"):
        return _compile_lookup(tree, arguments, source)
    function = FUNCTIONS[name]
    takes_any_scalar = name in ("toUpper", "toLower") and _is_json_access(tree.arguments[0])

    def evaluate(scope: Scope) -> object:
        values = [_present(argument(scope), name, scope) for argument in arguments]
        if takes_any_scalar and isinstance(values[0], bool | int | float):
            values[0] = text_of(values[0], scope.xml_text)
        return function(values, lambda value: text_of(value, scope.xml_text))

    if not tree.path:
        return evaluate
    read = _compile_path(tree.path, source, tree.position)
    return lambda scope: read(scope, evaluate(scope), f"{name}()")


def _is_json_access(tree: Ast) -> bool:
    return isinstance(tree, Access) and (tree.root == "payload" or bool(tree.path))


def _present(value: object, name: str, scope: Scope) -> object:
    if value is None or value is MISSING:
        raise EvaluationError(f"{name}() of null")
    if isinstance(value, str | bool | int | float | dict | list):
        return value
    return scope.xml_text(value)


def _compile_exists(argument: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> object:
        try:
            return argument(scope) is not None
        except EvaluationError:
            return False

    return evaluate


def _compile_lookup(tree: Call, arguments: list[Evaluate], source: str) -> Evaluate:
    name = tree.name
    wanted = compile_tree(tree.property, source) if tree.property is not None else None
    read = _compile_path(tree.path, source, tree.position) if tree.path else None

    def lookup(scope: Scope) -> object:
        given = [text_of(_present(argument(scope), name, scope), scope.xml_text) for argument in arguments]
        if name == "xpath":
            value = scope.xpath(given[0], given[1] if len(given) > 1 else None)
            return "" if value is MISSING else value
        if name == "registry":
            key = text_of(wanted(scope), scope.xml_text) if wanted is not None else None
            value = scope.registry(given[0], key)
            if value is MISSING:
                raise EvaluationError(f"registry resource {given[0]} is not there")
            return read(scope, _as_json(value, given[0]), given[0]) if read is not None else value
        return scope.secret(name, given)

    return lookup
