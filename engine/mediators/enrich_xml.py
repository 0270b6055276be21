"""Enrich on the XML view of the message."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lxml import etree

from engine.codecs.soap import envelope_version, header_of
from engine.errors import MediationError
from engine.expressions.json_eval import JsonEval
from engine.message.context import MessageContext
from engine.message.values import JsonValue, Nodes, TextNode, copy_element, set_text, string_of
from engine.source.document import Element
from engine.values.json_document import JsonSyntaxError, parse

if TYPE_CHECKING:
    from engine.mediators.enrich import Source, Target

log = logging.getLogger("synflow.mediation")
Piece = Element | str | TextNode


def apply(source: Source, target: Target, message: MessageContext) -> None:
    """Do the enrichment; the JSON text of the payload, if any, is forgotten when the body changes."""
    if target.action == "remove":
        _remove(source, target, message)
        return
    if isinstance(target.expression, JsonEval) and target.type != "property":
        raise MediationError("a json-eval target needs a JSON body and a JSON source")
    pieces = _take(source, message)
    if target.type == "envelope":
        _envelope(message, pieces)
    elif target.type == "property":
        _into_property(target, message, pieces)
    elif target.type == "body":
        _into_body(target, message, pieces)
    else:
        _into_custom(target, message, pieces)


def _take(source: Source, message: MessageContext) -> list[Piece]:
    payload = message.payload
    if source.type == "body":
        element = payload.element()
        if element is None:
            return []
        return [copy_element(element) if source.clone else element]
    if source.type == "envelope":
        envelope = payload.envelope()
        return [copy_element(envelope) if source.clone else envelope]
    if source.type == "inline":
        assert source.inline is not None
        held = source.inline.resolved(message)
        return [copy_element(held)] if isinstance(held, etree._Element) else [held]
    if source.type == "property":
        kept = _pieces(message.properties.get(source.property), source.clone)
        if not kept:
            log.error("Invalid source property type. %s holds nothing to enrich with", source.property)
        return kept
    assert source.expression is not None
    found = _pieces(source.expression.value(message), source.clone)
    if not found:
        log.error("the path %s selects nothing; the message stays as it is", source.expression.source)
    return found


def _pieces(value: object | None, clone: bool) -> list[Piece]:
    if isinstance(value, Nodes):
        return [piece for item in value for piece in _pieces(item, clone)]
    if isinstance(value, etree._Element):
        return [copy_element(value) if clone else value]
    if isinstance(value, TextNode):
        return [value]
    if value is None:
        return []
    if isinstance(value, JsonValue):
        return [value.text]
    return [string_of(value) or ""]


def _envelope(message: MessageContext, pieces: list[Piece]) -> None:
    first = pieces[0] if pieces else None
    if not isinstance(first, etree._Element) or envelope_version(first) is None:
        raise MediationError("A SOAPEnvelope is expected")
    message.payload.set_envelope(first)


def _into_property(target: Target, message: MessageContext, pieces: list[Piece]) -> None:
    if target.action == "replace":
        message.properties[target.property] = Nodes(pieces)
        return
    held = message.properties.get(target.property)
    parent = (
        next((item for item in held if isinstance(item, etree._Element)), None) if isinstance(held, Nodes) else held
    )
    if not isinstance(parent, etree._Element):
        log.error("the property %s holds no XML that a child could be added to", target.property)
        return
    for piece in pieces:
        if isinstance(piece, etree._Element):
            parent.append(piece)
        else:
            _append_text(parent, _text(piece))


def _into_body(target: Target, message: MessageContext, pieces: list[Piece]) -> None:
    payload = message.payload
    if not pieces:
        return
    first = pieces[0]
    if not isinstance(first, etree._Element):
        _text_into_body(message, first)
        return
    element = payload.element()
    elements = [piece for piece in pieces if isinstance(piece, etree._Element)]
    if element is None or target.action == "replace":
        payload.set_element(elements[0]) if envelope_version(elements[0]) is None else payload.set_envelope(elements[0])
        body = elements[0].getparent()
        for more in elements[1:]:
            if body is None:
                payload.envelope()
                body = elements[0].getparent()
            assert body is not None
            body.append(more)
        return
    payload.envelope()
    if target.action == "child":
        element.extend(elements)
    else:
        for each in elements:
            _insert_after(element, each)
    payload.xml_changed()


def _text_into_body(message: MessageContext, piece: TextNode | str) -> None:
    if isinstance(piece, TextNode):
        message.payload.set_text_blob(piece.blob, piece.charset)
        return
    text = piece.strip()
    if text[:1] in ("{", "["):
        try:
            parse(text)
        except JsonSyntaxError as error:
            raise MediationError(f"the text for the body looks like JSON but is not: {error}") from error
        message.payload.set_json_text(text.encode())
        return
    element = message.payload.element()
    if element is None:
        message.payload.set_text(piece)
        return
    del element[:]
    set_text(element, piece)
    message.payload.xml_changed()


def _into_custom(target: Target, message: MessageContext, pieces: list[Piece]) -> None:
    assert target.expression is not None
    payload = message.payload
    payload.envelope()
    found = target.expression.value(message)
    node = found[0] if isinstance(found, Nodes) and found else found if not isinstance(found, Nodes) else None
    if node is None or (isinstance(node, str) and _parent(node) is None):
        raise MediationError(f"Invalid Target object to be enrich. {target.expression.source} selects nothing")
    if not pieces:
        log.error("there is nothing to enrich %s with", target.expression.source)
        return
    if isinstance(node, etree._Element):
        _at_element(target.action, node, pieces)
    else:
        _at_text(node, pieces)
    payload.xml_changed()


def _parent(node: object) -> Element | None:
    get = getattr(node, "getparent", None)
    parent: Element | None = get() if get is not None else None
    return parent


def _at_element(action: str, node: Element, pieces: list[Piece]) -> None:
    elements = [piece for piece in pieces if isinstance(piece, etree._Element)]
    if action == "child":
        for piece in pieces:
            if isinstance(piece, etree._Element):
                node.append(piece)
            else:
                _append_text(node, _text(piece))
    elif action == "sibling":
        for each in elements:
            _insert_after(node, each)
    elif not elements:
        del node[:]
        set_text(node, _text(pieces[0]))
    else:
        parent = node.getparent()
        if parent is None:
            raise MediationError("the root of the message cannot be replaced; use a target of type body")
        if header_of(parent) is node:
            node[:] = elements
            return
        tail, node.tail = node.tail, None
        position = parent.index(node)
        parent.remove(node)
        for offset, each in enumerate(elements):
            each.tail = None
            parent.insert(position + offset, each)
        elements[-1].tail = tail


def _at_text(node: object, pieces: list[Piece]) -> None:
    """An attribute gets the text of the source, so does the element around a text node; elements replace the text."""
    parent = _parent(node)
    if parent is None:
        raise MediationError("Invalid Target object to be enrich.")
    text = _text(pieces[0])
    if getattr(node, "is_attribute", False):
        parent.set(getattr(node, "attrname", ""), text)
        return
    before = parent if getattr(node, "is_tail", False) else None
    if before is not None:
        above = before.getparent()
        assert above is not None
        parent = above
    elements = [piece for piece in pieces if isinstance(piece, etree._Element)]
    if not elements:
        del parent[:]
        set_text(parent, text)
        return
    if before is None:
        parent.text = None
    else:
        before.tail = None
    position = 0 if before is None else parent.index(before) + 1
    for offset, each in enumerate(elements):
        each.tail = None
        parent.insert(position + offset, each)


def _text(piece: Piece) -> str:
    return piece if isinstance(piece, str) else string_of(piece) or ""


def _append_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        set_text(element, (element.text or "") + text)


def _insert_after(node: Element, new: Element) -> None:
    tail, node.tail = node.tail, None
    node.addnext(new)
    new.tail = tail


def _remove(source: Source, target: Target, message: MessageContext) -> None:
    """Detach what the path selects from the body or from the XML in a property."""
    if source.expression is None:
        return
    found = source.expression.value(message)
    for node in found if isinstance(found, Nodes) else ():
        if isinstance(node, etree._Element) and node.getparent() is not None:
            parent = node.getparent()
            assert parent is not None
            parent.remove(node)
    if target.type == "body":
        message.payload.xml_changed()
