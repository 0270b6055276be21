"""XPath 1.0 with Synapse variables and functions (SynapseXPath), compiled once, evaluated by lxml."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from engine.errors import ErrorCode, ExpressionError
from engine.expressions import scopes
from engine.expressions.base import Expression, ExpressionSyntaxError, Note
from engine.expressions.xpath_functions import FUNCTION_NAMES, FUNCTIONS, evaluating
from engine.expressions.xpath_rewrite import Plan, rewrite, single_variable
from engine.message.context import MessageContext
from engine.message.payload import HEAVY
from engine.message.values import (
    JsonValue,
    Nodes,
    TextNode,
    first_of,
    nodes_text,
    string_of,
)

Element = etree._Element


def compile_xpath(text: str, namespaces: Mapping[str, str]) -> Expression:
    """Compile an XPath expression. Raises ExpressionSyntaxError with what is wrong and where."""
    if not text.strip():
        raise ExpressionSyntaxError("the expression is empty")
    return _compile(text, tuple(sorted(namespaces.items())))


@lru_cache(maxsize=20_000)
def _compile(text: str, namespaces: tuple[tuple[str, str], ...]) -> Expression:
    variable = single_variable(text)
    if variable is not None:
        return PropertyRead(text, variable, ())
    plan = rewrite(text, dict(namespaces))
    if plan.single is not None:
        return PropertyRead(text, plan.single, plan.notes)
    return XPath(text, plan, dict(namespaces))


class PropertyRead(Expression):
    """An expression that is one variable or one `get-property(...)`: no XPath engine needed, and null stays null."""

    __slots__ = ("_read",)

    def __init__(self, source: str, read: Callable[[MessageContext], object | None], notes: tuple[Note, ...]) -> None:
        super().__init__(source, content_aware=False, notes=notes)
        self._read = read

    def value(self, message: MessageContext) -> object | None:
        return self._read(message)

    def handed_over(self, message: MessageContext) -> object | None:
        return first_of(self._read(message))

    def test(self, message: MessageContext) -> bool:
        return truth(self._read(message))


class XPath(Expression):
    """A compiled XPath. Paths without a leading `//` start at the SOAP envelope, as in the reference engine."""

    __slots__ = ("_bare", "_namespaces", "_plan", "_rest", "_soap", "_whole")

    def __init__(self, source: str, plan: Plan, namespaces: dict[str, str]) -> None:
        super().__init__(source, content_aware=plan.content_aware, notes=plan.notes)
        self._plan = plan
        self._namespaces = namespaces
        self._whole = "node()" in source
        self._rest = _lxml(source, plan.rest, namespaces)
        self._soap = self._rest if plan.soap == plan.rest else _lxml(source, plan.soap, namespaces)
        self._bare = _lxml(source, plan.bare, namespaces) if plan.bare is not None else None

    def value(self, message: MessageContext) -> object | None:
        value = self._evaluated(message)
        if isinstance(value, Nodes | etree._Element):
            message.payload.tree_shared()
        return value

    def _evaluated(self, message: MessageContext) -> object | None:
        """The value for whoever only looks at it."""
        payload = message.payload
        variables = {name: _argument(read(message)) for name, read in self._plan.variables}
        root: Element | None = None
        program = None
        if self._bare is not None:
            root = payload.bare_root
            program = self._bare
        if root is None:
            if self._plan.content_aware or self._plan.roots:
                root = payload.envelope()
                for name in self._plan.roots:
                    variables[name] = _root_value(root, name)
            else:
                root = _NOTHING
            program = self._rest if message.rest else self._soap
        assert program is not None
        if payload.demands & HEAVY:
            # lxml locks an expression while it is evaluated; other messages must not wait for a long one.
            program = _lxml(self.source, program.path, self._namespaces)
        try:
            result = self._run(message, program, root, variables)
        except etree.XPathError as error:
            if not self._plan.has_union or all(isinstance(value, list) for value in variables.values()):
                raise self._failed(error) from error
            # Of a union with a property that holds no nodes, the nodes there are.
            nodes = {name: value if isinstance(value, list) else [] for name, value in variables.items()}
            try:
                result = self._run(message, program, root, nodes)
            except etree.XPathError as again:
                raise self._failed(again) from again
        return _result(result)

    def _run(self, message: MessageContext, program: etree.XPath, root: Element, variables: dict[str, Any]) -> Any:
        if not self._plan.uses_functions:
            return program(root, **variables)
        with evaluating(message):
            return program(root, **variables)

    def _failed(self, error: etree.XPathError) -> ExpressionError:
        return ExpressionError(
            f"Evaluation of the XPath expression {self.source} resulted in an error: {error}", code=ErrorCode.DEFAULT
        )

    def handed_over(self, message: MessageContext) -> object | None:
        return first_of(self.value(message))

    def text(self, message: MessageContext) -> str | None:
        value = self._evaluated(message)
        if isinstance(value, Nodes):
            return nodes_text(value, whole=self._whole)
        return string_of(value)

    def test(self, message: MessageContext) -> bool:
        return truth(self._evaluated(message))


_NOTHING = etree.Element("nothing")


def _lxml(source: str, text: str, namespaces: dict[str, str]) -> etree.XPath:
    known = {**namespaces, "syn": FUNCTION_NAMES}
    try:
        return etree.XPath(text, namespaces=known, extensions=FUNCTIONS, smart_strings=True)
    except (etree.XPathSyntaxError, ValueError) as error:  # ValueError: a character that no XML can hold
        raise ExpressionSyntaxError(
            f"{source!r} is no XPath: {error}", hint="check operators, brackets and quotes"
        ) from error


def _root_value(envelope: Element, name: str) -> Any:
    if name == "syn_env":
        return [envelope]
    wanted = "Body" if name == "syn_body" else "Header"
    for child in envelope:
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == wanted:
            return [child]
    # An envelope without Header has an empty one in the eyes of an expression; it is not written.
    return [etree.Element(str(envelope.tag).replace("}Envelope", "}Header"))] if wanted == "Header" else []


def _argument(value: object | None) -> Any:
    """A property's value as lxml takes it: None is the empty node-set, whole numbers are numbers."""
    if value is None:
        return []
    if isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, Nodes):
        return [
            item.element() if isinstance(item, TextNode) else item for item in value if not isinstance(item, JsonValue)
        ] or (string_of(value) or "")
    if isinstance(value, TextNode):
        return [value.element()]
    if isinstance(value, etree._Element):
        return [value]
    return string_of(value) or ""


def _result(result: Any) -> object:
    if isinstance(result, list):
        nodes = Nodes()
        for item in result:
            if not isinstance(item, tuple):  # a tuple is a namespace node
                nodes.append(item)
        return nodes
    if isinstance(result, str):
        return str(result)
    return result


def truth(value: object | None) -> bool:
    """XPath's boolean() of a value: a node list is true when not empty, a text when not "", a number when not 0."""
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0 and not (isinstance(value, float) and math.isnan(value))
    if isinstance(value, str):
        return value != ""
    if isinstance(value, Nodes):
        return len(value) > 0
    return True


__all__ = ["PropertyRead", "XPath", "compile_xpath", "scopes", "truth"]
