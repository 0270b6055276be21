"""The properties that a request brings along: REST_*, uri.var.*, query.param.*, and the transport's facts."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from engine.artifacts.api import Api, Resource
from engine.codecs.content_type import ContentType, parse_content_type
from engine.codecs.json_xml_settings import JsonXmlSettings
from engine.codecs.soap import SoapVersion
from engine.errors import MediationError
from engine.message.body import EMPTY_BODY
from engine.message.context import MessageContext, Properties
from engine.message.exchange import Exchange
from engine.message.headers import Headers
from engine.message.inbound import Inbound
from engine.message.no_body import NO_BODY
from engine.message.payload import Payload

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SOAP11 = SoapVersion.SOAP11.media_type
_SOAP12 = SoapVersion.SOAP12.media_type


class QueryError(MediationError):
    """A query parameter that cannot be decoded; the client's mistake (400)."""


def _correlation(given: bytes) -> str:
    """The client's correlation id, if it can go into a log line as it is."""
    text = given.decode("latin-1")
    return text if len(text) <= 128 and text.isascii() and text.isprintable() else ""


class Facts:
    """What the head of a request says, read once."""

    __slots__ = ("action", "content_type", "correlation", "has_body", "host", "parsed", "rest")

    def __init__(self, inbound: Inbound, correlation_header: bytes = b"activityid") -> None:
        headers = dict(inbound.headers)
        raw = headers.get(b"content-type")
        action = headers.get(b"soapaction")
        self.content_type = raw.decode("latin-1") if raw is not None else ""
        self.parsed: ContentType = parse_content_type(self.content_type)
        self.host = headers.get(b"host", b"").decode("latin-1")
        given = headers.get(correlation_header)
        self.correlation = "" if given is None else _correlation(given)
        media = self.parsed.media
        self.rest = media != _SOAP12 and (media != _SOAP11 or action is None)
        self.action = "" if action is None else action.decode("latin-1").strip().strip('"')
        if media == _SOAP12 and action is None:
            self.action = self.parsed.params.get("action", "")
        # The body of a GET is ignored, as by the reference engine.
        self.has_body = inbound.method != "GET" and inbound.body.complete != b""

    @property
    def soap_version(self) -> SoapVersion | None:
        """The SOAP version that the client speaks, None for REST clients."""
        if self.rest:
            return None
        return SoapVersion.SOAP12 if self.parsed.media == _SOAP12 else SoapVersion.SOAP11


def new_message(exchange: Exchange, facts: Facts, rules: JsonXmlSettings) -> MessageContext:
    """The message of a request with its payload unread and the axis2 properties every entry sets."""
    inbound = exchange.inbound
    payload = Payload(inbound.body if facts.has_body else EMPTY_BODY, facts.content_type, rules)
    message = MessageContext(exchange, payload, Headers(inbound.headers))
    message.rest = facts.rest
    message.to = inbound.target
    if facts.action:
        message.addressing["Action"] = facts.action
    client = inbound.client
    address = client[0] if client is not None else ""
    axis2: Properties = {
        "HTTP_METHOD": inbound.method,
        "TransportInURL": inbound.target,
        "REMOTE_ADDR": address,
        "REMOTE_HOST": address,
        "CHARACTER_SET_ENCODING": facts.parsed.charset or "UTF-8",
        "correlation_id": exchange.correlation_id,
    }
    if facts.content_type:
        axis2["ContentType"] = facts.content_type
        axis2["messageType"] = facts.parsed.media
    if not facts.has_body:
        axis2["NO_ENTITY_BODY"] = NO_BODY
    message.axis2 = axis2
    return message


def api_constants(api: Api, resource: Resource) -> Properties:
    """The properties that are the same for all requests of a resource."""
    constants: Properties = {
        "SYNAPSE_REST_API": api.name,
        "SYNAPSE_REST_API_VERSION": api.version,
        "SYNAPSE_REST_API_VERSION_STRATEGY": api.version_type,
        "REST_API_CONTEXT": api.context.strip(),
        "SYNAPSE_RESOURCE": f"{api.name}#{resource.label}",
    }
    if resource.mapping is not None:
        constants["rest.url.pattern"] = resource.mapping_text
    return constants


def set_api_properties(
    message: MessageContext, constants: Properties, sub_path: str, variables: dict[str, str], facts: Facts
) -> None:
    """What API dispatch puts on the message (RESTUtils, API.process of the reference engine)."""
    inbound = message.exchange.inbound
    properties = constants.copy()
    properties["REST_FULL_REQUEST_PATH"] = inbound.target
    properties["REST_SUB_REQUEST_PATH"] = sub_path or "/"
    properties["REST_METHOD"] = inbound.method
    properties["REST_URL_PREFIX"] = f"{inbound.scheme}://{facts.host}"
    properties["TRANSPORT_IN_NAME"] = inbound.scheme
    if "rest.url.pattern" in constants:
        properties["RESOURCE_PATH"] = sub_path or "/"
    for name, value in variables.items():
        properties["uri.var." + name] = value
    message.properties = properties
    message.axis2["REST_URL_POSTFIX"] = sub_path


def set_query_parameters(message: MessageContext, query: str) -> None:
    """`query.param.*`: values form-decoded, names as they are, the last of several wins.

    A part without `=` belongs to the value before it, with its `&`. Raises QueryError for a broken percent escape,
    with HTTP_SC and ERROR_CODE set to 400.
    """
    pairs: list[list[str]] = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if equals:
            pairs.append([name, value])
        elif part and pairs:
            pairs[-1][1] += "&" + part
    properties = message.properties
    for name, value in pairs:
        if "%" in value or "+" in value:
            if _BAD_ESCAPE.search(value):
                message.axis2["HTTP_SC"] = 400
                raise QueryError(f"the query parameter {name!r} has a broken percent escape: {value[:80]!r}", code=400)
            value = unquote_plus(value)
        properties["query.param." + name] = value
