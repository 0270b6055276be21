"""Property mediator: sets or removes a property in one of the scopes."""

from __future__ import annotations

import re

from engine.build import Build
from engine.codecs.xml import standalone
from engine.errors import MediationError
from engine.expressions import Expression, Value
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.mediators.conversion import CONSTANTS, EXPRESSIONS, PROPERTY_TYPES, Convert
from engine.mediators.property_names import check_name
from engine.mediators.property_scopes import FORCE_BUILD, REMOVERS, SETTERS
from engine.message.context import MessageContext
from engine.message.values import copy_value
from engine.source.node import Node

SCOPES = ("default", "axis2", "axis2-client", "transport", "operation", "registry", "system", "trace", "analytics")


@mediator("property")
class Property(SyncMediator):
    """Set or remove a property of the message."""

    name: Value
    scope: str = "default"
    constant: object | None = None
    expression: Expression | None = None
    type: str = "STRING"
    convert: Convert | None = None
    pattern: re.Pattern[str] | None = None
    group: int = 0
    remove: bool = False

    @property
    def label(self) -> str:
        return f"property {self.name.constant}"

    @property
    def content_aware(self) -> bool:
        if self.name.content_aware or (self.expression is not None and self.expression.content_aware):
            return True
        return not self.remove and (self.scope, self.name.constant) in FORCE_BUILD

    def apply(self, message: MessageContext) -> Flow:
        name = self.name.constant if self.name.expression is None else self.name.text(message) or ""
        if self.remove:
            REMOVERS[self.scope](message, name)
            return CONTINUE
        value = self.constant if self.expression is None else self._evaluated(message, self.expression)
        if self.pattern is not None and isinstance(value, str):
            value = matched(self.pattern, self.group, value)
        SETTERS[self.scope](message, name, copy_value(value))
        return CONTINUE

    def _evaluated(self, message: MessageContext, expression: Expression) -> object | None:
        text = expression.text(message)
        if self.convert is None:
            return text
        if text is None:
            if self.type == "BOOLEAN":
                return False
            if self.type in ("STRING", "OM", "JSON"):
                return None
            raise _not_convertible(self.type)
        try:
            return self.convert(text)
        except ValueError as error:
            raise _not_convertible(self.type, str(error)) from error

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Property | None:
        return read_property(cls, node, build)


def matched(pattern: re.Pattern[str], group: int, text: str) -> str:
    """The text of a group when the whole value matches, else ""."""
    found = pattern.fullmatch(text)
    if found is None or group > pattern.groups:
        return ""
    return found.group(group) or ""


def _not_convertible(kind: str, cause: str = "") -> MediationError:
    return MediationError(
        f"Unknown type : {kind} for the property mediator or the property value cannot be converted into the "
        "specified type.",
        detail=cause,
    )


def read_property(cls: type[Property], node: Node, build: Build) -> Property | None:
    """Compile a `<property>`; constants are converted now, so a wrong one keeps the artifact from being deployed."""
    name = build.value(node, "name", required=True)
    scope = node.choice("scope", SCOPES, "default")
    kind = node.choice("type", PROPERTY_TYPES, "STRING")
    action = node.choice(
        "action", ("set", "remove"), "set", strict=False, otherwise="anything but remove sets the property"
    )
    expression = build.expression(node, "expression")
    value = build.constant(node, "value")
    pattern_text = node.attribute("pattern")
    pattern = build.regex(node, "pattern", pattern_text) if pattern_text is not None else None
    group = node.integer("group", 0, minimum=0)
    if node.has("group") and pattern_text is None and node.element.get("group"):
        node.error("SYN027", "group is only allowed when a pattern is specified", attribute="group")
    constant: object | None = None
    child = None
    if value is None:
        children = node.any_children()
        child = next((each for each in children if each.tag != "description"), None)
        if child is not None:
            constant = standalone(child.element)
    elif action != "remove":
        constant = _constant(node, kind, value)
    remove = action == "remove"
    if not remove and value is None and child is None and not node.has("expression"):
        node.error(
            "SYN020",
            "Either a child element or one of 'value', 'expression' attributes is required for a property that is set",
            hint='write value="..." or expression="..."',
        )
    node.finish()
    if name is not None and not name.dynamic:
        check_name(node, name.constant, scope)
    usable = (
        name is not None
        and group is not None
        and (remove or value is not None or child is not None or expression is not None)
    )
    if not usable or name is None or group is None:
        return None
    dynamic = value is None and child is None
    return cls(
        place=build.place(node),
        name=name,
        scope=scope,
        type=kind,
        constant=constant,
        remove=remove,
        pattern=pattern,
        expression=expression if dynamic and not remove else None,
        group=group,
        convert=EXPRESSIONS[kind] if kind != "STRING" else None,
    )


def _constant(node: Node, kind: str, value: str) -> object | None:
    try:
        return CONSTANTS[kind](value)
    except ValueError as error:
        node.error(
            "SYN028",
            f"the value {value!r} cannot be a property of type {kind}: {error}",
            attribute="value",
            hint="change the value or the type",
        )
        return None
