"""Connector calls: elements such as `<file.read configKey="...">`, and the connections they name.

To write a connector see `connectors/README.md`; the decorators and helpers it needs are importable from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from engine.errors import MediationError
from engine.expressions import Value
from engine.mediators.base import CONTINUE, Flow, Mediator
from engine.mediators.connector_declaration import (
    CONNECTIONS,
    OPERATIONS,
    Connection,
    Operation,
    ParameterError,
    ParameterSpec,
    Result,
    connection,
    operation,
    parameter,
    put_in_body,
)
from engine.mediators.connector_parameters import Parameters, child_text, compile_parameters
from engine.mediators.connector_search import (
    add_connector_folders,
    connector_names,
    find_connection,
    find_operation,
    is_connector,
    operations_of,
)
from engine.message.context import MessageContext
from engine.message.payload import Payload, PayloadKind
from engine.message.values import JsonValue
from engine.records import dataclass
from engine.registry import nearest
from engine.source.node import Node

if TYPE_CHECKING:
    from engine.build import Build

__all__ = [
    "CONNECTIONS",
    "OPERATIONS",
    "Connection",
    "ConnectorCall",
    "Operation",
    "ParameterError",
    "ParameterSpec",
    "Result",
    "add_connector_folders",
    "connection",
    "operation",
    "parameter",
    "put_in_body",
    "read_connection",
    "read_operation_call",
]

UNKNOWN_CONNECTOR = "SYN080"
UNKNOWN_OPERATION = "SYN081"

_RESTORED = ("messageType", "ContentType", "NO_ENTITY_BODY")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCall(Mediator):
    """One call of a connector operation."""

    operation: type[Operation]
    parameters: Parameters[Operation]
    config_key: Value | None = None
    response_variable: Value | None = None
    overwrite_body: Value | None = None
    reads_body: bool = False

    @property
    def content_aware(self) -> bool:
        return self.reads_body or self.response_variable is not None

    @property
    def label(self) -> str:
        return self.operation.name

    async def mediate(self, message: MessageContext) -> Flow:
        link = self._connection(message)
        name = None if self.response_variable is None else (self.response_variable.text(message) or "").strip()
        try:
            call = self.parameters.resolve(message)
        except ParameterError as error:
            fault = self.operation.misconfigured(message, error)
            self.operation.failed(message, fault, to_variable=bool(name))
            raise fault from error
        try:
            if name:
                await self._into_variable(message, call, link, name)
            else:
                result = await call.execute(message, link)
                if result is not None:
                    call.deliver(message, result)
        except MediationError as error:
            self.operation.failed(message, error, to_variable=bool(name))
            raise
        return CONTINUE

    async def _into_variable(self, message: MessageContext, call: Operation, link: object, name: str) -> None:
        payload, headers = message.payload, message.headers
        types = {each: message.axis2[each] for each in _RESTORED if each in message.axis2}
        message.headers = headers.copy()
        result = await call.execute(message, link)
        entry: dict[str, object] = {}
        if result is not None:
            entry["headers"] = JsonValue(dict(result.headers))
            entry["attributes"] = JsonValue(dict(result.attributes))
        else:
            entry["headers"] = JsonValue(header_map(message))
            entry["attributes"] = JsonValue({"statusCode": message.axis2.get("HTTP_SC")})
        overwrite = (
            self.overwrite_body is not None and (self.overwrite_body.text(message) or "").strip().lower() == "true"
        )
        if not overwrite:
            if result is not None:
                entry["payload"] = value_of(result.payload)
            else:
                await message.build()
                entry["payload"] = value_of(message.payload)
            message.payload, message.headers = payload, headers
            for each in _RESTORED:
                message.axis2.pop(each, None)
            message.axis2.update(types)
        elif result is not None:
            put_in_body(message, result)
        message.variables[name] = entry

    def _connection(self, message: MessageContext) -> object | None:
        if self.config_key is None:
            return None
        key = self.config_key.text(message) or ""
        entry = message.exchange.deployment.local_entries.get(key)
        if entry is None:
            raise MediationError(
                f"Sequence named {key} cannot be found",
                detail=f"configKey of <{self.operation.name}> names the local entry {key!r}, which is not deployed",
            )
        parameters: Parameters[Connection] | None = entry.connection
        wanted = self.operation.name.partition(".")[0]
        if parameters is None or parameters.cls.connector != wanted:
            raise MediationError(
                f"local entry {key!r} holds no <{wanted}.init>",
                detail=f"<{self.operation.name}> needs one to know its connection",
            )
        try:
            return parameters.resolve(message)
        except ParameterError as error:
            raise MediationError(f"local entry {key!r}: {error}") from error

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Self | None:
        """Compile the element; None when it is unusable (problems say why)."""
        found = _find(node)
        if found is None:
            return None
        node.attribute("name")
        config_key = _config_key(found, node, build)
        response_variable = _common_parameter("responseVariable", node, build)
        overwrite_body = _common_parameter("overwriteBody", node, build)
        parameters, constants, given = compile_parameters(
            found, node, build, strict=found.strict, extra=("responseVariable", "overwriteBody")
        )
        found.check(node, constants, given)
        if parameters is None or (config_key is None and found.name.partition(".")[0] in CONNECTIONS):
            return None
        return cls(
            place=build.place(node),
            operation=found,
            parameters=parameters,
            config_key=config_key,
            response_variable=response_variable,
            overwrite_body=overwrite_body,
            reads_body=parameters.content_aware or found.needs_body(constants),
        )


def read_operation_call(node: Node, build: Build) -> ConnectorCall | None:
    """An element `<connector.operation>` compiled; None (and a problem) when there is no such operation."""
    return ConnectorCall.from_element(node, build)


def read_connection(node: Node, build: Build) -> Parameters[Any] | None:
    """`<connector.init>` of a local entry compiled; None (and a problem) when it is unusable."""
    name = node.tag.removesuffix(".init")
    found = find_connection(name)
    if found is None:
        near = nearest(name, connector_names())
        node.accept_anything()
        node.warning(
            UNKNOWN_CONNECTOR,
            f"there is no connector {name!r} here that takes a connection, so nothing can use this local entry",
            hint=f"did you mean <{near}.init>?" if near else "connectors are listed in the README",
        )
        return None
    parameters, constants, given = compile_parameters(found, node, build, strict=True)
    before = len(build.problems.errors)
    found.check(node, constants, given)
    return parameters if len(build.problems.errors) == before else None


def header_map(message: MessageContext) -> dict[str, str]:
    """The transport headers for a variable, names in their usual spelling."""
    return {usual_spelling(name): value for name, value in message.headers if isinstance(value, str)}


def usual_spelling(name: str) -> str:
    """`sforce-limit-info` -> `Sforce-Limit-Info`; a name that has capitals already stays as it is."""
    return _SPELLINGS.get(name) or (name.title() if name == name.lower() else name)


_SPELLINGS = {
    "etag": "ETag",
    "www-authenticate": "WWW-Authenticate",
    "sforce-numberofrecords": "Sforce-NumberOfRecords",
}


def value_of(payload: Payload) -> object:
    """A payload as the value of a variable: JSON, text, or an element."""
    if payload.kind is PayloadKind.JSON:
        return JsonValue(payload.json())
    if payload.kind is PayloadKind.TEXT:
        return payload.text()
    element = payload.element()
    return "" if element is None else element


def _find(node: Node) -> type[Operation] | None:
    """The operation behind an element, or a problem that says what is there instead."""
    try:
        found = find_operation(node.tag)
    except Exception as error:  # whatever a connector's own code raises is told as a problem of the flow that uses it
        node.error(
            UNKNOWN_CONNECTOR, f"the connector of <{node.tag}> cannot be loaded: {type(error).__name__}: {error}"
        )
        return None
    if found is not None:
        return found
    prefix = node.tag.partition(".")[0]
    if node.tag.endswith(".init") and is_connector(prefix):
        node.error(
            UNKNOWN_OPERATION,
            f"<{node.tag}> is no operation: it belongs in a local entry",
            hint="put it into a <localEntry key=...> and name that key as configKey",
        )
    elif is_connector(prefix):
        near = nearest(node.tag, operations_of(prefix))
        node.error(
            UNKNOWN_OPERATION,
            f"the connector {prefix!r} has no operation <{node.tag}>",
            hint=f"did you mean <{near}>?" if near else "it has: " + ", ".join(operations_of(prefix)),
        )
    else:
        near = nearest(prefix, connector_names())
        node.error(
            UNKNOWN_CONNECTOR,
            f"there is no connector {prefix!r}, so <{node.tag}> is no mediator",
            hint=f"did you mean <{near}.{node.tag.partition('.')[2]}>?"
            if near
            else "known connectors: " + ", ".join(connector_names()),
        )
    return None


def _config_key(found: type[Operation], node: Node, build: Build) -> Value | None:
    connector = found.name.partition(".")[0]
    if connector not in CONNECTIONS:
        return build.key(node, "configKey", "localEntry")
    return build.key(node, "configKey", "localEntry", required=True)


def _common_parameter(name: str, node: Node, build: Build) -> Value | None:
    child = node.child(name)
    if child is None:
        return None
    text = child_text(child, "text")
    child.finish()
    return None if text is None else build.compiled_value(child, text)
