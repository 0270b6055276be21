"""`<data>`: a data service (a .dbs file), SQL and other sources behind operations and resources."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.registry import nearest
from engine.schema import Shape, many, one
from engine.schema.shape import FREE
from engine.schema.words import choice, flag, integer, regex, text
from engine.source.document import Element, local_name
from engine.source.node import Node

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_PARAMETER = Shape(
    (
        text("name", required=True),
        text("sqlType"),
        choice("type", "IN", "OUT", "INOUT", strict=False),
        choice("paramType", "SCALAR", "ARRAY", strict=False),
        integer("ordinal", minimum=0, strict=False),
        text("defaultValue", empty_ok=True),
        flag("optional"),
        text("structType"),
        flag("forceDefault"),
    ),
    (
        one("validatePattern", Shape((regex("pattern", required=True),))),
        one("validateLength", FREE),
        one("validateLongRange", FREE),
        one("validateDoubleRange", FREE),
        one("validateCustom", FREE),
    ),
)
_CALL = Shape(
    (text("href", required=True), text("requiredRoles")),
    (many("with-param", Shape((text("name", required=True),), free=True)),),
)
_OPERATION = Shape(
    (text("name", required=True), flag("returnRequestStatus"), flag("disableStreaming")),
    (many("call-query", _CALL), many("call-query-group", FREE), one("description", FREE)),
)
_RESOURCE = Shape(
    (
        text("path", required=True),
        choice("method", *_METHODS, required=True),
        flag("returnRequestStatus"),
        flag("disableStreaming"),
    ),
    (many("call-query", _CALL), many("call-query-group", FREE), one("description", FREE)),
)
_QUERY = Shape(
    (
        text("id", required=True),
        text("useConfig"),
        flag("returnGeneratedKeys"),
        flag("returnUpdatedRowCount"),
        text("input-event-trigger"),
        text("output-event-trigger"),
        text("keyColumns"),
    ),
    (
        many("sql", FREE),
        many("param", _PARAMETER),
        one("result", FREE),
        one("properties", FREE),
        one("expression", FREE),
        one("excel", FREE),
        one("gspread", FREE),
        one("sparql", FREE),
        one("scraperVariable", FREE),
    ),
)


def _check_names(node: Node, build: Build) -> None:
    """Queries that use a configuration, and operations that call a query: each must be in this file."""
    configs = [str(each.get("id") or "default") for each in _children(node.element, "config")]
    queries = [str(each.get("id")) for each in _children(node.element, "query")]
    for query in _children(node.element, "query"):
        _check_name(node, query, "useConfig", configs, "configuration")
    for outer in (*_children(node.element, "operation"), *_children(node.element, "resource")):
        for call in _children(outer, "call-query"):
            _check_name(node, call, "href", queries, "query")


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if local_name(child) == name]


def _check_name(node: Node, element: Element, attribute: str, known: list[str], what: str) -> None:
    name = element.get(attribute)
    if name is None or name in known:
        return
    near = nearest(name, known)
    node.warning(
        "SYN040",
        f"<{local_name(element)}> names the {what} {name!r}, which this data service does not have",
        place=node.document.place(element, attribute),
        hint=f"did you mean {near!r}?" if near else f"it has: {', '.join(known) or 'none'}",
    )


_SHAPE = Shape(
    (
        text("name", required=True),
        text("serviceNamespace", empty_ok=True),
        text("serviceGroup", empty_ok=True),
        text("baseURI", empty_ok=True),
        text("transports", empty_ok=True),
        flag("enableBatchRequests"),
        flag("enableBoxcarring"),
        flag("disableLegacyBoxcarringMode"),
        flag("disableStreaming"),
        flag("enableDTP"),
        text("serviceStatus"),
        text("txManagerJNDIName", empty_ok=True),
        text("publishSwagger", empty_ok=True),
    ),
    (
        many("config", Shape((text("id"), flag("enableOData")), free=True)),
        many("query", _QUERY),
        many("operation", _OPERATION),
        many("resource", _RESOURCE),
        many("event-trigger", FREE),
        many("policy", FREE),
        one("enableSec", FREE),
        one("description", FREE),
        one("authorization_provider", FREE),
    ),
    rules=(_check_names,),
)


@artifact("data")
def read_data_service(node: Node, build: Build) -> Iterator[Artifact]:
    """Check a data service."""
    yield from read_checked(node, build, "data", _SHAPE, consequence="nobody is served by it")
