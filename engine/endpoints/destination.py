"""Addresses as they are written in artifacts: what can be called, and what is said about the rest."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.registry import nearest
from engine.source.node import Node

CALLABLE = ("http", "https")
OTHER_TRANSPORTS = (
    "local",
    "jms",
    "vfs",
    "mailto",
    "rabbitmq",
    "file",
    "tcp",
    "udp",
    "mqtt",
    "hl7",
    "fix",
    "ws",
    "wss",
    "kafka",
    "sap",
    "idoc",
    "bapi",
    "amqp",
)


_VARIABLE = re.compile(r"\$SYSTEM:(\w+)|\$\{configs\.(\w+)\}")


def deployed(node: Node, attribute: str, text: str, environment: Mapping[str, str] = os.environ) -> str:
    """A text that begins with `$SYSTEM:NAME` or `${configs.NAME}` as the value of that environment variable.

    The whole text is replaced (ResolverFactory). A variable that is not set leaves it as it is, with a warning.
    """
    match = _VARIABLE.match(text)
    if match is None:
        if text.startswith("$FILE:"):
            node.warning(
                "SYN049",
                f"{text!r}: values of file.properties are not filled in here",
                attribute=attribute,
                hint="use $SYSTEM:NAME and an environment variable",
            )
        return text
    name = match.group(1) or match.group(2)
    value = environment.get(name)
    if value is None:
        node.warning(
            "SYN049",
            f"the environment variable {name} is not set, so {text!r} stays as it is written",
            attribute=attribute,
            hint=f"set {name} and start again",
        )
        return text
    if match.end() < len(text):
        node.warning(
            "SYN049",
            f"{text!r} becomes the value of {name} alone; {text[match.end() :]!r} is lost",
            attribute=attribute,
            hint=f"put the whole address into {name}",
        )
    return value.strip()


def check_address(node: Node, address: str, attribute: str | None) -> None:
    """Warn at `attribute`, or at the element, about an address that no message can be sent to."""
    fault = "every message faults with ERROR_CODE 401003"
    scheme, colon, rest = address.partition(":")
    if not colon or not scheme.isalnum() or (rest and rest[0].isdigit()) or "{" in scheme or "$" in scheme:
        if "{" in address.partition("/")[0] or address.startswith("$"):
            return
        node.warning(
            "SYN045",
            f"{address!r} is no absolute URL, so {fault}",
            attribute=attribute,
            hint="write http://host:port/path",
        )
    elif scheme.lower() in OTHER_TRANSPORTS:
        node.warning(
            "SYN045", f"this version sends over http and https only, not over {scheme}, so {fault}", attribute=attribute
        )
    elif scheme.lower() not in CALLABLE:
        near = nearest(scheme.lower(), (*CALLABLE, *OTHER_TRANSPORTS))
        node.warning(
            "SYN045",
            f"{scheme!r} is no transport, so {fault}",
            attribute=attribute,
            hint=f"did you mean {near}:?" if near else "use http: or https:",
        )
    elif not rest.startswith("//"):
        node.warning(
            "SYN045",
            f"'//' is missing after {scheme}:, so {fault}",
            attribute=attribute,
            hint=f"write {scheme}://host:port/path",
        )
    else:
        _check_authority(node, address, attribute, fault)


def _check_authority(node: Node, address: str, attribute: str | None, fault: str) -> None:
    authority = address.partition("://")[2].partition("/")[0].partition("?")[0]
    if "{" in authority or "$" in authority:
        return
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        node.warning(
            "SYN045",
            f"the address {address!r} is malformed ({error}), so {fault}",
            attribute=attribute,
            hint="write http://host:port/path",
        )
        return
    if not host or " " in host or port == 0:
        node.warning(
            "SYN045",
            f"the address {address!r} names no usable host, so {fault}",
            attribute=attribute,
            hint="write http://host:port/path",
        )
