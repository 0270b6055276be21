"""The `format` of an endpoint: soap11, soap12, pox, get, rest (Axis2FlexibleMEPClient)."""

from __future__ import annotations

from urllib.parse import quote_plus

from lxml import etree

from engine.codecs.content_type import parse_content_type
from engine.codecs.soap import SoapVersion, convert_envelope, header_of
from engine.endpoints.wire import with_postfix
from engine.message.context import MessageContext
from engine.message.payload import Payload, PayloadKind
from engine.message.values import copy_element

FORMATS = ("soap11", "soap12", "pox", "get", "rest")
SOAP_FORMATS = {"soap11": SoapVersion.SOAP11, "soap12": SoapVersion.SOAP12}


async def adapted(message: MessageContext, message_format: str, encoding: str) -> MessageContext:
    """The message as it is to be written for this format; the message itself stays as it is.

    Raises PayloadError when a body that must be understood cannot be.
    """
    version = SOAP_FORMATS.get(message_format)
    unread = message.payload.kind is PayloadKind.UNREAD
    if version is not None and unread and not encoding and _arrived_as(message, version):
        return message
    twin = _twin(message)
    if encoding:
        await message.build()
        twin.payload = message.payload
        twin.axis2["CHARACTER_SET_ENCODING"] = encoding
    if version is not None:
        await message.build()
        _as_soap(twin, message.payload, version)
    elif message_format == "pox":
        await message.build()
        twin.rest = True
        _typed(twin, "application/xml")
    elif message_format == "get":
        await message.build()
        twin.rest = True
    elif message_format == "rest":
        twin.rest = True
    set_action(twin, message_format)
    return twin


async def addressed(message: MessageContext, namespace: str, to: str) -> MessageContext:
    """The message with WS-Addressing headers of this namespace; REST messages have no place for them."""
    if message.rest:
        return message
    await message.build()
    twin = _twin(message)
    envelope = copy_element(message.payload.envelope())
    header = header_of(envelope, create=True)
    assert header is not None
    for block in list(header):
        if isinstance(block.tag, str) and etree.QName(block).namespace == namespace:
            header.remove(block)
    texts = {"To": to, "MessageID": message.identity(), **message.addressing}
    texts.pop("ReplyTo", None)
    for name, text in texts.items():
        etree.SubElement(header, etree.QName(namespace, name), nsmap={"wsa": namespace}).text = text
    reply_to = etree.SubElement(header, etree.QName(namespace, "ReplyTo"), nsmap={"wsa": namespace})
    anonymous = "/anonymous" if namespace.startswith("http://www.w3.org/") else "/role/anonymous"
    etree.SubElement(reply_to, etree.QName(namespace, "Address")).text = namespace + anonymous
    twin.payload = Payload(rules=message.payload.rules)
    twin.payload.set_envelope(envelope)
    return twin


def set_action(message: MessageContext, message_format: str) -> None:
    """The SOAPAction header for the message's action: in quotes for SOAP, without for REST."""
    action = message.addressing.get("Action")
    if not action or message_format == "soap12":
        return
    if message.payload.kind is PayloadKind.UNREAD and message.headers.text("soapaction").strip('"') == action:
        return
    if not message.rest and message.axis2.get("messageType") == SoapVersion.SOAP12.media_type:
        if f'action="{action}"' not in str(message.axis2.get("ContentType")):
            message.axis2["ContentType"] = f'{SoapVersion.SOAP12.media_type}; action="{action}"'
        return
    message.headers.set("SOAPAction", action if message.rest else f'"{action}"')


def get_url(url: str, message: MessageContext) -> str:
    """Format get: the root element's name goes behind the path, its children into the query."""
    element = message.payload.element()
    if element is None:
        return url
    pairs = [
        f"{quote_plus(_local(child))}={quote_plus((child.text or '').strip())}"
        for child in element
        if isinstance(child.tag, str)
    ]
    return with_postfix(url, "/" + _local(element) + ("?" + "&".join(pairs) if pairs else ""))


async def fit_reply(message: MessageContext, message_format: str) -> None:
    """Make the reply of an endpoint with a format what a SOAP client understands; REST clients get it as it is.

    After pox, get and rest the client's envelope goes around whatever came; an envelope of the other SOAP version is
    read, so that it is converted when the client is answered.
    """
    version = client_version(message)
    if version is None:
        return
    media = str(message.axis2.get("messageType") or "").lower()
    if message_format in SOAP_FORMATS:
        if media in (each.media_type for each in SoapVersion) and media != version.media_type:
            await message.build()
        return
    if message.payload.empty:
        return
    await message.build()
    if message.payload.kind is not PayloadKind.EMPTY:
        _as_soap(message, message.payload, version)


def client_version(message: MessageContext) -> SoapVersion | None:
    """The SOAP version that the client of this exchange speaks; None for a REST client."""
    if message.rest:
        return None
    inbound = message.exchange.inbound
    raw = next((value for name, value in inbound.headers if name == b"content-type"), b"")
    media = parse_content_type(raw.decode("latin-1")).media
    return next((version for version in SoapVersion if version.media_type == media), None)


def _as_soap(message: MessageContext, payload: Payload, version: SoapVersion) -> None:
    """Give `message` the payload in an envelope of this version, and the headers that go with it."""
    envelope = payload.envelope()
    wrapped = Payload(rules=payload.rules)
    wrapped.set_envelope(convert_envelope(envelope, version) if payload.soap is not version else envelope)
    message.payload = wrapped
    message.rest = False
    action = message.addressing.get("Action")
    parameter = f'; action="{action}"' if version is SoapVersion.SOAP12 and action else ""
    message.axis2["messageType"] = version.media_type
    message.axis2["ContentType"] = version.media_type + parameter
    message.headers.set("Content-Type", version.media_type + parameter)


def _typed(message: MessageContext, media: str) -> None:
    message.axis2["messageType"] = message.axis2["ContentType"] = media
    message.headers.set("Content-Type", media)


def _arrived_as(message: MessageContext, version: SoapVersion) -> bool:
    return not message.rest and message.axis2.get("messageType") == version.media_type


def _twin(message: MessageContext) -> MessageContext:
    """The same message with headers and axis2 scope of its own; the payload is shared for reading."""
    twin = MessageContext(message.exchange, message.payload, message.headers.copy())
    twin.axis2 = dict(message.axis2)
    twin.properties = message.properties
    twin.addressing = message.addressing
    twin.rest = message.rest
    twin.to = message.to
    return twin


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
