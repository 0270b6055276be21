"""Transforming and validating bodies."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.planned.parts import FEATURE, NAMED_VALUE, RESOURCE, named_expression
from engine.schema import Shape, many, one
from engine.schema.shape import FREE
from engine.schema.words import choice, class_name, expression, flag, key, text, xpath
from engine.source.node import Node

_ENTRY = "localEntry"
_TYPES = ("XML", "JSON", "CSV")


def _schema_or_properties(node: Node, build: Build) -> None:
    if not node.element.get("schema") and node.element.find(f"{{{node.namespace}}}property") is None:
        node.error(
            "SYN020",
            "jsontransform mediator should contain either a schema or custom properties",
            hint='add schema="..." or <property name="synapse.commons.json..." value="..."/>',
        )


def _on_fail(node: Node, build: Build) -> None:
    child = node.element.find(f"{{{node.namespace}}}on-fail")
    if child is not None and not any(isinstance(each.tag, str) for each in child):
        node.error(
            "SYN025",
            "A non-empty <on-fail> child element is required for the <validate> mediator",
            place=node.document.place(child),
            hint="say in it what happens with invalid messages",
        )


def _variable(node: Node, build: Build) -> None:
    if not node.element.get("name") or not node.element.get("type"):
        node.warning("SYN020", "a <variable> of <xquery> without name or type is ignored", hint="add name and type")


def _target_variable(node: Node, build: Build) -> None:
    if (node.element.get("target") or "").lower() == "variable" and not node.element.get("target-variable"):
        node.error(
            "SYN020",
            f"the 'target-variable' attribute is required for <{node.tag}> with target=\"variable\"",
            hint="name the variable",
        )


_XQUERY_TYPES = (
    "INT",
    "INTEGER",
    "BOOLEAN",
    "BYTE",
    "DOUBLE",
    "SHORT",
    "LONG",
    "FLOAT",
    "STRING",
    "DOCUMENT",
    "ELEMENT",
    "DOCUMENT_ELEMENT",
)
_SMOOKS_INPUT = Shape((choice("type", "xml", "text"), expression("expression")))
_SMOOKS_OUTPUT = Shape(
    (
        choice("type", "xml", "text", "java"),
        expression("expression"),
        text("property"),
        choice("action", "add", "replace", "sibling"),
    )
)

SHAPES = {
    "xslt": Shape(
        (key("key", _ENTRY, required=True), xpath("source"), text("target"), flag("useCache")),
        (
            many("property", named_expression()),
            many("feature", FEATURE),
            many("attribute", NAMED_VALUE),
            many("resource", RESOURCE),
        ),
    ),
    "fastXSLT": Shape((key("key", _ENTRY, required=True),)),
    "xquery": Shape(
        (key("key", _ENTRY, required=True), xpath("target")),
        (
            one("dataSource", Shape(children=(many("property", NAMED_VALUE),))),
            many(
                "variable",
                Shape(
                    (
                        text("name"),
                        choice("type", *_XQUERY_TYPES),
                        text("value", empty_ok=True),
                        xpath("expression"),
                        key("key", _ENTRY),
                    ),
                    rules=(_variable,),
                ),
            ),
        ),
    ),
    "jsontransform": Shape((key("schema", _ENTRY),), (many("property", NAMED_VALUE),), rules=(_schema_or_properties,)),
    "datamapper": Shape(
        (
            key("config", _ENTRY, required=True),
            key("inputSchema", _ENTRY, required=True),
            key("outputSchema", _ENTRY, required=True),
            choice("inputType", *_TYPES),
            choice("outputType", *_TYPES),
            key("xsltStyleSheet", _ENTRY, strict=False),
            choice("target", "body", "variable"),
            text("target-variable"),
        ),
        rules=(_target_variable,),
    ),
    "smooks": Shape(
        (key("config-key", _ENTRY, required=True),), (one("input", _SMOOKS_INPUT), one("output", _SMOOKS_OUTPUT))
    ),
    "builder": Shape(
        (class_name("class"), class_name("formatterClass")),
        (
            many(
                "messageBuilder",
                Shape(
                    (
                        text("contentType", required=True),
                        class_name("class", required=True),
                        class_name("formatterClass"),
                    )
                ),
            ),
        ),
    ),
    "validate": Shape(
        (expression("source"), flag("cache-schema"), flag("json-source")),
        (
            many(
                "schema",
                Shape((key("key", _ENTRY, required=True),)),
                required=True,
                why="No schema specified for the validate mediator",
            ),
            many("feature", FEATURE),
            many("property", NAMED_VALUE),
            many("resource", RESOURCE),
            one("on-fail", Shape(flow=True), required=True, why="it says what happens with invalid messages"),
        ),
        rules=(_on_fail,),
        ignored=("key",),
    ),
}

__all__ = ["FREE", "SHAPES"]
