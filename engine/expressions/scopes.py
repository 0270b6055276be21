"""Reading properties by scope: behind `$ctx:x`, `get-property(...)` and their kin."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote_plus

from engine.codecs.soap import SoapVersion
from engine.errors import ExpressionError
from engine.expressions.value import Value
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import string_of
from engine.values.simple_date_format import format_simple_date

Read = Callable[[MessageContext, str], object | None]

SYSTEM_PROPERTIES: dict[str, object] = {}
"""The `system` scope: one dictionary for the whole engine."""


def default_property(message: MessageContext, name: str) -> object | None:
    """A property of the default scope (`$ctx:name`)."""
    return message.properties.get(name)


def axis2_property(message: MessageContext, name: str) -> object | None:
    """A property of the axis2 scope, then of the operation and client scopes behind it."""
    value = message.axis2.get(name)
    if value is None:
        value = message.client_options.get(name)
    if value is None:
        value = message.operation.get(name)
    return value


def transport_header(message: MessageContext, name: str) -> object | None:
    """A transport header, whatever its letter case."""
    return message.headers.get(name)


def operation_property(message: MessageContext, name: str) -> object | None:
    """A property of the operation scope."""
    return message.operation.get(name)


def variable(message: MessageContext, name: str) -> object | None:
    """A variable of the variable mediator."""
    return message.variables.get(name)


def function_parameter(message: MessageContext, name: str) -> object | None:
    """A parameter of the template that is running. Raises ExpressionError outside of one (a fault there too)."""
    if not message.frames:
        raise ExpressionError(f"$func:{name} is read outside of a template, where there are no parameters")
    value = message.frames[-1].parameters.get(name)
    return value.object(message) if isinstance(value, Value) else value


def system_property(message: MessageContext, name: str) -> object | None:
    """A property of the system scope; "" when absent."""
    return SYSTEM_PROPERTIES.get(name, "")


def url_parameter(message: MessageContext, name: str) -> object | None:
    """The first query parameter of the To address called `name`, letter case free; "" when absent."""
    query = (message.to or "").partition("?")[2]
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if key.lower() == name.lower():
            return unquote_plus(value)
    return ""


VARIABLE_SCOPES: dict[str, Read] = {
    "ctx": default_property,
    "var": variable,
    "axis2": axis2_property,
    "trp": transport_header,
    "url": url_parameter,
    "operation": operation_property,
    "func": function_parameter,
    "sys": system_property,
}


def environment_variable(message: MessageContext, name: str) -> object | None:
    """A variable of the process environment; "" when absent."""
    return os.environ.get(name, "")


def registry_resource(message: MessageContext, name: str) -> object | None:
    """The text of a registry resource (`path`) or one of its properties (`path@name`); "" when absent."""
    return message.exchange.services.registry.text(name) or ""


def file_property(message: MessageContext, name: str) -> object | None:
    """A property of the file.properties file; "" when absent."""
    return message.exchange.services.registry.file_property(name) or ""


def prefixed_map_entry(prefix: str) -> Read:
    """`$P:n` with a prefix of the flow's own: the entry `n` of the map in default property `P`."""

    def read(message: MessageContext, name: str) -> object | None:
        value = message.properties.get(prefix)
        if isinstance(value, dict):
            return string_of(value.get(name))
        raise ExpressionError(f"${prefix}:{name} cannot be read: there is no map in property {prefix!r}")

    return read


PROPERTY_SCOPES: dict[str, Read] = {
    "default": default_property,
    "axis2": axis2_property,
    "transport": transport_header,
    "operation": operation_property,
    "func": function_parameter,
    "registry": registry_resource,
    "system": system_property,
    "env": environment_variable,
    "file": file_property,
}


def get_property(message: MessageContext, arguments: list[str]) -> object | None:
    """The `get-property` function with its one, two or three text arguments; None when there is no such property."""
    if not arguments or not arguments[-1 if len(arguments) == 1 else 0]:
        return ""
    scope, pattern = "default", None
    if len(arguments) == 1:
        key = arguments[0]
    elif len(arguments) == 2 and arguments[0] in PROPERTY_SCOPES:
        scope, key = arguments
    elif len(arguments) == 2:
        key, pattern = arguments
    else:
        scope, key, pattern = arguments[:3]
    if key == "SYSTEM_DATE":
        try:
            return format_simple_date(datetime.now().astimezone(), pattern)
        except ValueError as error:
            raise ExpressionError(f"get-property('SYSTEM_DATE'): {error}") from error
    if key == "SYSTEM_TIME":
        return str(int(time.time() * 1000))
    if scope != "default":
        reader = PROPERTY_SCOPES.get(scope)
        if reader is None:
            raise ExpressionError(f"get-property has no scope {scope!r}")
        return reader(message, key)
    special = SPECIAL_KEYS.get(key)
    if special is not None:
        return special(message)
    value = message.properties.get(key)
    if value is not None:
        return value
    return _local_entry(message, key)


def _local_entry(message: MessageContext, key: str) -> object | None:
    entry = message.exchange.deployment.local_entries.get(key)
    if entry is None:
        return None
    held: object = entry.element if entry.element is not None else entry.text
    return held


def _fault(message: MessageContext) -> str:
    if str(message.axis2.get("FAULT_MESSAGE")).upper() == "TRUE":
        return "TRUE"
    if message.payload.kind is PayloadKind.XML:
        element = message.payload.bare_root
        if element is None:
            element = message.payload.element()
        if element is not None and any(element.tag == version.tag("Fault") for version in SoapVersion):
            return "TRUE"
    return ""


def _message_format(message: MessageContext) -> str:
    if message.rest:
        return "pox"
    return "soap12" if message.payload.soap is SoapVersion.SOAP12 else "soap11"


SPECIAL_KEYS: dict[str, Callable[[MessageContext], object | None]] = {
    "To": lambda message: message.to or "",
    "From": lambda message: message.addressing.get("From", ""),
    "FaultTo": lambda message: message.addressing.get("FaultTo", ""),
    "ReplyTo": lambda message: message.addressing.get("ReplyTo", ""),
    "Action": lambda message: message.addressing.get("Action", ""),
    "RelatesTo": lambda message: message.addressing.get("RelatesTo", ""),
    "MessageID": lambda message: message.identity(),
    "FAULT": _fault,
    "MESSAGE_FORMAT": _message_format,
    "OperationName": lambda message: str(
        message.axis2.get("OperationName", "mediate" if message.properties.get("proxy.name") else "")
    ),
    "OperationNamespace": lambda message: str(message.axis2.get("OperationNamespace", "")),
}
