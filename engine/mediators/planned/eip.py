"""Splitting, cloning and collecting messages."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.planned.parts import ANONYMOUS_SEQUENCE, FREE, TARGET, AttributeBeatsChild
from engine.schema import Shape, many, one
from engine.schema.shape import FLOW
from engine.schema.words import (
    choice,
    class_name,
    expression,
    flag,
    integer,
    key,
    reference,
    synapse,
    text,
    value,
)
from engine.source.document import local_name
from engine.source.node import Node

_DELIVERING = ("call", "send", "callout")


def _foreach(node: Node, build: Build) -> None:
    get = node.element.get
    if get("collection") is None:
        _foreach_by_expression(node)
        return
    if node.child("sequence") is None:
        node.lacks_child(
            "sequence", message="A 'sequence' element is required for the configuration of a Foreach mediator"
        )
    if get("counter-variable") is not None and (get("parallel-execution") or "true").strip() != "false":
        node.error(
            "SYN027",
            "The 'counter-variable' attribute is not allowed when parallel-execution is true",
            attribute="counter-variable",
            hint='add parallel-execution="false" or remove it',
        )
    if (get("update-original") or "true").strip() == "false":
        for needed in ("result-content-type", "target-variable"):
            if not get(needed) and not get(_OLD.get(needed, needed)):
                node.error(
                    "SYN020",
                    f"the {needed!r} attribute is required for <foreach> when update-original is false",
                    hint="say where the results go and what they are",
                )
        if get("result-content-type") == "XML" and not get("result-enclosing-element"):
            node.error(
                "SYN020",
                "the 'result-enclosing-element' attribute is required for <foreach> with XML results",
                hint="name the element that is to hold them",
            )


_OLD = {"result-content-type": "result-type", "target-variable": "result-target"}


def _foreach_by_expression(node: Node) -> None:
    written = node.element.get("expression")
    if written is None:
        node.attribute("expression", required=True, why="it says what to go through")
        if node.element.get("expression") is None and any("collect" in str(name) for name in node.element.attrib):
            node.attribute("collection")
    elif written.startswith("${"):
        node.error(
            "SYN030",
            "the expression of <foreach> takes XPath and json-eval(...) only",
            attribute="expression",
            hint=f'write collection="{written}"',
        )
    inline = node.child("sequence")
    if inline is None and not node.element.get("sequence"):
        node.warning("SYN025", "<foreach> has no sequence to run; each message faults", hint="add a <sequence>")
    for child in inline.element if inline is not None else ():
        if local_name(child) in _DELIVERING:
            node.error(
                "SYN046",
                "ForEach: Sequence cannot contain Call, Send or CallOut mediators",
                place=node.document.place(child),
                hint='use collection="${...}", which allows them',
            )


def _attach_path(node: Node, build: Build) -> None:
    if node.element.get("attachPath") is not None and node.element.get("preservePayload") != "true":
        node.error(
            "SYN027",
            'attachPath goes with preservePayload="true" only',
            attribute="attachPath",
            hint='add preservePayload="true" or remove attachPath',
        )


def _one_target(node: Node, build: Build) -> None:
    targets = [child for child in node.element if local_name(child) == "target"]
    if node.element.get("iterations") is not None and len(targets) > 1:
        node.error(
            "SYN027",
            "When iterations attribute is defined only one target is allowed.",
            attribute="iterations",
            hint="remove the other targets",
        )


def _scatter(node: Node, build: Build) -> None:
    get = node.element.get
    if get("target") is None and get("result-target") is None:
        node.attribute("target", required=True, why="it says whether the body or a variable takes the result")
    kind = (get("target") or get("result-target") or "").lower()
    if kind == "variable" and not get("target-variable"):
        node.error(
            "SYN020",
            "the 'target-variable' attribute is required for <scatter-gather> with target=\"variable\"",
            hint="name the variable",
        )
    content = get("result-content-type") or get("content-type")
    if content is None:
        node.attribute("result-content-type", required=True, why="the results are JSON or XML")
    if (content or "").upper() == "XML" and not get("result-enclosing-element"):
        node.error(
            "SYN020",
            "the 'result-enclosing-element' attribute is required for <scatter-gather> with XML results",
            hint="name the element that is to hold them",
        )


def _min_not_over_max(node: Node, build: Build) -> None:
    for low, high in (("min", "max"), ("min-messages", "max-messages")):
        least, most = node.element.get(low, ""), node.element.get(high, "")
        if least.isdigit() and most.isdigit() and int(least) > int(most) > 0:
            node.warning(
                "SYN023",
                f"{low!r} is {least}, more than {high!r}, which is {most}",
                attribute=low,
                hint="exchange them",
            )


_AGGREGATION = Shape(
    (
        synapse("expression", required=True),
        expression("condition"),
        integer("timeout", minimum=0),
        integer("min-messages", minimum=-1, dynamic=True),
        integer("max-messages", minimum=-1, dynamic=True),
    ),
    rules=(_min_not_over_max,),
)

SHAPES = {
    "foreach": Shape(
        (
            expression("expression"),
            synapse("collection"),
            reference("sequence", "sequence"),
            text("id"),
            flag("continueLoopOnFailure"),
            flag("parallel-execution"),
            text("counter-variable"),
            flag("continue-without-aggregation"),
            flag("update-original"),
            text("target-variable"),
            choice("result-content-type", "JSON", "XML", fold=True),
            text("result-enclosing-element"),
            text("version"),
            text("result-target"),
            choice("result-type", "JSON", "XML", fold=True),
        ),
        (one("sequence", ANONYMOUS_SEQUENCE),),
        rules=(_foreach, AttributeBeatsChild("sequence", "sequence")),
    ),
    "iterate": Shape(
        (
            expression("expression", required=True),
            text("id"),
            flag("continueParent"),
            flag("preservePayload"),
            expression("attachPath"),
            flag("sequential"),
        ),
        (one("target", TARGET, required=True, why="it says what happens to each part"),),
        rules=(_attach_path,),
    ),
    "clone": Shape(
        (text("id"), flag("continueParent"), flag("sequential"), integer("iterations", dynamic=True)),
        (many("target", TARGET),),
        rules=(_one_target,),
    ),
    "aggregate": Shape(
        (text("id"),),
        (
            one("correlateOn", Shape((expression("expression", required=True),))),
            one(
                "completeCondition",
                Shape(
                    (integer("timeout", minimum=0, otherwise="it never times out"),),
                    (
                        one(
                            "messageCount",
                            Shape(
                                (integer("min", minimum=-1, dynamic=True), integer("max", minimum=-1, dynamic=True)),
                                rules=(_min_not_over_max,),
                            ),
                        ),
                    ),
                ),
            ),
            one(
                "onComplete",
                Shape(
                    (
                        expression("expression"),
                        reference("sequence", "sequence"),
                        text("enclosingElementProperty"),
                        choice("aggregateElementType", "root", "child"),
                    ),
                    flow=True,
                    rules=(),
                ),
                required=True,
                why="it says what happens with the collected messages",
            ),
        ),
    ),
    "scatter-gather": Shape(
        (
            flag("parallel-execution"),
            choice("target", "body", "variable", fold=True),
            text("target-variable"),
            choice("result-content-type", "JSON", "XML", fold=True),
            text("result-enclosing-element"),
            choice("result-target", "body", "variable", fold=True),
            choice("content-type", "JSON", "XML", fold=True),
        ),
        (
            one("aggregation", _AGGREGATION, required=True, why="it says what is collected"),
            many("sequence", FLOW, required=True, why="each one is run with a copy of the message"),
        ),
        rules=(_scatter,),
    ),
    "sampler": Shape(
        (text("id", required=True), integer("rate", minimum=1), integer("unitTime", minimum=1)),
        (one("messageQueue", Shape((class_name("class"),))), one("target", TARGET, required=True)),
    ),
    "enqueue": Shape(
        (
            reference("sequence", "sequence", required=True),
            reference("executor", "priorityExecutor", required=True),
            integer("priority"),
        ),
    ),
}

__all__ = ["FREE", "SHAPES", "key", "value"]
