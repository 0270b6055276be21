"""`<localEntry key=...>`: a text, an XML element or the configuration of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.xml import parse_xml
from engine.source.document import SYNAPSE, Element, Place
from engine.source.node import Node

if TYPE_CHECKING:
    from engine.mediators.connector_parameters import Parameters


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """A local entry: `element` when it holds XML, else `text`; `connection` when that XML configures one."""

    key: str
    text: str
    element: Element | None
    place: Place
    connection: Parameters[Any] | None = None


@artifact("localEntry")
def read_local_entry(node: Node, build: Build) -> Iterator[Artifact]:
    """Read a local entry."""
    key = node.attribute("key", required=True)
    source = node.attribute("src")
    held = [each for each in node.any_children() if each.tag != "description"]
    child = held[0] if held else None
    text = node.raw_text().strip()
    node.finish()
    _check_content(node, held, text, source)
    connection = None
    if child is not None and child.namespace in (SYNAPSE, "") and child.tag.endswith(".init"):
        from engine.mediators.connector import read_connection

        connection = read_connection(child, build)
    elif child is not None:
        _check_meant(child)
    if key is not None and child is not None and child.namespace == SYNAPSE and child.tag == "endpoint":
        endpoint = build.endpoint(child)
        if endpoint is not None:
            yield Artifact("endpoint", key, endpoint, build.place(node))
    if key is not None:
        element = None if child is None else child.element
        if element is None and not text and source is not None:
            text, element = _read_source(node, source)
        entry = LocalEntry(key, text, element, build.place(node), connection)
        yield Artifact("localEntry", key, entry, build.place(node))


def _check_meant(child: Node) -> None:
    """Tell of an element that was meant to configure a connection and does not."""
    prefix, dot, rest = child.tag.rpartition(".")
    if not dot:
        return
    from engine.mediators.connector_search import connector_names

    if rest == "init":
        child.warning("SYN003", f"<{child.tag}> is in namespace {child.namespace!r}, so it configures no connection",
                      hint=f"it belongs in {SYNAPSE!r}")
    elif prefix in connector_names():
        child.warning("SYN081", f"<{child.tag}> configures no connection", hint=f"did you mean <{prefix}.init>?")


def _check_content(node: Node, held: list[Node], text: str, source: str | None) -> None:
    if len(held) > 1:
        held[1].warning("SYN026", f"a local entry holds one element; <{held[0].tag}> counts, <{held[1].tag}> is ignored",
                        hint="make it a local entry of its own")
    if held and text:
        node.warning("SYN014", f"<localEntry> holds an element and the text {text[:40]!r}, which is ignored",
                     place=node.document.text_place(node.element), hint="remove it")
    if source is not None and (held or text):
        node.warning("SYN019", "a local entry with content and src takes the content; src is ignored", attribute="src",
                     hint="remove one of them")


def _read_source(node: Node, source: str) -> tuple[str, Element | None]:
    """The content that `src` names: read once, when the file is deployed, as the reference engine does."""
    parts = urlsplit(source)
    consequence = "the entry is empty, and what needs it fails on each message"
    if parts.scheme not in ("", "file"):
        node.warning("SYN040", f"{source} is not fetched when an artifact is deployed; {consequence}", attribute="src",
                     hint="save it beside the artifacts and name it with file:")
        return "", None
    try:
        data = Path(unquote(parts.path)).read_bytes()
    except OSError as error:
        node.warning("SYN040", f"src names {source}, which cannot be read ({error.strerror}); {consequence}", attribute="src",
                     hint="correct the path; a relative one counts from the working directory")
        return "", None
    try:
        return "", parse_xml(data)
    except FormatError:  # any other text is kept as text
        return data.decode("utf-8", "replace"), None
