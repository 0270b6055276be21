"""The `format` of an endpoint: soap11, soap12, pox, get, rest."""

from __future__ import annotations

from engine.message.context import MessageContext

FORMATS = ("soap11", "soap12", "pox", "get", "rest")


def adapt_to_format(message: MessageContext, message_format: str) -> None:
    """Make the message what the format says; the payload has been read by then when that needs it."""
    if message_format == "pox":
        message.axis2["messageType"] = message.axis2["ContentType"] = "application/xml"
        message.rest = True
    elif message_format == "rest":
        message.rest = True
