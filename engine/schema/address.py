"""Addresses of endpoints: what cannot work, told before a message finds out."""

from __future__ import annotations

import re

from engine.registry import nearest

SCHEMES = ("http", "https", "local", "jms", "vfs", "file", "mailto", "rabbitmq", "tcp", "udp", "fix", "hl7", "mqtt", "ws",
           "wss", "sftp", "ftp", "smb", "sap", "bapi", "idoc", "amqp", "msmq", "kafka", "grpc")
_HOSTED = ("http", "https", "ws", "wss")
_FILLED = re.compile(r"\{[^{}]*\}|\$\{[^{}]*\}|\$[A-Za-z_]\w*")


def doubts_of_address(text: str, *, template: bool = False) -> list[tuple[str, str]]:
    """What is wrong with an address, each as message and hint. `template`: `{...}` is filled in for each message.

    An address that begins with a variable, or that is a placeholder of the deployment, cannot be judged.
    """
    address = text.strip()
    if address.startswith(("$", "{", "legacy-encoding:{")) or not address:
        return []
    address = address.removeprefix("legacy-encoding:")
    doubts: list[tuple[str, str]] = []
    if not template and re.search(r"(?<!\$)\{[^{}]*\}", address):
        doubts.append((f"an address endpoint fills nothing in: the braces in {text!r} are sent as they are",
                       'use <http uri-template="..."> for addresses with variables'))
    return doubts + _plain_doubts(_FILLED.sub("0", address), text)


def _plain_doubts(address: str, text: str) -> list[tuple[str, str]]:
    scheme, colon, rest = address.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) or rest[:1].isdigit() and "/" not in scheme:
        return [(f"{text!r} has no scheme such as http://, so each message faults",
                 f"did you mean {'http://' + text.strip()!r}?")]
    if scheme.lower() not in SCHEMES:
        near = nearest(scheme, SCHEMES)
        return [(f"nothing sends to {scheme}: addresses, so each message faults",
                 f"did you mean {near}:?" if near else "known: " + ", ".join(SCHEMES))]
    if re.search(r"\s", address):
        return [(f"the address {text!r} holds a blank, so the request is refused or goes astray", "write it as %20")]
    if scheme.lower() in _HOSTED:
        return _host_doubts(scheme, rest, text)
    return []


def _host_doubts(scheme: str, rest: str, text: str) -> list[tuple[str, str]]:
    if not rest.startswith("//"):
        return [(f"{text!r} lacks the // behind {scheme}:, so each message faults", f"write {scheme}://host/path")]
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0].rpartition("@")[2]
    if not authority:
        return [(f"{text!r} names no host, so each message faults", f"write {scheme}://host/path")]
    host, colon, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    if colon and not (port.isdigit() and int(port) < 65536):
        return [(f"the port in {text!r} is {port!r}, no number below 65536, so each message faults",
                 f"write {scheme}://{host}:8080/path")]
    return []
