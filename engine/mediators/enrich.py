"""Enrich mediator: takes something out of the message and puts it somewhere else in it."""

from __future__ import annotations

import logging

from engine.build import Build
from engine.errors import MediationError
from engine.expressions import Expression
from engine.expressions.json_eval import JsonEval
from engine.mediators import enrich_json, enrich_xml
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.mediators.enrich_inline import Inline, read_inline
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import Nodes
from engine.records import dataclass
from engine.source.node import Node

log = logging.getLogger("synflow.mediation")

SOURCES = ("custom", "envelope", "body", "property", "inline")
TARGETS = ("custom", "envelope", "body", "property", "key")
ACTIONS = ("replace", "child", "sibling", "remove")
_FORBIDDEN = {
    ("envelope", "custom"),
    ("envelope", "envelope"),
    ("envelope", "body"),
    ("body", "envelope"),
    ("body", "body"),
    ("custom", "envelope"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """What is taken. `paths` are those of action remove."""

    type: str
    clone: bool
    expression: Expression | None = None
    property: str = ""
    inline: Inline | None = None
    paths: tuple[JsonEval, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where it goes."""

    type: str
    action: str
    expression: Expression | None = None
    property: str = ""


@mediator("enrich")
class Enrich(SyncMediator):
    """Move or copy parts of the message, natively in JSON where everything is JSON, else as XML."""

    source: Source
    target: Target

    @property
    def label(self) -> str:
        return f"enrich {self.source.type} to {self.target.type}"

    def apply(self, message: MessageContext) -> Flow:
        if self._text_to_property(message):
            return CONTINUE
        if self._is_json(message):
            enrich_json.apply(self.source, self.target, message)
        else:
            enrich_xml.apply(self.source, self.target, message)
        if self.target.type in ("body", "envelope"):
            message.axis2.pop("NO_ENTITY_BODY", None)
        return CONTINUE

    def _text_to_property(self, message: MessageContext) -> bool:
        """A text body kept in a property shares its bytes, however large they are."""
        if (
            message.payload.kind is not PayloadKind.TEXT
            or self.source.type != "body"
            or self.target.type != "property"
            or self.target.action != "replace"
        ):
            return False
        message.properties[self.target.property] = Nodes([message.payload.text_node()])
        return True

    def _is_json(self, message: MessageContext) -> bool:
        """Whether the native JSON side can do it (EnrichMediator.isNativeJsonSupportEnabled)."""
        if not message.payload.is_json or "envelope" in (self.source.type, self.target.type):
            return False
        for part in (self.source, self.target):
            if (
                part.type in ("custom", "key")
                and part.expression is not None
                and not isinstance(part.expression, JsonEval)
            ):
                return False
        if self.source.type == "inline":
            return self.source.inline is not None and self.source.inline.is_json(message)
        if self.source.type == "property":
            return enrich_json.holds_json(message.properties.get(self.source.property))
        return True

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Enrich | None:
        source_node = node.child("source", required=True)
        target_node = node.child("target", required=True, after=("source",))
        node.finish()
        if source_node is None or target_node is None:
            return None
        action = target_node.choice("action", ACTIONS, "replace")
        source = _read_source(source_node, build, remove=action == "remove")
        target = _read_target(target_node, build, action, source)
        if source is None or target is None or not _fit(node, source, target):
            return None
        return cls(place=build.place(node), source=source, target=target)


def _read_source(node: Node, build: Build, *, remove: bool) -> Source | None:
    kind = node.choice("type", SOURCES, "custom")
    clone = node.flag("clone", True)
    text = node.attribute("xpath")
    name = node.attribute("property")
    paths: tuple[JsonEval, ...] = ()
    expression: Expression | None = None
    if text is not None and remove and text.startswith("json-eval("):
        paths = _read_paths(node, build, text)
        expression = paths[0] if paths else None
    elif text is not None:
        expression = build.compiled_expression(node, text, attribute="xpath")
    inline = read_inline(node, build) if kind == "inline" else None
    usable = True
    if kind == "custom" and text is None:
        node.error("SYN020", "xpath attribute is required for CUSTOM type", hint='write xpath="..." on the source')
        usable = False
    elif kind == "property" and name is None and node.element.get("property") is None:
        node.error(
            "SYN020", "property attribute is required for a source of type property", hint='write property="..."'
        )
        usable = False
    elif kind == "inline" and inline is None:
        node.error(
            "SYN025", "XML element is required for INLINE type", hint='put the content inside <source>, or key="..."'
        )
        usable = False
    node.finish("key")
    if not usable or (text is not None and expression is None):
        return None
    return Source(kind, clone, expression, name or "", inline, paths)


def _read_paths(node: Node, build: Build, text: str) -> tuple[JsonEval, ...]:
    """`json-eval($.a,$.b)` of action remove: several paths."""
    paths = []
    for part in text.removeprefix("json-eval(").removesuffix(")").split(","):
        if part != part.strip():
            node.error(
                "SYN031",
                f"the list of paths {text!r} must hold no blanks",
                attribute="xpath",
                hint="write json-eval($.a,$.b)",
            )
            return ()
        compiled = build.compiled_expression(node, f"json-eval({part})", attribute="xpath")
        if isinstance(compiled, JsonEval):
            paths.append(compiled)
    return tuple(paths)


def _read_target(node: Node, build: Build, action: str, source: Source | None) -> Target | None:
    written = node.element.get("type")
    if written == "inline":
        node.error("SYN022", "Inline not support for target attribute", attribute="type", hint='use type="body"')
        node.attribute("type")
        return None
    kind = node.choice("type", TARGETS, "custom")
    expression = build.expression(node, "xpath")
    name = node.attribute("property")
    node.finish()
    if kind in ("custom", "key") and expression is None:
        if not node.has("xpath") or node.element.get("xpath") == "":
            node.error("SYN020", "xpath attribute is required for CUSTOM type", hint='write xpath="..." on the target')
        return None
    if kind == "property" and name is None:
        node.error(
            "SYN020", "property attribute is required for a target of type property", hint='write property="..."'
        )
        return None
    if (
        kind == "custom"
        and action == "replace"
        and isinstance(expression, JsonEval)
        and expression.path_text in ("$", "$.")
    ):
        node.error(
            "SYN046",
            "Acting replace is not supported for root path in type custom. Please use type body action replace instead",
            attribute="xpath",
            hint='write <target type="body"/>',
        )
        return None
    return Target(kind, action, expression, name or "")


def _fit(node: Node, source: Source, target: Target) -> bool:
    """Whether source, target and action go together; a problem when they do not."""
    if (source.type, target.type) in _FORBIDDEN and target.action != "remove":
        node.error(
            "SYN046",
            f"Wrong combination of source and target type: {source.type} to {target.type}",
            hint="a body goes to a property or a custom path, an envelope to a property",
        )
        return False
    if target.type == "envelope" and target.action != "replace":
        node.error("SYN046", f"Invalid target action: an envelope can only be replaced, not {target.action}")
        return False
    if target.action == "remove" and (source.type != "custom" or target.type not in ("body", "property")):
        node.error("SYN046", "action remove takes a source of type custom and a target of type body or property")
        return False
    if target.type == "key" and (source.type == "body" or target.action != "replace"):
        node.error("SYN046", "a target of type key takes action replace and no source of type body")
        return False
    return True


def failed() -> MediationError:
    """The fault for a source that holds nothing."""
    return MediationError("Failed to get the source for Enriching : ")
