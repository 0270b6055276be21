"""Compiling the child elements of an operation or connection, and resolving them for one message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lxml import etree

from engine.diagnostics import Severity
from engine.expressions import Value
from engine.expressions.value import literal_doubt
from engine.mediators.connector_declaration import ParameterError, ParameterSpec, specs_of
from engine.message.context import MessageContext
from engine.source.node import Node
from engine.source.placeholders import filled

if TYPE_CHECKING:
    from engine.build import Build

T = TypeVar("T")

MISSING_PARAMETER = "SYN082"
WRONG_VALUE = "SYN083"
LITERAL_EXPRESSION = "SYN084"

_INLINE_EXPRESSION = re.compile(r"\$\{[^{}]*\}")


class Parameters(Generic[T]):
    """The compiled parameters of one element; `resolve` makes the frozen value of its class for a message.

    When everything is constant that value is made once, at deploy time.
    """

    __slots__ = ("_cls", "_constants", "_dynamic", "_problem", "_ready", "_required")

    def __init__(
        self,
        cls: type[T],
        constants: Mapping[str, Any],
        dynamic: Iterable[tuple[str, ParameterSpec, Value]],
        problem: ParameterError | None,
    ) -> None:
        self._cls = cls
        self._constants = dict(constants)
        self._dynamic = tuple(dynamic)
        self._problem = problem
        self._required = [(name, spec) for name, spec, _ in self._dynamic if spec.required]
        self._ready: T | None = None if self._dynamic or problem is not None else cls(**self._constants)

    @property
    def cls(self) -> type[T]:
        """The class of the values."""
        return self._cls

    @property
    def constant(self) -> T | None:
        """The value when it does not depend on the message, else None."""
        return self._ready

    @property
    def content_aware(self) -> bool:
        """Whether a parameter reads the payload."""
        return any(value.content_aware for _, _, value in self._dynamic)

    def resolve(self, message: MessageContext) -> T:
        """The value for this message. Raises ParameterError for a missing or wrong parameter."""
        if self._ready is not None:
            return self._ready
        if self._problem is not None:
            raise self._problem
        values = dict(self._constants)
        for name, spec, value in self._dynamic:
            try:
                converted = spec.convert(value.object(message))
            except ValueError as error:
                raise ParameterError(spec.name, str(error)) from error
            if converted is not None and converted != "":
                values[name] = converted
        for name, spec in self._required:
            if name not in values:
                raise ParameterError(spec.name, "is required but its expression gives nothing")
        return self._cls(**values)


def compile_parameters(
    cls: type[T], node: Node, build: Build, *, strict: bool, extra: Iterable[str] = ()
) -> tuple[Parameters[T] | None, dict[str, Any], frozenset[str]]:
    """Read the declared children of `node`.

    Gives the compiled parameters (None when unusable; problems say why), the constant values by field, and the fields
    that are written. `strict`: a missing required parameter is an error; otherwise a warning, and the step faults.
    """
    constants: dict[str, Any] = {}
    dynamic: list[tuple[str, ParameterSpec, Value]] = []
    problem: ParameterError | None = None
    usable = True
    before: list[str] = []
    for name, spec in specs_of(cls).items():
        before.append(spec.name)
        child = node.child(spec.name)
        text = None if child is None else child_text(child, spec.kind)
        if child is not None and text is not None and node.tag.endswith(".init"):
            text = _from_environment(child, text)
        if child is None or text is None:
            if spec.required:
                usable = usable and not strict
                problem = problem or ParameterError(spec.name, "is required")
                _report_missing(node, child, spec, before, strict=strict)
            elif child is not None and not spec.ignored:
                child.info(
                    "SYN021", f"<{child.tag}> is empty, as if it were not there", hint="write a value or remove it"
                )
                child.finish()
            continue
        value = _compiled(child, text, spec, build)
        if value is None:
            usable = False
        elif value.dynamic:
            dynamic.append((name, spec, value))
        else:
            wrong = _convert_constant(child, node.tag, spec, value.constant, constants, name)
            problem = problem or wrong
        child.finish()
    node.finish(known_children=[*extra, *(spec.name for spec in specs_of(cls).values())])
    given = frozenset(constants) | {name for name, _, _ in dynamic}
    parameters = Parameters(cls, constants, dynamic, problem) if usable else None
    return parameters, constants, given


def _from_environment(child: Node, text: str) -> str | None:
    """A parameter of a connection with its `$env{...}` filled in; None when that leaves nothing."""
    try:
        return filled(text) or None
    except ValueError as error:
        child.error("SYN049", f"<{child.tag}>: {error}", hint="set it, or write $env{NAME:default}")
        return None


def child_text(child: Node, kind: str) -> str | None:
    """The text of a parameter as written, None when the element is empty; XML inside an object parameter is text."""
    text = child.raw_text()
    if not text.strip() and len(child.element) and kind == "object":
        child.accept_anything()
        return "".join(etree.tostring(each, encoding="unicode", with_tail=False) for each in child.element)
    stripped = text.strip()
    if not stripped:
        return None
    return stripped if kind != "object" or (stripped[0] == "{" and stripped[-1] == "}") else text


def _compiled(child: Node, text: str, spec: ParameterSpec, build: Build) -> Value | None:
    if spec.kind == "object" and _is_json(text):
        return Value(text)
    value = build.compiled_value(child, text)
    if value is None or value.dynamic or spec.ignored:
        return value
    if _INLINE_EXPRESSION.search(text) and literal_doubt(text) is None:
        child.warning(
            LITERAL_EXPRESSION,
            f"<{child.tag}> holds {text!r}, which is taken literally and not evaluated",
            hint="put braces around the whole expression: {${...}}",
        )
    return value


def _is_json(text: str) -> bool:
    return bool(re.match(r"""\{\s*(\}|"|')""", text))


