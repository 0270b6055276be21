"""Code of the user's own: scripts and Java classes."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.planned.parts import value_or_expression
from engine.schema import Shape, many, one
from engine.schema.words import choice, class_name, expression, flag, key, text, value
from engine.source.node import Node

_LANGUAGES = ("js", "graalJs", "rhinoJs", "nashornJs", "groovy", "rb", "py", "jh")
_VALUE_TYPES = ("STRING", "BOOLEAN", "INTEGER", "LONG", "DOUBLE", "JSON", "XML")


def _script(node: Node, build: Build) -> None:
    get = node.element.get
    if get("key") is None and get("function") is not None:
        node.error(
            "SYN027",
            "Cannot use 'function' attribute without 'key' attribute for a script mediator",
            attribute="function",
            hint="name the script with key, or remove function",
        )
    if get("key") is None and not node.raw_text().strip() and not len(node.element):
        node.error("SYN021", "<script> holds no code and names none", hint="write the code into it or name it with key")
    _target_variable(node, build)


def _target_variable(node: Node, build: Build) -> None:
    if (node.element.get("target") or "").lower() == "variable" and not node.element.get("target-variable"):
        node.error(
            "SYN020",
            f"the 'target-variable' attribute is required for <{node.tag}> with target=\"variable\"",
            hint="name the variable",
        )


_ARGUMENT = Shape(
    (text("name"), choice("type", *_VALUE_TYPES), value("value", empty_ok=True), expression("expression")),
    rules=(value_or_expression,),
)
_INPUTS = Shape(children=(many("argument", _ARGUMENT, anywhere=True),))
_CLASS_PROPERTY = Shape(
    (text("name", required=True), text("value", empty_ok=True), expression("expression")),
    free=False,
    rules=(value_or_expression,),
)
_COMMAND_PROPERTY = Shape(
    (
        text("name", required=True),
        text("value", empty_ok=True),
        expression("expression"),
        text("context-name"),
        choice(
            "action",
            "ReadMessage",
            "UpdateMessage",
            "ReadAndUpdateMessage",
            "ReadContext",
            "UpdateContext",
            "ReadAndUpdateContext",
        ),
    )
)


def _free_property(shape: Shape) -> Shape:
    return Shape(shape.attributes, free=True, rules=shape.rules)


SHAPES = {
    "script": Shape(
        (
            choice("language", *_LANGUAGES, required=True),
            key("key", "localEntry"),
            text("function"),
            choice("target", "body", "variable", "none", fold=True),
            text("target-variable"),
        ),
        (many("include", Shape((key("key", "localEntry", required=True),))), one("inputs", _INPUTS)),
        text=text("code"),
        rules=(_script,),
    ),
    "class": Shape(
        (
            class_name("name", required=True),
            text("method"),
            choice("target", "body", "variable", "none", fold=True),
            text("target-variable"),
        ),
        (many("property", _free_property(_CLASS_PROPERTY)), one("inputs", _INPUTS)),
        rules=(_target_variable,),
    ),
    "pojoCommand": Shape((class_name("name", required=True),), (many("property", _free_property(_COMMAND_PROPERTY)),)),
    "annotatedCommand": Shape(
        (class_name("name", required=True),), (many("property", _free_property(_COMMAND_PROPERTY)),)
    ),
    "bean": Shape(
        (
            choice("action", "CREATE", "REMOVE", "SET_PROPERTY", "GET_PROPERTY", fold=True, required=True),
            text("var", required=True),
            class_name("class"),
            flag("replace"),
            text("property"),
            value("value"),
            value("target"),
        ),
    ),
    "ejb": Shape(
        (
            text("beanstalk", required=True),
            text("class"),
            text("method"),
            flag("stateful"),
            value("id"),
            flag("remove"),
            text("target"),
            text("jndiName"),
            value("sessionId"),
        ),
        (one("args", Shape(children=(many("arg", Shape((value("value", required=True),))),))),),
    ),
    "spring": Shape((text("bean", required=True), key("key", "localEntry", required=True))),
}
