"""Bodies, stores and blocking calls."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.planned.parts import ENDPOINT, value_or_expression
from engine.schema import Shape, many, one
from engine.schema.words import choice, flag, key, reference, text, url, xpath
from engine.source.node import Node


def _argument(node: Node, build: Build) -> None:
    written = node.element.get("expression")
    if written:
        evaluator = node.element.get("evaluator")
        if evaluator == "json":
            inner = written if written.startswith("json-eval(") else f"json-eval({written})"
            build.compiled_expression(node, inner, attribute="expression")
        else:
            build.compiled_expression(node, written, attribute="expression")
    node.has("expression")


_FORMAT = Shape((key("key", "localEntry"),), free=True)
_ARGUMENT = Shape(
    (text("value", empty_ok=True), choice("evaluator", "xml", "json", strict=False), flag("literal")),
    rules=(value_or_expression, _argument),
    ignored=("deepCheck",),
)

SHAPES = {
    "payloadFactory": Shape(
        (
            choice("media-type", "xml", "json", "text", strict=False, otherwise="the old body stays"),
            choice("template-type", "default", "freemarker", strict=False, fold=True),
            flag("escapeXmlChars"),
        ),
        (one("format", _FORMAT, required=True), one("args", Shape(children=(many("arg", _ARGUMENT),)))),
    ),
    "store": Shape((key("messageStore", "messageStore", required=True), reference("sequence", "sequence"))),
    "callout": Shape(
        (
            url("serviceURL", strict=False),
            reference("endpointKey", "endpoint"),
            text("action", strict=False),
            flag("initAxis2ClientOptions"),
            flag("useServerConfig"),
        ),
        (
            one("endpoint", ENDPOINT),
            one("configuration", Shape((text("axis2xml"), text("repository")))),
            one("source", Shape((choice("type", "envelope"), xpath("xpath"), text("key")))),
            one("target", Shape((xpath("xpath"), text("key")))),
            one("enableSec", Shape((text("policy"), text("inboundPolicy"), text("outboundPolicy")))),
        ),
    ),
}
