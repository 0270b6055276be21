"""Variable mediator: sets or removes a variable of the message."""

from __future__ import annotations

from engine.build import Build
from engine.errors import MediationError
from engine.expressions import Expression
from engine.expressions.synapse_expression import MessageExpression
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.mediators.conversion import CONSTANTS, VARIABLE_TYPES, json, xml
from engine.message.context import MessageContext
from engine.message.values import JsonValue, copy_value
from engine.source.node import Node
from engine.values.java_text import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN
from engine.values.json_document import JsonNumber

_NUMBERS = {"INTEGER": (INT_MIN, INT_MAX), "LONG": (LONG_MIN, LONG_MAX)}


@mediator("variable")
class Variable(SyncMediator):
    """Set or remove a variable, readable as `${vars.name}` and `$var:name`."""

    name: str
    constant: object | None = None
    expression: Expression | None = None
    type: str = ""
    remove: bool = False

    @property
    def label(self) -> str:
        return f"variable {self.name}"

    @property
    def content_aware(self) -> bool:
        return self.expression is not None and self.expression.content_aware

    def apply(self, message: MessageContext) -> Flow:
        if self.remove:
            message.variables.pop(self.name, None)
            return CONTINUE
        value = self.constant if self.expression is None else self._evaluated(message, self.expression)
        if value is not None:
            message.variables[self.name] = copy_value(value)
        return CONTINUE

    def _evaluated(self, message: MessageContext, expression: Expression) -> object | None:
        if self.type in ("STRING", "XML"):
            text = expression.text(message)
            if self.type == "STRING" or text is None:
                return text
            try:
                return xml(text)
            except ValueError as error:
                raise self._mismatch(str(error)) from error
        value = expression.value(message)
        if value is None and isinstance(expression, MessageExpression):
            value = ""  # JSON null: stored as an empty text
        return value if not self.type else self._checked(value)

    def _checked(self, value: object | None) -> object:
        """A value of the wanted type: JSON numbers are converted, anything else must have the type already."""
        raw = value.value if isinstance(value, JsonValue) else value
        if self.type == "JSON":
            if isinstance(value, JsonValue):
                return raw if isinstance(raw, str) else value
            if isinstance(value, str):
                parsed = json(value)
                if parsed is not None and value != "":
                    return parsed
            elif isinstance(value, bool | int | float):
                return JsonValue(value)
        elif self.type == "BOOLEAN" and isinstance(raw, bool):
            return raw
        elif isinstance(raw, int | float) and not isinstance(raw, bool):
            if self.type == "DOUBLE":
                return float(raw)
            low, high = _NUMBERS.get(self.type, (0, -1))
            if low <= raw <= high and (isinstance(value, JsonValue | JsonNumber) or isinstance(raw, int)):
                return int(raw)
        raise self._mismatch()

    def _mismatch(self, cause: str = "") -> MediationError:
        source = self.expression.source if self.expression is not None else ""
        return MediationError(
            f"Expression '{source}' result does not match the expected data type '{self.type}'", detail=cause
        )

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Variable | None:
        name = node.attribute("name", required=True)
        kind = node.choice("type", VARIABLE_TYPES, "")
        action = node.choice(
            "action", ("set", "remove"), "set", strict=False, otherwise="anything but remove sets the variable"
        )
        expression = build.expression(node, "expression")
        value = build.constant(node, "value")
        remove = action == "remove"
        constant: object | None = None
        if value is not None and not remove:
            try:
                constant = CONSTANTS[kind or "STRING"](value)
            except ValueError as error:
                node.error(
                    "SYN028", f"the value {value!r} cannot be a variable of type {kind}: {error}", attribute="value"
                )
        elif not remove and not node.has("expression"):
            node.error("SYN020", "either 'value' or 'expression' is required for a variable that is set")
        node.finish()
        if name is None or (not remove and value is None and expression is None):
            return None
        return cls(
            place=build.place(node),
            name=name,
            constant=constant,
            remove=remove,
            type=kind,
            expression=expression if value is None else None,
        )
