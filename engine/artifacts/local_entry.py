"""`<localEntry key=...>`: a text, an XML element or the configuration of a connection."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.xml import parse_xml, standalone
from engine.mediators.flow import NamedSequence
from engine.records import dataclass
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
    _check_content(node, held, text)
    element = None if child is None else standalone(child.element)
    if source is not None:
        text, element = _read_source(node, source)
        child = None
    connection = None
    if child is not None and child.namespace in (SYNAPSE, "") and child.tag.endswith(".init"):
        from engine.mediators.connector import read_connection

        connection = read_connection(child, build)
    elif child is not None:
        _check_meant(child)
    if key is not None:
        yield Artifact(
            "localEntry", key, LocalEntry(key, text, element, build.place(node), connection), build.place(node)
        )
        if child is not None and child.namespace == SYNAPSE:
            yield from _named_by_key(key, child, build)


def _named_by_key(key: str, node: Node, build: Build) -> Iterator[Artifact]:
    """A sequence or an endpoint written in a local entry can be used by the entry's key."""
    if node.tag == "sequence":
        on_error = node.attribute("onError")
        node.attribute("name")
        if on_error is not None:
            build.refer("sequence", on_error, node, "onError")
        mediators = build.mediators(node, name=f"sequence {key}")
        node.finish()
        yield Artifact("sequence", key, NamedSequence(key, mediators, on_error), build.place(node))
    elif node.tag == "endpoint":
        endpoint = build.endpoint(node)
        if endpoint is not None:
            yield Artifact("endpoint", key, endpoint, build.place(node))


def _read_source(node: Node, source: str) -> tuple[str, Element | None]:
    """The file that `src="file:..."` names, XML where it is XML; a path is relative to the folder of the definition."""
    scheme, colon, path = source.partition(":")
    if not colon or scheme != "file":
        node.warning(
            "SYN094",
            f"the source {source!r} of a local entry is not fetched, so the entry is empty",
            attribute="src",
            hint='give a file: src="file:/path/to/file", or put the content inside the element',
        )
        return "", None
    path = re.sub("^/{2,}", "/", unquote(path))
    place = Path(path) if os.path.isabs(path) or os.path.exists(path) else Path(node.document.file).parent / path
    try:
        data = place.read_bytes()
    except OSError as error:
        node.warning(
            "SYN094",
            f"the source {source!r} of a local entry cannot be read, so the entry is empty: {error.strerror or error}",
            attribute="src",
            hint="check the path; a relative one starts at the working directory",
        )
        return "", None
    if data.lstrip()[:1] == b"<":
        try:
            return "", parse_xml(data)
        except FormatError as error:
            node.warning(
                "SYN094",
                f"the file {source!r} begins as XML does but is none, so it is a text: {error}",
                attribute="src",
            )
    return data.decode("utf-8", "replace"), None


def _check_meant(child: Node) -> None:
    """Tell of an element that was meant to configure a connection and does not."""
    prefix, dot, rest = child.tag.rpartition(".")
    if not dot:
        return
    from engine.mediators.connector_search import connector_names

    if rest == "init":
        child.warning(
            "SYN003",
            f"<{child.tag}> is in namespace {child.namespace!r}, so it configures no connection",
            hint=f"it belongs in {SYNAPSE!r}",
        )
    elif prefix in connector_names():
        child.warning("SYN081", f"<{child.tag}> configures no connection", hint=f"did you mean <{prefix}.init>?")


def _check_content(node: Node, held: list[Node], text: str) -> None:
    if not held and not text and node.element.get("src") is None:
        node.info("SYN018", "the local entry is empty", hint="write its content into it, or name it with src")
    if len(held) > 1:
        held[1].warning(
            "SYN026",
            f"a local entry holds one element; <{held[0].tag}> counts, <{held[1].tag}> is ignored",
            hint="make it a local entry of its own",
        )
    if held and text:
        node.warning(
            "SYN014",
            f"<localEntry> holds an element and the text {text[:40]!r}, which is ignored",
            place=node.document.text_place(node.element),
            hint="remove it",
        )
