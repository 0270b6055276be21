"""Enrich where source, target and payload are JSON: edits of the JSON value itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import MediationError
from engine.expressions.json_eval import JsonEval
from engine.expressions.jsonpath import JsonPathEditError, PathNotFoundError
from engine.message.context import MessageContext
from engine.message.values import JsonValue, Nodes, string_of
from engine.values.json_document import Json, JsonSyntaxError, clone, dumps, parse
from engine.values.missing import MISSING, Missing

if TYPE_CHECKING:
    from engine.mediators.enrich import Source, Target

log = logging.getLogger("synflow.mediation")


def holds_json(value: object | None) -> bool:
    """Whether a property can be used as JSON: JSON or text, not XML."""
    if isinstance(value, Nodes):
        return bool(value) and isinstance(value[0], str)
    return isinstance(value, JsonValue | str | int | float)


def apply(source: Source, target: Target, message: MessageContext) -> None:
    """Do the enrichment. What the reference engine only logs is logged here too and leaves the message unchanged."""
    if target.action == "remove":
        _remove(source, target, message)
        return
    value = _take(source, message)
    try:
        _put(target, message, value)
    except PathNotFoundError as error:
        raise MediationError(f"Error occurred while enriching: {error}") from error
    except JsonPathEditError as error:
        log.error("Invalid Target object to be enrich: %s", error)


def _take(source: Source, message: MessageContext) -> Json:
    value: Json | Missing
    if source.type == "body":
        value = message.payload.json()
    elif source.type == "property":
        value = _from_text(message.properties.get(source.property))
    elif source.type == "inline":
        assert source.inline is not None
        text = source.inline.resolved(message)
        value = _from_text(text if isinstance(text, str) else string_of(text))
    else:
        assert isinstance(source.expression, JsonEval)
        value = source.expression.json(message)
        if value is not MISSING and not source.clone:
            path = source.expression.path(message)
            value = clone(value)
            _edit(message, path.remove_at)
    if value is MISSING:
        raise MediationError("Failed to get the source for Enriching : there is nothing to take")
    return value


def _from_text(value: object | None) -> Json | Missing:
    """A property or inline text as JSON: parsed, or as a string when it is no JSON."""
    if value is None:
        return MISSING
    if isinstance(value, JsonValue):
        return value.value
    if isinstance(value, bool | int | float):
        return value
    text = string_of(value) or ""
    try:
        return parse(text)
    except JsonSyntaxError:
        return text


def _put(target: Target, message: MessageContext, value: Json) -> None:
    if target.type == "body":
        _into_body(target, message, value)
    elif target.type == "property":
        _into_property(target, message, value)
    elif target.type == "key":
        assert isinstance(target.expression, JsonEval)
        path = target.expression.path(message)
        _edit(message, lambda document: path.rename_key(document, value if isinstance(value, str) else dumps(value)))
    else:
        assert isinstance(target.expression, JsonEval)
        path = target.expression.path(message)
        if target.action == "sibling":
            log.error("Action sibling is not supported. Please use child action instead")
        elif target.action == "child":
            _edit(message, lambda document: path.add_child(document, value))
        else:
            _edit(message, lambda document: path.set_at(document, value))


def _into_body(target: Target, message: MessageContext, value: Json) -> None:
    if target.action != "replace":
        log.error("Action %s is not supported when enriching JSON body", target.action)
    elif isinstance(value, dict | list):
        message.payload.set_json(clone(value))
    else:
        log.error("Unsupported JSON payload: only an object or an array can become the body, not %s", dumps(value)[:80])


def _into_property(target: Target, message: MessageContext, value: Json) -> None:
    if target.action == "replace":
        message.properties[target.property] = dumps(value)
        return
    if target.action == "sibling":
        log.error("Action sibling is not supported when enriching a property with JSON")
        return
    held = _from_text(message.properties.get(target.property))
    if isinstance(held, list):
        message.properties[target.property] = dumps([*held, value])
    else:
        log.error("the property %s holds no JSON array that a child could be added to", target.property)


def _edit(message: MessageContext, change: Callable[[Json], Json | Missing]) -> None:
    """Change a copy of the body (others may hold parts of it) and make that the body."""
    document = message.payload.json()
    if document is MISSING:
        raise MediationError("Failed to get the source for Enriching : the body is empty")
    changed = change(clone(document))
    if changed is MISSING:
        message.payload.clear()
    else:
        message.payload.json_changed(changed)


def _without(document: Json, source: Source, message: MessageContext) -> Json | Missing:
    """The document without what the paths of the source lead to."""
    left: Json | Missing = document
    for path in source.paths:
        if left is MISSING:
            break
        left = path.path(message).remove_at(left)
    return left


def _remove(source: Source, target: Target, message: MessageContext) -> None:
    """Delete every path from the body, or from the text of a property."""
    try:
        if target.type == "body":
            _edit(message, lambda document: _without(document, source, message))
            return
        held = _from_text(message.properties.get(target.property))
        if held is MISSING:
            raise MediationError("Failed to get the source for Enriching : the property is not set")
        held = _without(clone(held), source, message)
        message.properties[target.property] = "" if held is MISSING else dumps(held)
    except PathNotFoundError as error:
        raise MediationError(f"Error occurred while removing: {error}") from error
