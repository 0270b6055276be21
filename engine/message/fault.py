"""Error properties: what a fault handler finds on the message."""

from __future__ import annotations

from engine.errors import MediationError, TransportError
from engine.message.context import MessageContext


def note_fault(message: MessageContext, error: MediationError) -> None:
    """Put ERROR_CODE, ERROR_MESSAGE, ERROR_DETAIL and ERROR_EXCEPTION on the message for its fault handler.

    If ERROR_CODE is already there (throwError, an endpoint, an earlier fault) nothing is overwritten, as FaultHandler
    of the reference engine. After a back end's reply the status of the answer becomes 500, unless it is the
    transport that failed (observed there).
    """
    properties = message.properties
    if properties.get("ERROR_CODE") is None:
        properties["ERROR_CODE"] = error.code
        properties["ERROR_MESSAGE"] = error.message.partition("\n")[0]
        properties["ERROR_DETAIL"] = error.detail or f"{error.message} at {error.location}"
        properties["ERROR_EXCEPTION"] = error
        if isinstance(error, TransportError):
            properties["BASE_ERROR_CODE"] = error.base_code
            properties["PROTOCOL_STATE_ON_FAILURE"] = error.state
    if message.replied and not isinstance(error, TransportError):
        message.axis2["HTTP_SC"] = 500


def release(error: BaseException | None) -> None:
    """Forget where an error that has been dealt with was raised, its causes included.

    The message keeps its error, and a traceback keeps every frame it went through and so the message: a circle that
    would hold payloads and connections until the cyclic collector comes by.
    """
    pending = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            pending += (each.__cause__, each.__context__)
