"""Stores and blocking calls."""

from __future__ import annotations

from engine.mediators.planned.parts import ENDPOINT
from engine.schema import Shape, one
from engine.schema.words import choice, flag, key, reference, text, url, xpath

SHAPES = {
    "store": Shape((key("messageStore", "messageStore", required=True), reference("sequence", "sequence"))),
    "callout": Shape(
        (url("serviceURL", strict=False), reference("endpointKey", "endpoint"), text("action", strict=False),
         flag("initAxis2ClientOptions"), flag("useServerConfig")),
        (
            one("endpoint", ENDPOINT),
            one("configuration", Shape((text("axis2xml"), text("repository")))),
            one("source", Shape((choice("type", "envelope"), xpath("xpath"), text("key")))),
            one("target", Shape((xpath("xpath"), text("key")))),
            one("enableSec", Shape((text("policy"), text("inboundPolicy"), text("outboundPolicy")))),
        ),
    ),
}