def _convert_constant(
    child: Node, owner: str, spec: ParameterSpec, text: str, constants: dict[str, Any], name: str
) -> ParameterError | None:
    try:
        value = spec.convert(text, written=True)
    except ValueError as error:
        child.warning(
            WRONG_VALUE,
            f"parameter {spec.name!r} of <{owner}> {error}; the step faults whenever it runs",
            hint="one of: " + ", ".join(spec.choices) if spec.choices else "",
        )
        return ParameterError(spec.name, str(error))
    if spec.kind == "flag" and text.strip().lower() not in ("true", "false"):
        child.warning(
            WRONG_VALUE,
            f"parameter {spec.name!r} of <{owner}> is {text.strip()!r}, neither true nor false; it counts as false",
            hint="write true or false",
        )
    elif spec.kind == "choice" and value != text.strip():
        child.warning(
            WRONG_VALUE,
            f"parameter {spec.name!r} of <{owner}> is {text.strip()!r}; it is taken as {value!r}",
            hint=f"write {value!r}",
        )
    elif spec.minimum is not None and isinstance(value, int) and value < spec.minimum:
        child.warning(
            WRONG_VALUE,
            f"parameter {spec.name!r} of <{owner}> is {value}, less than {spec.minimum}; where "
            "it is used the step faults",
        )
    constants[name] = value
    return None


def _report_missing(node: Node, child: Node | None, spec: ParameterSpec, before: list[str], *, strict: bool) -> None:
    severity = Severity.ERROR if strict else Severity.WARNING
    message = f"<{node.tag}> needs the parameter <{spec.name}>"
    if not strict:
        message += "; the step faults whenever it runs"
    if child is not None:
        child.report(MISSING_PARAMETER, severity, message, hint=spec.doc)
    else:
        node.lacks_child(
            spec.name, message=message, code=MISSING_PARAMETER, severity=severity, hint=spec.doc, after=before
        )
