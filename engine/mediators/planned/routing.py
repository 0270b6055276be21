"""Routing by conditions, and rewriting addresses."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.planned.parts import CONDITION, TARGET, value_or_expression
from engine.schema import Shape, many, one
from engine.schema.words import choice, expression, flag, regex, text, xpath
from engine.source.node import Node


def _action(node: Node, build: Build) -> None:
    get = node.element.get
    kind = get("type") or "set"
    if kind != "remove" and get("value") is None and get("xpath") is None:
        node.error(
            "SYN020",
            f"the attribute 'value' or 'xpath' is required for an <action> of type {kind}",
            hint='add one of them, or write type="remove"',
        )
    if kind == "replace" and get("regex") is None:
        node.error("SYN020", "regex attribute is required for replace action", hint="say what is to be replaced")
    if kind == "remove-query-param" and get("fragment") != "query":
        node.error(
            "SYN027",
            'remove-query-param goes with fragment="query" only',
            attribute="type",
            hint='add fragment="query"',
        )


_ACTION = Shape(
    (
        choice("type", "set", "append", "prepend", "replace", "remove", "remove-query-param"),
        text("value", empty_ok=True),
        xpath("xpath"),
        choice("fragment", "protocol", "user", "host", "port", "path", "query", "ref", "full"),
        regex("regex"),
        flag("resolve"),
    ),
    rules=(_action,),
)

SHAPES = {
    "conditionalRouter": Shape(
        (flag("continueAfter", strict=True),),
        (
            many(
                "conditionalRoute",
                Shape(
                    (flag("breakRoute", strict=True), flag("asynchronous", strict=True)),
                    (one("condition", CONDITION, required=True), one("target", TARGET, required=True)),
                ),
                required=True,
            ),
        ),
    ),
    "router": Shape(
        (flag("continueAfter"),),
        (
            many(
                "route",
                Shape(
                    (expression("expression", required=True), regex("match"), flag("breakRouter")),
                    (one("target", TARGET, required=True),),
                ),
                required=True,
            ),
        ),
    ),
    "rewrite": Shape(
        (text("inProperty"), text("outProperty")),
        (many("rewriterule", Shape(children=(one("condition", CONDITION), many("action", _ACTION)))),),
    ),
}

__all__ = ["SHAPES", "value_or_expression"]
