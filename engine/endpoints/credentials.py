"""`<authentication>` of an http endpoint: basic and OAuth 2."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.authentication import Authentication
from engine.source.node import Node


def read_authentication(node: Node, build: Build) -> Authentication | None:
    """Read the credentials of an endpoint; None when it has none."""
    child = node.child("authentication")
    if child is None:
        return None
    child.accept_anything()
    child.error("SYN011", "<authentication> is not supported by this version")
    return None
