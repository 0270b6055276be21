"""What is different about blocking calls (BlockingMsgSender and the axis2 client of the reference engine)."""

from __future__ import annotations

from http import HTTPStatus

from engine.endpoints.base import BlockingFault
from engine.endpoints.reply import take_reply
from engine.message.context import MessageContext
from engine.message.exchange import Reply
from engine.message.payload import PayloadKind

_REPLIES = frozenset({400, 409, 500})
_LISTED = "non.error.http.status.codes"


async def check_blocking_status(message: MessageContext, reply: Reply) -> None:
    """2xx, 400, 409 and 500 are replies, as are those that axis2 `non.error.http.status.codes` lists.

    Raises BlockingFault for the others: HTTP_SC is the status, the message stays as it was sent.
    """
    status = reply.status
    if 200 <= status < 300 or status in _REPLIES:
        return
    listed = message.axis2.get(_LISTED)
    if listed is not None and str(status) in (word.strip() for word in str(listed).split(",")):
        return
    await reply.body.aclose()
    message.axis2["HTTP_SC"] = str(status)
    raise BlockingFault(f"Transport error: {status} Error: {_phrase(reply)}", code=status)


def _phrase(reply: Reply) -> str:
    if reply.reason:
        return reply.reason.decode("latin-1")
    try:
        return HTTPStatus(reply.status).phrase
    except ValueError:
        return ""


async def take_blocking_reply(message: MessageContext, reply: Reply) -> None:
    """The reply's body replaces the message's; headers and axis2 properties stay, HTTP_SC is text.

    With BLOCKING_SENDER_PRESERVE_REQ_HEADERS "false" the headers become the reply's.
    """
    headers, axis2 = message.headers, message.axis2
    replied, fault = message.replied, message.fault
    keep = str(message.properties.get("BLOCKING_SENDER_PRESERVE_REQ_HEADERS", "true")).lower() != "false"
    take_reply(message, reply)
    encoding = message.headers.get("content-encoding")
    fresh = message.axis2
    if keep:
        media = message.headers.get("content-type")
        message.headers = headers
        _replace(message, "Content-Type", media)
        _replace(message, "Content-Encoding", encoding)
    message.axis2 = axis2
    for name in ("messageType", "ContentType"):
        axis2.pop(name, None)
        if name in fresh:
            axis2[name] = fresh[name]
    axis2.pop("HTTP_SC_DESC", None)
    axis2["HTTP_SC"] = str(reply.status)
    if message.payload.kind is not PayloadKind.EMPTY:
        axis2.pop("NO_ENTITY_BODY", None)
    message.replied, message.fault = replied, fault
    await message.exchange.services.formats.collect(message)


def _replace(message: MessageContext, name: str, value: object | None) -> None:
    """A header that belongs to the body comes and goes with it."""
    if value is not None:
        message.headers.set(name, value)
    else:
        message.headers.remove(name)
