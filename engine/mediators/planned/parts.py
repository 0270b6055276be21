"""Elements that several mediators share."""

from __future__ import annotations

from engine.build import Build
from engine.schema import Child, Shape, many, one
from engine.schema.shape import FLOW, FREE, Table
from engine.schema.words import choice, expression, key, reference, regex, text, value
from engine.source.node import Node

ENDPOINT = Shape(endpoint=True)
ANONYMOUS_SEQUENCE = Shape((key("key", "sequence"), text("name"), reference("onError", "sequence")), flow=True)


def _target_leads_somewhere(node: Node, build: Build) -> None:
    if not any(node.element.get(name) for name in ("sequence", "endpoint", "to")) and not len(node.element):
        node.warning(
            "SYN018",
            "this <target> names neither a sequence nor an endpoint: nothing happens to what it gets",
            hint="write a <sequence> into it or name one",
        )


TARGET = Shape(
    (text("to"), text("soapAction"), reference("sequence", "sequence"), reference("endpoint", "endpoint")),
    (one("sequence", ANONYMOUS_SEQUENCE), one("endpoint", ENDPOINT)),
    rules=(_target_leads_somewhere,),
)

RESOURCE = Shape((text("location", required=True), key("key", "localEntry", required=True)))
FEATURE = Shape((text("name", required=True), choice("value", "true", "false", required=True)))
NAMED_VALUE = Shape((text("name", required=True), text("value", required=True, empty_ok=True)))
INLINE_OR_NAMED = ANONYMOUS_SEQUENCE


def named_expression(*, needed: bool = True) -> Shape:
    """`<property name="" value=""|expression=""/>`."""
    return Shape(
        (text("name", required=True), text("value", empty_ok=True), expression("expression")),
        rules=(value_or_expression,) if needed else (),
    )


def value_or_expression(node: Node, build: Build) -> None:
    """One of `value` and `expression` must be there; with both the value counts."""
    has_value, has_expression = node.element.get("value") is not None, node.element.get("expression") is not None
    if not has_value and not has_expression and not len(node.element):
        node.error(
            "SYN020", f"a 'value' or an 'expression' attribute is required for <{node.tag}>", hint="add one of them"
        )
    elif has_value and has_expression:
        node.warning(
            "SYN019",
            f"<{node.tag}> has a value and an expression; the value counts, the expression is ignored",
            attribute="expression",
            hint="remove one of them",
        )


def exclusive(first: str, second: str) -> Shape:
    """An element with two attributes of which one must be there."""
    return Shape((value(first), value(second)), rules=(one_of(first, second),))


def one_of(*names: str) -> _OneOf:
    """A rule: one of these attributes must be there."""
    return _OneOf(names)


class _OneOf:
    """At least one of some attributes must be written."""

    __slots__ = ("names",)

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __call__(self, node: Node, build: Build) -> None:
        if not any(node.element.get(name) for name in self.names):
            listed = " or ".join(repr(name) for name in self.names)
            node.error("SYN020", f"<{node.tag}> needs the attribute {listed}", hint="add one of them")


class AttributeBeatsChild:
    """An attribute and a child say the same thing: the attribute counts."""

    __slots__ = ("attribute", "child")

    def __init__(self, attribute: str, child: str) -> None:
        self.attribute = attribute
        self.child = child

    def __call__(self, node: Node, build: Build) -> None:
        if node.element.get(self.attribute) and node.element.find(f"{{{node.namespace}}}{self.child}") is not None:
            node.warning(
                "SYN068",
                f"<{node.tag}> has {self.attribute} as attribute and <{self.child}> as child; the "
                "attribute counts, the child is dropped",
                attribute=self.attribute,
                hint="remove one of them",
            )


# -- conditions of conditionalRouter and rewrite
def _two_or_more(node: Node, build: Build) -> None:
    if len([child for child in node.element if isinstance(child.tag, str)]) < 2:
        node.error("SYN025", f"<{node.tag}> needs two or more conditions", hint="put <equal> or <match> into it")


def _condition_needed(node: Node, build: Build) -> None:
    if not any(isinstance(child.tag, str) for child in node.element):
        node.warning(
            "SYN025", f"<{node.tag}> holds no condition, so it never holds", hint="put <equal> or <match> into it"
        )


_SOURCE_TYPES = ("header", "param", "url", "property", "soap")
EQUAL = Shape((choice("type", *_SOURCE_TYPES), text("source"), text("value", required=True)))
MATCH = Shape((choice("type", *_SOURCE_TYPES), text("source"), regex("regex", required=True)))


def _condition(shape: str) -> Shape:
    return CONDITIONS[shape]


CONDITION_CHILDREN: tuple[Child, ...] = (
    many("equal", EQUAL),
    many("match", MATCH),
    many("and", lambda: _condition("and")),
    many("or", lambda: _condition("or")),
    many("not", lambda: _condition("not")),
)
CONDITIONS = {
    "and": Shape(children=CONDITION_CHILDREN, rules=(_two_or_more,)),
    "or": Shape(children=CONDITION_CHILDREN, rules=(_two_or_more,)),
    "not": Shape(children=CONDITION_CHILDREN, rules=(_condition_needed,)),
}
CONDITION = Shape(children=CONDITION_CHILDREN, rules=(_condition_needed,))

__all__ = [
    "ANONYMOUS_SEQUENCE",
    "CONDITION",
    "ENDPOINT",
    "FEATURE",
    "FLOW",
    "FREE",
    "NAMED_VALUE",
    "RESOURCE",
    "TARGET",
    "AttributeBeatsChild",
    "Table",
    "named_expression",
    "one_of",
    "value_or_expression",
]
