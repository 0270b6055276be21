"""`<property>` children of an endpoint: set on every message before it is sent."""

from __future__ import annotations

from engine.build import Build
from engine.expressions import Expression
from engine.mediators.conversion import CONSTANTS, EXPRESSIONS, PROPERTY_TYPES
from engine.mediators.property_scopes import SETTERS
from engine.message.context import MessageContext
from engine.source.node import Node

SCOPES = ("default", "transport", "axis2", "axis2-client")


class EndpointProperty:
    """One property; `value` when it is a constant, else `expression`."""

    __slots__ = ("convert", "expression", "name", "scope", "value")

    def __init__(self, name: str, scope: str, value: object | None, expression: Expression | None, kind: str) -> None:
        self.name = name
        self.scope = scope
        self.value = value
        self.expression = expression
        self.convert = EXPRESSIONS[kind] if kind and expression is not None else None

    @property
    def literal(self) -> bool:
        """Whether it has the same value for every message."""
        return self.expression is None

    @property
    def content_aware(self) -> bool:
        """Whether the payload must have been read."""
        return self.expression is not None and self.expression.content_aware

    def set(self, message: MessageContext) -> None:
        """Put it on the message."""
        value = self.value
        if self.expression is not None:
            text = self.expression.text(message)
            value = text if text is None or self.convert is None else self.convert(text)
        SETTERS[self.scope](message, self.name, value)


def read_properties(node: Node, build: Build) -> tuple[EndpointProperty, ...]:
    """The `<property>` children of an endpoint or of its address."""
    read = []
    for child in node.children("property"):
        name = child.attribute("name")
        text = build.constant(child, "value")
        expression = build.expression(child, "expression")
        scope = child.choice(
            "scope", SCOPES, "default", strict=False, otherwise="the property is not set where it was meant to be"
        )
        kind = child.choice("type", PROPERTY_TYPES, "", strict=False)
        child.finish()
        if name is None or (text is None and expression is None):
            missing = "name" if name is None else "value"
            child.warning("SYN020", f"this <property> has no {missing}, so nothing is set", hint=f'add {missing}="..."')
            continue
        value: object | None = text
        if text is not None and kind:
            try:
                value = CONSTANTS[kind](text)
            except ValueError as error:
                child.error("SYN023", f"the value of property {name!r} is no {kind}: {error}", attribute="value")
        read.append(EndpointProperty(name, scope, value, expression if text is None else None, kind))
    return tuple(read)
