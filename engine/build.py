"""Turning elements into compiled objects: what mediators, endpoints and artifacts need while they are built."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import keyword
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine.diagnostics import Problems
from engine.expressions import Expression, ExpressionSyntaxError, Value, compile_expression, compile_value
from engine.expressions.value import is_dynamic, literal_doubt, looks_dynamic
from engine.records import dataclass
from engine.registry import Registry
from engine.source.document import SYNAPSE, Document, Place, Spot
from engine.source.node import Node
from engine.values.java_regex import compile_java_regex

if TYPE_CHECKING:
    from engine.endpoints.base import Endpoint
    from engine.mediators.base import Mediator
    from engine.mediators.flow import MediatorList


_ENDS = frozenset({"respond", "drop", "send", "loopback"})
"""Mediators after which nothing runs."""


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter that a call hands over, and where."""

    name: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Reference:
    """One artifact naming another: checked when everything is loaded, looked up when a message needs it."""

    kind: str
    key: str
    spot: Spot
    artifact: str
    owner: str
    given: tuple[Given, ...] = ()

    @property
    def place(self) -> Place:
        """Where the name stands."""
        return self.spot.place


class Build:
    """The compilation of one file: where its problems go and which other artifacts it names."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems
        self.references: list[Reference] = []

    # -- small values
    def place(self, node: Node) -> Place:
        """The place to keep on a compiled object: file and line."""
        return Place(self.document.file, node.line)

    def expression(self, node: Node, name: str, *, required: bool = False, why: str = "") -> Expression | None:
        """The attribute as an expression of any language; None when absent or wrong."""
        text = node.attribute(name, required=required, empty_ok=True, why=why)
        if text is not None and not text.strip():
            node.error(
                "SYN021",
                f"the {name!r} attribute of <{node.tag}> is empty, which is no expression",
                attribute=name,
                hint=f"write an expression or remove {name}",
            )
            return None
        return None if text is None else self.compiled_expression(node, text, attribute=name)

    def compiled_expression(self, node: Node, text: str, *, attribute: str | None = None) -> Expression | None:
        """`text` compiled; a mistake becomes a problem on `node` (or its attribute) and None."""
        try:
            return self._noted(node, attribute, compile_expression(text, node.namespaces))
        except ExpressionSyntaxError as error:
            node.error(error.code, str(error), attribute=attribute, hint=error.hint)
            return None

    def _noted(self, node: Node, attribute: str | None, expression: Expression) -> Expression:
        for note in expression.notes:
            node.warning(note.code, note.message, attribute=attribute, hint=note.hint)
        return expression

    def value(
        self, node: Node, name: str, *, required: bool = False, empty_ok: bool = False, why: str = ""
    ) -> Value | None:
        """The attribute as a constant or `{expression}`; an empty one is an error unless `empty_ok`."""
        text = node.attribute(
            name, required=required or (not empty_ok and node.element.get(name) is not None), empty_ok=empty_ok, why=why
        )
        return None if text is None else self.compiled_value(node, text, attribute=name)

    def compiled_value(self, node: Node, text: str, *, attribute: str | None = None) -> Value | None:
        """`text` compiled as a constant or `{expression}`."""
        try:
            value = compile_value(text, node.namespaces) if is_dynamic(text) else Value(text)
            if value.expression is not None:
                self._noted(node, attribute, value.expression)
            elif is_dynamic(text):
                node.info(
                    "SYN095", f"{text!r} is no expression but JSON, so it is taken as a text", attribute=attribute
                )
            else:
                self._doubted(node, attribute, text)
            return value
        except ExpressionSyntaxError as error:
            node.error(error.code, str(error), attribute=attribute, hint=error.hint)
            return None

    def _doubted(self, node: Node, attribute: str | None, text: str) -> None:
        doubt = literal_doubt(text)
        if doubt is not None:
            what = f"{attribute!r} of <{node.tag}>" if attribute else f"<{node.tag}>"
            node.warning(
                "SYN084",
                f"{what} is {text.strip()!r}, which {doubt[0]}",
                attribute=attribute,
                hint=doubt[1],
                place=None if attribute else node.document.text_place(node.element),
            )

    def constant(self, node: Node, name: str, *, required: bool = False, instead: str = "expression") -> str | None:
        """An attribute that is never evaluated; one that looks like an expression is a warning."""
        text = node.attribute(name, required=required, empty_ok=True)
        if text is not None and looks_dynamic(text):
            node.warning(
                "SYN039",
                f"{name!r} of <{node.tag}> is {text!r}, which is taken as it stands and not evaluated",
                attribute=name,
                hint=f'write {instead}="{text.strip()}" instead',
            )
        return text

    def regex(self, node: Node, name: str, text: str, *, in_text: bool = False) -> re.Pattern[str] | None:
        """A Java regular expression given in attribute `name`, or in the element's text; a mistake is a problem."""
        try:
            return compile_java_regex(text)
        except ValueError as error:
            place = node.document.text_place(node.element) if in_text else None
            node.error(
                "SYN033",
                f"{name!r} of <{node.tag}> is no regular expression: {error}",
                attribute=None if in_text else name,
                place=place,
                hint="it must match the whole value; quote special characters with a backslash",
            )
            return None

    def refer(
        self,
        kind: str,
        key: str,
        node: Node,
        attribute: str | None = None,
        *,
        in_text: bool = False,
        given: tuple[Given, ...] = (),
    ) -> None:
        """Remember that `node` names the artifact `key` of this kind (sequence, endpoint, template, localEntry, ...).

        The name stands in `attribute`, or in the element's text. `given` are the parameters handed to a template.
        """
        spot = node.document.spot(node.element, attribute, in_text=in_text)
        self.references.append(Reference(kind, key, spot, node.artifact, node.tag, given))

    def key(self, node: Node, name: str, kind: str, *, required: bool = False) -> Value | None:
        """An attribute that names another artifact, literally or by `{expression}`; a literal is remembered."""
        value = self.value(node, name, required=required)
        if value is not None and not value.dynamic:
            self.refer(kind, value.constant, node, name)
        return value

    # -- declared attributes
    def read_fields(self, cls: type[Any], node: Node) -> dict[str, Any] | None:
        """Values for the fields that a component declared with `attribute(...)`; None when a required one is wrong."""
        values: dict[str, Any] = {}
        usable = True
        for field in dataclasses.fields(cls):
            spec = field.metadata.get("spec")
            if spec is None:
                continue
            value: Any
            if spec.kind == "expression":
                value = self.expression(node, spec.name, required=spec.required)
            elif spec.kind == "value":
                value = self.value(node, spec.name, required=spec.required)
            elif spec.kind == "flag":
                value = node.flag(spec.name) if node.has(spec.name) else None
            elif spec.kind == "integer":
                value = node.integer(spec.name)
            elif spec.kind == "choice":
                value = node.choice(spec.name, spec.choices, "") or None
            else:
                value = node.attribute(spec.name, required=spec.required)
            if value is not None:
                values[field.name] = value
            elif spec.required:
                usable = False
        return values if usable else None

    # -- children
    def mediators(self, node: Node, *, name: str = "", skip: Iterable[str] = ()) -> MediatorList:
        """All child elements of `node` as a list of mediators; what cannot be one is an error of its own."""
        from engine.mediators.flow import MediatorList

        skipped = set(skip)
        built = []
        ended: Node | None = None
        for child in node.any_children():
            if child.tag == "description" or child.tag in skipped:
                continue
            if ended is not None:
                child.warning(
                    "SYN059",
                    f"<{child.tag}> never runs: <{ended.tag}> before it ends the flow",
                    hint=f"move <{ended.tag}> behind it or remove it",
                )
            ended = child if child.tag in _ENDS and child.namespace == SYNAPSE else None
            one = self.mediator(child)
            if one is not None:
                built.append(one)
        return MediatorList(built, name)

    def endpoint(self, node: Node) -> Endpoint | None:
        """An `<endpoint>` element, inline or named; None (and problems) when it is none."""
        from engine.endpoints.base import read_endpoint

        return read_endpoint(node, self)

    def mediator(self, node: Node) -> Mediator | None:
        """One element as a mediator, connector operations included; None (and a problem) when it is none."""
        from engine.mediators import catalogue

        if node.namespace == SYNAPSE:
            cls = catalogue.find_mediator(node.tag)
            if cls is not None:
                return cls.from_element(node, self)
            if "." in node.tag:
                return catalogue.connector_call(node, self)
        catalogue.unknown_mediator(node)
        return None


def find_component(registry: Registry[Any], package: str, name: str) -> Any | None:
    """The component called `name`, importing `package.<name in snake_case>` the first time it is asked for."""
    found = registry.get(name)
    if found is None:
        own = snake_case(name)
        module = f"{package}.{own}"
        if re.fullmatch(r"\w+", own) and importlib.util.find_spec(module) is not None:
            importlib.import_module(module)
            found = registry.get(name)
    return found


def snake_case(name: str) -> str:
    """`payloadFactory` -> `payload_factory`, `call-template` -> `call_template`, `in` -> `in_`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return snake + "_" if keyword.iskeyword(snake) else snake
