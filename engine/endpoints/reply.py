"""A back end's reply takes the place of the message that was sent."""

from __future__ import annotations

from engine.codecs.soap import SoapVersion, inspect_envelope, read_fault
from engine.errors import DeliveryError, ErrorCode
from engine.message.context import MessageContext
from engine.message.exchange import Reply
from engine.message.headers import Headers
from engine.message.no_body import NO_BODY
from engine.message.payload import Payload


def take_reply(message: MessageContext, reply: Reply) -> None:
    """Payload, transport headers and axis2 scope become the reply's; the rest of the message stays.

    A status of 400 and more is no fault; it only shows in HTTP_SC and FAULT_MESSAGE. The payload is unread.
    """
    content_type = ""
    for name, value in reply.headers:
        if name == b"content-type":
            content_type = value.decode("latin-1")
    body = reply.body
    status = reply.status
    message.payload = Payload(body, content_type, message.payload.rules)
    message.headers = Headers(reply.headers)
    axis2: dict[str, object] = {"HTTP_SC": status, "ORIGINAL_STATUS_CODE": status, "synapse.isresponse": True}
    if reply.reason:
        phrase = reply.reason.decode("latin-1")
        axis2["HTTP_SC_DESC"] = phrase
        axis2["HTTP_REASON_PHRASE"] = phrase
    if content_type:
        axis2["ContentType"] = content_type
        axis2["messageType"] = content_type.partition(";")[0].strip()
    if body.complete == b"":
        message.payload.clear()
        axis2["NO_ENTITY_BODY"] = NO_BODY
    if status >= 400:
        axis2["FAULT_MESSAGE"] = "TRUE"
    message.axis2 = axis2
    if message.addressing:
        message.addressing = {}
    message.replied = True
    message.fault = False


async def refuse_soap_fault(message: MessageContext) -> None:
    """FORCE_ERROR_ON_SOAP_FAULT: a reply that is a SOAP fault counts as a failed delivery (500000).

    Raises DeliveryError with the fault's reason.
    """
    media = str(message.axis2.get("messageType") or "").lower()
    if media not in (SoapVersion.SOAP11.media_type, SoapVersion.SOAP12.media_type, "application/xml"):
        return
    await message.build()
    root = message.payload.bare_root  # an envelope that came as plain XML is the root itself
    envelope = inspect_envelope(message.payload.envelope() if root is None else root)
    if envelope is None or envelope.fault is None:
        return
    fault = read_fault(envelope.fault)
    raise DeliveryError(
        fault.reason or "the back end answered with a SOAP fault",
        code=ErrorCode.FORCED_ON_SOAP_FAULT,
        detail=f"SOAP fault code {fault.code or 'missing'}",
    )
