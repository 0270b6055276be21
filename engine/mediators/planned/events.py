"""Events and analytics, mostly of older products."""

from __future__ import annotations

from engine.schema import Shape, many, one
from engine.schema.shape import FREE
from engine.schema.words import choice, expression, reference, text

_ATTRIBUTE = Shape(
    (
        text("name", required=True),
        choice("type", "STRING", "INTEGER", "LONG", "FLOAT", "DOUBLE", "BOOLEAN"),
        text("defaultValue", empty_ok=True),
        text("value", empty_ok=True),
        expression("expression"),
    )
)
_ATTRIBUTES = Shape(children=(many("attribute", _ATTRIBUTE),))
_TEXT = Shape(text=text("text", required=True))

SHAPES = {
    "eventPublisher": Shape((reference("eventSourceName", "eventSource", required=True),)),
    "event": Shape((text("topic", required=True), expression("expression"))),
    "publishEvent": Shape(
        (text("async"), text("timeout")),
        (
            one("eventSink", _TEXT),
            one("streamName", _TEXT),
            one("streamVersion", _TEXT),
            one(
                "attributes",
                Shape(
                    children=(
                        one("meta", _ATTRIBUTES),
                        one("correlation", _ATTRIBUTES),
                        one("payload", _ATTRIBUTES),
                        one("arbitrary", _ATTRIBUTES),
                    )
                ),
            ),
        ),
    ),
    "bam": Shape(
        children=(
            one(
                "serverProfile",
                Shape(
                    (text("name", required=True),),
                    (one("streamConfig", Shape((text("name", required=True), text("version", required=True)))),),
                ),
                required=True,
            ),
        ),
    ),
    "rules": Shape(flow=True),
}

__all__ = ["FREE", "SHAPES"]
