"""Error answers that no flow has made: unhandled faults and refused services, in the client's own format."""

from __future__ import annotations

import json

from lxml import etree

from engine.codecs.soap import Fault, SoapVersion, body_of, fault_envelope
from engine.message.exchange import Exchange
from engine.runtime.properties import Facts

_TEXT = "The request could not be processed"


def unhandled_fault(exchange: Exchange, facts: Facts, code: object) -> tuple[str, bytes]:
    """Content type and body for a fault that nothing handled: its ERROR_CODE and the correlation id, no internals.

    The log line with the same correlation id says what happened and where.
    """
    wanted = _format(exchange, facts)
    correlation = exchange.correlation_id
    if wanted == "json":
        fields = {"code": str(code), "message": _TEXT, "correlationId": correlation}
        return "application/json", json.dumps({"fault": fields}).encode()
    detail = etree.Element("fault")
    for name, text in (("code", str(code)), ("message", _TEXT), ("correlationId", correlation)):
        etree.SubElement(detail, name).text = _printable(text)
    if not isinstance(wanted, SoapVersion):
        return "application/xml", etree.tostring(detail)
    return _soap(wanted, Fault(_server_code(wanted), _TEXT, detail=(detail,)))


def refused_service(exchange: Exchange, facts: Facts, reason: str) -> tuple[str, bytes]:
    """Content type and body of a SOAP fault for a service that does not take the request (500)."""
    wanted = _format(exchange, facts, default="xml")
    if wanted == "json":
        fields = {"faultcode": "soapenv:Server", "faultstring": reason, "detail": None}
        return "application/json", json.dumps({"Fault": fields}).encode()
    if not isinstance(wanted, SoapVersion):
        body = body_of(fault_envelope(SoapVersion.SOAP11, Fault("Server", _printable(reason))))
        assert body is not None
        return "application/xml", etree.tostring(body[0], with_tail=False)
    return _soap(wanted, Fault(_server_code(wanted), _printable(reason)))


def _server_code(version: SoapVersion) -> str:
    return "Server" if version is SoapVersion.SOAP11 else "Receiver"


def _soap(version: SoapVersion, fault: Fault) -> tuple[str, bytes]:
    envelope = fault_envelope(version, fault)
    return f"{version.media_type}; charset=UTF-8", etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def _format(exchange: Exchange, facts: Facts, default: str = "json") -> SoapVersion | str:
    """The client's SOAP version, "xml" or "json"."""
    version = facts.soap_version
    if version is not None:
        return version
    media = facts.parsed.media
    if not media:
        accept = next((value for name, value in exchange.inbound.headers if name == b"accept"), b"").lower()
        if b"json" in accept:
            return "json"
        return "xml" if b"xml" in accept and b"html" not in accept else default
    return "xml" if media.endswith(("/xml", "+xml")) else "json" if "json" in media else default


def _printable(text: str) -> str:
    return "".join(char if char in "\t\n\r" or char >= " " else "?" for char in text)
