"""`${...}` on a message: the language of `engine.expressions.synapse` bound to the message context."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from engine.codecs.content_type import parse_content_type
from engine.errors import ExpressionError
from engine.expressions import scopes
from engine.expressions.base import Expression, ExpressionSyntaxError, Note
from engine.expressions.json_payload import scalar_in
from engine.expressions.jsonpath import JsonPath, JsonPathSyntaxError, compile_jsonpath
from engine.expressions.synapse import (
    EvaluationError,
    EvaluationFault,
    SynapseExpression,
    SynapseSyntaxError,
    compile_expression,
)
from engine.expressions.synapse.ast import Access, Array, Ast, Binary, Call, Conditional, Embedded, Literal
from engine.expressions.synapse.texts import text_of, unquoted
from engine.expressions.xpath import compile_xpath
from engine.message.payload import PayloadKind
from engine.message.values import JsonValue, Nodes, TextNode, nodes_text, serialize, string_of
from engine.values.missing import MISSING, Missing

if TYPE_CHECKING:
    from engine.message.context import MessageContext
    from engine.values.json_document import Json


def compile_synapse_expression(text: str, namespaces: Mapping[str, str] | None = None) -> Expression:
    """Compile `${...}`. Raises ExpressionSyntaxError with the position in the whole text.

    `namespaces` are the prefixes that `xpath('...')` inside may use.
    """
    return _compile(text, tuple(sorted((namespaces or {}).items())))


@lru_cache(maxsize=20_000)
def _compile(text: str, namespaces: tuple[tuple[str, str], ...]) -> Expression:
    try:
        compiled = compile_expression(text)
    except SynapseSyntaxError as error:
        raise ExpressionSyntaxError(
            str(error),
            code="SYN032",
            position=error.position,
            hint="blanks around operators; texts in quotes; (a > 1) and (b < 2)",
        ) from error
    return MessageExpression(text, compiled, dict(namespaces))


class MessageExpression(Expression):
    """A compiled `${...}`."""

    __slots__ = ("_json", "_namespaces", "_quick", "compiled", "is_literal")

    def __init__(self, source: str, compiled: SynapseExpression, namespaces: dict[str, str]) -> None:
        notes = tuple(_xpath_notes(compiled.tree, namespaces))
        super().__init__(source, content_aware=compiled.needs_payload, notes=notes)
        self.compiled = compiled
        self._namespaces = namespaces
        self._quick = _payload_path(compiled.tree)
        self._json = _gives_json(compiled.tree)
        self.is_literal = isinstance(compiled.tree, Literal)

    def text(self, message: MessageContext) -> str:
        """The result as text, "" for what is missing. Raises ExpressionError where the reference engine faults."""
        if self._quick is not None and message.payload.kind is PayloadKind.JSON:
            found = scalar_in(message.payload, self._quick)
            if found is not None:
                return unquoted(found) if isinstance(found, str) else text_of(found, str)
        try:
            return self.compiled.text(MessageScope(message, self._namespaces))
        except EvaluationFault as fault:
            raise ExpressionError(f"{self.source}: {fault}") from fault

    def value(self, message: MessageContext) -> object | None:
        """The result as an object: JSON from the payload or a JSON variable stays JSON, even a text or a number."""
        tree = self.compiled.tree
        if isinstance(tree, Access) and tree.root == "vars" and not tree.path:
            held = message.variables.get(tree.name)
            if held is not None:
                return held
        try:
            value = self.compiled.value(MessageScope(message, self._namespaces))
        except EvaluationFault as fault:
            raise ExpressionError(f"{self.source}: {fault}") from fault
        if isinstance(value, NodeResult):
            return value.nodes
        if isinstance(value, dict | list):
            return JsonValue(value)
        if self._json and isinstance(value, str | bool | int | float) and value != "":
            return JsonValue(value)
        return value

    def both(self, message: MessageContext) -> tuple[object | None, str]:
        """The result as an object and as text, evaluated once where that is possible."""
        if self._quick is not None and message.payload.kind is PayloadKind.JSON:
            found = scalar_in(message.payload, self._quick)
            if found is not None:
                return JsonValue(found), text_of(found, str)
        value = self.value(message)
        raw = value.value if isinstance(value, JsonValue) else value
        if raw is None:
            return None, ""
        if isinstance(value, JsonValue | str | bool | int | float) and not self.is_literal:
            return value, text_of(raw, str)
        return value, self.text(message)

    def handed_over(self, message: MessageContext) -> object | None:
        tree = self.compiled.tree
        if isinstance(tree, Access) and tree.root == "vars" and not tree.path:
            held = message.variables.get(tree.name)
            if isinstance(held, TextNode):
                return held  # however large it is, it need not be read here
        return self.text(message)


class MessageScope:
    """What a `${...}` expression may ask of one message (see `engine.expressions.synapse.Scope`)."""

    __slots__ = ("_message", "_namespaces")

    def __init__(self, message: MessageContext, namespaces: Mapping[str, str]) -> None:
        self._message = message
        self._namespaces = namespaces

    def payload(self) -> Json | Missing:
        """The body as JSON."""
        return self._message.payload.json()

    def whole_payload(self) -> object | Missing:
        """The body: XML under application/xml, else as JSON."""
        payload = self._message.payload
        if payload.kind is PayloadKind.XML:
            named = self._message.axis2.get("ContentType") or payload.content_type
            if parse_content_type(str(named)).media == "application/xml":
                element = payload.element()
                return MISSING if element is None else element
        return payload.json()

    def variable(self, name: str) -> object | Missing:
        """A variable: JSON as plain JSON, maps with their members likewise."""
        variables = self._message.variables
        return _plain(variables[name]) if name in variables else MISSING

    def header(self, name: str) -> object | Missing:
        """A transport header."""
        return _or_missing(self._message.headers.get(name))

    def property(self, scope: str, name: str) -> object | Missing:
        """A property of the default or the axis2 scope."""
        read = scopes.axis2_property if scope == "axis2" else scopes.default_property
        return _or_missing(read(self._message, name))

    def parameter(self, kind: str, name: str) -> object | Missing:
        """A path, query or template parameter. Raises EvaluationFault for a template's outside of one."""
        if kind == "functionParams":
            if not self._message.frames:
                raise EvaluationFault(f"params.functionParams.{name} is read outside of a template")
            return _or_missing(scopes.function_parameter(self._message, name))
        prefix = "uri.var." if kind == "pathParams" else "query.param."
        return _or_missing(self._message.properties.get(prefix + name))

    def config(self, name: str) -> object | Missing:
        """An environment variable, a system property or a line of file.properties."""
        found = os.environ.get(name)
        if found is None:
            found = string_of(scopes.SYSTEM_PROPERTIES.get(name))
        if found is None:
            found = self._message.exchange.services.registry.file_property(name)
        return MISSING if found is None else found

    def registry(self, path: str, key: str | None) -> object | Missing:
        """The text of a registry resource, or of one of its properties."""
        found = self._message.exchange.services.registry.text(path if key is None else f"{path}@{key}")
        return MISSING if found is None else found

    def secret(self, function: str, arguments: list[str]) -> str:
        """A secret from the environment or file.properties, by its alias; there is no vault of another kind."""
        if function == "wso2-vault" and arguments:
            found = self.config(arguments[0])
            if isinstance(found, str):
                return found
        raise EvaluationError(
            f"{function}({', '.join(arguments)}): there is no such secret in the environment or in file.properties"
        )

    def xpath(self, expression: str, variable: str | None) -> object | Missing:
        """An XPath on the body, on an XML variable, or on the XML under a key of a map variable."""
        if variable is None:
            return self._xpath_value(expression, expression)
        if variable in self._message.variables:
            return self._xpath_value(f"$var:{variable}{expression}", expression)
        name, dot, key = variable.partition(".")
        held = self._message.variables.get(name)
        element = held.get(key) if dot and isinstance(held, dict) else None
        if not isinstance(element, etree._Element):
            return MISSING
        return _found(_document_xpath(expression, tuple(self._namespaces.items()))(element.getroottree()), expression)

    def xml_text(self, value: object) -> str:
        """The text of nodes, an element or a text payload."""
        if isinstance(value, NodeResult):
            return nodes_text(value.nodes, whole=value.whole)
        if isinstance(value, etree._Element):
            return serialize(value)
        return string_of(value) or ""

    def _xpath_value(self, text: str, written: str) -> object | Missing:
        try:
            compiled = compile_xpath(text, self._namespaces)
        except ExpressionSyntaxError as error:
            raise EvaluationFault(str(error)) from error
        return _found(compiled.value(self._message), written)


