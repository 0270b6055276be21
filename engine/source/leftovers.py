"""What nobody read of an element: attributes, children and text that do nothing, each told with what follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.registry import nearest
from engine.source.consequences import without_attribute, without_child
from engine.source.document import local_name, namespace

if TYPE_CHECKING:
    from engine.source.node import Node

_SWITCHES = ("statistics", "trace", "traceFilter")


def report_attributes(node: Node, known: Iterable[str]) -> None:
    """Report attributes that nobody read and that are not `known`; check those that every element may have."""
    names = [*node.attributes_read, *known]
    for name in node.element.attrib:
        plain = str(name)
        if plain in _SWITCHES and plain not in node.attributes_read:
            node.choice(plain, ("enable", "disable"), "disable", strict=False, otherwise="it counts as disable")
        if plain in names or plain.startswith("{"):
            continue
        near = nearest(plain, names)
        follows = without_attribute(node.tag, near) if near and node.element.get(near) is None else ""
        node.warning(
            "SYN012",
            f"<{node.tag}> has no attribute {plain!r}; it is ignored{_so(follows)}",
            attribute=plain,
            hint=f"did you mean {near!r}?" if near else "known here: " + ", ".join(names),
        )


def report_children(node: Node, known: tuple[str, ...]) -> None:
    """Report child elements that nobody read."""
    names = list(dict.fromkeys([*node.children_asked, *node.children_read.values(), *known]))
    for element in node.elements():
        if element in node.children_read or (
            local_name(element) == "description" and namespace(element) in (node.namespace, "")
        ):
            continue
        stranger = node.of(element)
        name = local_name(element)
        if namespace(element) != node.namespace:
            stranger.warning(
                "SYN003",
                f"<{name}> in <{node.tag}> is in namespace {namespace(element)!r}, so it is "
                f"ignored{_so(without_child(node.tag, name))}",
                hint=f"it belongs in {node.namespace or 'no namespace'!r}",
            )
        elif name in names:
            stranger.warning(
                "SYN026",
                f"<{node.tag}> has more than one <{name}>; only the first counts",
                hint="remove the others",
            )
        else:
            near = nearest(name, names)
            follows = without_child(node.tag, near) if near else ""
            stranger.warning(
                "SYN013",
                f"<{node.tag}> has no child <{name}>; it is ignored with all it holds{_so(follows)}",
                hint=f"did you mean <{near}>?"
                if near
                else ("known here: " + ", ".join(names) if names else f"<{node.tag}> takes no children"),
            )


def report_text(node: Node) -> None:
    """Report the text that stands in the element, for which nobody asked."""
    texts = (node.element.text, *(child.tail for child in node.element))
    short = next(text.strip() for text in texts if text and text.strip()).splitlines()[0][:40]
    node.warning(
        "SYN014",
        f"<{node.tag}> holds the text {short!r}, which is ignored",
        place=node.document.text_place(node.element),
        hint="remove it",
    )


def _so(consequence: str) -> str:
    return f", so {consequence}" if consequence else ""
