"""`<enableAddressing>` and `<enableSec>` of an endpoint: read, and said what becomes of them."""

from __future__ import annotations

from engine.source.node import Node


def read_security(node: Node) -> None:
    """WS-Security is refused, since the message would leave unprotected; WS-Addressing headers are not written."""
    security = node.child("enableSec")
    if security is not None:
        security.accept_anything()
        security.error(
            "SYN074",
            "<enableSec> asks for WS-Security, which this engine does not have: the message would leave unprotected",
            hint="secure the connection with https and remove the element",
        )
    addressing = node.child("enableAddressing")
    if addressing is not None:
        addressing.choice("version", ("final", "submission"), "final", strict=False)
        addressing.flag("separateListener")
        addressing.finish()
        addressing.warning(
            "SYN047",
            "<enableAddressing>: WS-Addressing headers are not written; the message leaves without them",
            hint="add them with the header mediator where the service needs them",
        )