class NodeResult:
    """Nodes among the values of an expression, where a list would be JSON. `whole`: the XPath has `node()` in it."""

    __slots__ = ("nodes", "whole")

    def __init__(self, nodes: Nodes, *, whole: bool = False) -> None:
        self.nodes = nodes
        self.whole = whole


def _found(value: object | None, written: str) -> object | Missing:
    if value is None or (isinstance(value, list) and not value):
        return MISSING
    if isinstance(value, list):
        return NodeResult(Nodes(value), whole="node()" in written)
    return _plain(value)


@lru_cache(maxsize=1024)
def _document_xpath(expression: str, namespaces: tuple[tuple[str, str], ...]) -> etree.XPath:
    try:
        return etree.XPath(expression, namespaces=dict(namespaces))
    except etree.XPathSyntaxError as error:
        raise EvaluationFault(f"{expression!r} is no XPath: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, JsonValue):
        return value.value
    if isinstance(value, Nodes):
        return NodeResult(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _or_missing(value: object | None) -> object | Missing:
    if value is None:
        return MISSING
    return string_of(value) if isinstance(value, TextNode) else _plain(value)


def _payload_path(tree: Ast) -> JsonPath | None:
    """The path of an expression that is `payload.a.b` and nothing else."""
    if not isinstance(tree, Access) or tree.root != "payload" or not tree.path:
        return None
    if not all(isinstance(part, str) for part in tree.path):
        return None
    try:
        path = compile_jsonpath("$" + "".join(part for part in tree.path if isinstance(part, str)))
    except JsonPathSyntaxError:
        return None
    return None if path.ends_at_element or not path.definite else path


def _gives_json(tree: Ast) -> bool:
    """Whether the result is a member of the payload or of a variable: those stay JSON whatever they hold."""
    return isinstance(tree, Access) and (tree.root == "payload" or (tree.root == "vars" and bool(tree.path)))


def _xpath_notes(tree: Ast, namespaces: Mapping[str, str]) -> Iterator[Note]:
    """What is wrong with XPaths written out in the expression; they are compiled here, not per message."""
    for each in _walk(tree):
        if not isinstance(each, Call) or each.name != "xpath" or not each.arguments:
            continue
        first = each.arguments[0]
        if len(each.arguments) == 1 and isinstance(first, Literal) and isinstance(first.value, str):
            try:
                yield from compile_xpath(first.value, namespaces).notes
            except ExpressionSyntaxError as error:
                yield Note(error.code, f"{error}; the message faults when this is evaluated", error.hint)


def _walk(tree: Ast) -> Iterator[Ast]:
    yield tree
    match tree:
        case Array(items):
            inner: tuple[Ast, ...] = tuple(items)
        case Access(_, _, path):
            inner = tuple(part.inner for part in path if isinstance(part, Embedded))
        case Call(_, arguments, path, wanted):
            inner = (*arguments, *(part.inner for part in path if isinstance(part, Embedded)))
            inner = inner if wanted is None else (*inner, wanted)
        case Binary(_, left, right):
            inner = (left, right)
        case Conditional(condition, then, otherwise):
            inner = (condition, then, otherwise)
        case _:
            inner = ()
    for each in inner:
        yield from _walk(each)
