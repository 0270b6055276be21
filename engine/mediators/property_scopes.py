"""Writing and removing properties by scope, with what the magic ones do besides."""

from __future__ import annotations

from collections.abc import Callable

from engine.expressions.scopes import SYSTEM_PROPERTIES
from engine.message.context import MessageContext
from engine.message.values import string_of

Set = Callable[[MessageContext, str, object | None], None]
Remove = Callable[[MessageContext, str], None]

# Setting one of these reads the payload first, because it decides how that payload will be written.
FORCE_BUILD = frozenset(
    {
        ("axis2", "messageType"),
        ("axis2", "DISABLE_CHUNKING"),
        ("axis2", "FORCE_HTTP_1.0"),
        ("transport", "Content-Encoding"),
    }
)
_ACKNOWLEDGEMENTS = frozenset({"SET_ROLLBACK_ONLY", "SET_REQUEUE_ON_ROLLBACK", "ACK_ON_SUCCESS"})


def set_default(message: MessageContext, name: str, value: object | None) -> None:
    """Null changes nothing: the old value stays, as in the reference engine."""
    if value is None:
        return
    message.properties[name] = value
    if name == "RESPONSE":
        message.exchange.suppress_ack = True
        if isinstance(value, str):
            message.is_response = value.lower() == "true"


def set_axis2(message: MessageContext, name: str, value: object | None) -> None:
    """`messageType` also sets ContentType and the Content-Type header; acknowledgement decisions are recorded."""
    axis2 = message.axis2
    axis2[name] = value
    if name == "messageType" and isinstance(value, str):
        axis2["ContentType"] = value
        message.headers.set("Content-Type", value)
    elif name in _ACKNOWLEDGEMENTS:
        message.operation[name] = str(value).strip().upper()


def set_client(message: MessageContext, name: str, value: object | None) -> None:
    """Client options."""
    message.client_options[name] = value


def set_transport(message: MessageContext, name: str, value: object | None) -> None:
    """Null becomes an empty header."""
    message.headers.set(name, "" if value is None else value)


def set_operation(message: MessageContext, name: str, value: object | None) -> None:
    """Shared by request and response."""
    message.operation[name] = value


def set_registry(message: MessageContext, name: str, value: object | None) -> None:
    """`path` or `path@property` of a registry resource."""
    message.exchange.services.registry.write(name, string_of(value) or "")


def set_system(message: MessageContext, name: str, value: object | None) -> None:
    """One dictionary for the whole engine; null is not written."""
    if value is not None:
        SYSTEM_PROPERTIES[name] = string_of(value) or ""


def set_analytics(message: MessageContext, name: str, value: object | None) -> None:
    """Null is ignored."""
    if value is not None:
        message.analytics[name] = value


def nothing(message: MessageContext, name: str, value: object | None = None) -> None:
    """Scopes that only tracing looks at, or that know no removal."""


def remove_client(message: MessageContext, name: str) -> None:
    """Removing a client option sets it to null."""
    message.client_options[name] = None


SETTERS: dict[str, Set] = {
    "default": set_default,
    "axis2": set_axis2,
    "axis2-client": set_client,
    "transport": set_transport,
    "operation": set_operation,
    "registry": set_registry,
    "system": set_system,
    "analytics": set_analytics,
    "trace": nothing,
}


def _remove_default(message: MessageContext, name: str) -> None:
    message.properties.pop(name, None)


def _remove_operation(message: MessageContext, name: str) -> None:
    message.operation.pop(name, None)


def _remove_analytics(message: MessageContext, name: str) -> None:
    message.analytics.pop(name, None)


def _remove_axis2(message: MessageContext, name: str) -> None:
    message.axis2.pop(name, None)
    if name == "TRANSPORT_HEADERS":
        message.headers.clear()


REMOVERS: dict[str, Remove] = {
    "default": _remove_default,
    "axis2": _remove_axis2,
    "axis2-client": remove_client,
    "transport": lambda message, name: message.headers.remove(name),
    "operation": _remove_operation,
    "analytics": _remove_analytics,
    "registry": nothing,
    "system": nothing,
    "trace": nothing,
}
