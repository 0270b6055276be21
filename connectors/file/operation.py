"""What all file operations share: paths, faults, retries, and where a result goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import ClassVar

from lxml import etree

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault, fault_of, invalid
from engine.errors import MediationError, PathRefused
from engine.files.paths import Root
from engine.mediators.connector import Operation, ParameterError, Result, parameter
from engine.message.context import MessageContext
from engine.message.payload import Payload
from engine.records import dataclass
from engine.values.json_document import Json

Element = etree._Element

_MAX_RETRIES = 100
_MAX_RETRY_DELAY = 60_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a successful operation says: members beside `success`, and how they look in XML when not the same way.

    `brief`: a body for a JSON client says only that it went well. `bare`: the members are all, there is no `success`.
    """

    members: Mapping[str, Json] = field(default_factory=dict)
    xml: Callable[[Element], None] | None = None
    brief: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult(Result):
    """An outcome on its way to body, property or variable."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOperation(Operation):
    """One operation on files. A subclass implements `run`; the blocking part of it belongs in a worker thread."""

    strict: ClassVar[bool] = False
    element: ClassVar[str] = ""
    """The name of its result as XML, such as `writeResult`."""
    unexpected: ClassVar[FileError] = FileError.OPERATION_ERROR
    """What an unexpected error of the operating system is called."""

    disk_share_access_mask: str | None = parameter("diskShareAccessMask", "for SMB only", default=None, ignored=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome | Result | None:
        """Do the work. Raises FileFault, OSError or PathRefused."""
        raise NotImplementedError(f"{type(self).__name__} does not say run")

    async def execute(self, message: MessageContext, connection: FileConnection) -> Result | None:
        """Do the work, again as often as asked when the operating system refuses. Raises FileFault."""
        root = connection.root(message.exchange.services.settings)
        retries = min(max(getattr(self, "max_retries", None) or 0, 0), _MAX_RETRIES)
        delay = min(max(getattr(self, "retry_delay", None) or 0, 0), _MAX_RETRY_DELAY) / 1000
        while True:
            try:
                outcome = await self.run(message, root, connection)
            except PathRefused as error:
                raise FileFault(FileError.ACCESS_DENIED, str(error)) from error
            except OSError as error:
                if retries <= 0:
                    raise fault_of(error, self.unexpected) from error
                retries -= 1
                await asyncio.sleep(delay)
            else:
                return _result(outcome) if isinstance(outcome, Outcome) else outcome

    def deliver(self, message: MessageContext, result: Result) -> None:
        """Put the result in the body: `<..Result>` as XML, or short JSON when the client's request was JSON."""
        if not isinstance(result, FileResult):
            put_body(message, result.payload, result.content_type)
            return
        outcome = result.outcome
        if wants_json(message):
            members = {} if outcome.brief else outcome.members
            put_json(message, {"result": "success", **members})
        else:
            put_xml(message, success_element(self.element, outcome))

    @classmethod
    def misconfigured(cls, message: MessageContext, error: ParameterError) -> MediationError:
        """Missing and wrong parameters are 700107."""
        return invalid(str(error))

    @classmethod
    def failed(cls, message: MessageContext, error: MediationError, *, to_variable: bool) -> None:
        """Make the body say what failed, whatever it was, and the status 500."""
        if not isinstance(error, FileFault):
            return
        properties = message.properties
        properties["ERROR_CODE"] = error.code
        properties["ERROR_MESSAGE"] = error.message
        properties["ERROR_DETAIL"] = error.detail
        properties["ERROR_EXCEPTION"] = error
        message.axis2["HTTP_SC"] = 500
        put_failure(message, cls.element, error, as_json=to_variable)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyOperation(FileOperation):
    """An operation whose result may go to a property."""

    include_result_to: str | None = parameter(
        "includeResultTo",
        "where the result goes (without responseVariable)",
        kind="choice",
        default=None,
        choices=("Message Body", "Message Property"),
        fold=True,
    )
    result_property: str | None = parameter(
        "resultPropertyName", "property that takes the result; when given, the body stays as it is", default=None
    )

    def require_property(self) -> None:
        """Raises FileFault when the result should go to a property that has no name."""
        if self.include_result_to == "Message Property" and not self.result_property:
            raise invalid("resultPropertyName is needed when includeResultTo is Message Property")

    def deliver(self, message: MessageContext, result: Result) -> None:
        """Put the result in the property, else in the body."""
        if self.result_property and isinstance(result, FileResult):
            message.properties[self.result_property] = success_element(self.element, result.outcome)
            return
        FileOperation.deliver(self, message, result)


@dataclass(frozen=True, kw_only=True)  # no slots: it is mixed into others
class Retried:
    """Parameters of an operation that tries again when the operating system refuses."""

    max_retries: int | None = parameter(
        "maxRetries", "how often an operation that failed is tried again", kind="integer", default=None
    )
    retry_delay: int | None = parameter(
        "retryDelay", "milliseconds before it is tried again", kind="integer", default=None
    )


def _result(outcome: Outcome) -> FileResult:
    payload = Payload()
    payload.set_json({"success": True, **outcome.members})
    return FileResult(payload=payload, content_type="application/json", outcome=outcome)


def success_element(name: str, outcome: Outcome) -> Element:
    """An element with success and the members."""
    root = etree.Element(name)
    if not outcome.bare:
        etree.SubElement(root, "success").text = "true"
    if outcome.xml is not None:
        outcome.xml(root)
    else:
        add_members(root, outcome.members)
    return root


def add_members(parent: Element, members: Mapping[str, Json]) -> None:
    """JSON members as elements of the same names."""
    for name, value in members.items():
        for item in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, name)
            if isinstance(item, dict):
                add_members(child, item)
            else:
                child.text = ("true" if item else "false") if isinstance(item, bool) else str(item)


def put_failure(message: MessageContext, name: str, error: FileFault, *, as_json: bool = False) -> None:
    """Make the failure of an operation the body."""
    if as_json:
        put_json(
            message, {"success": False, "error": {"code": error.code, "message": error.message, "detail": error.detail}}
        )
        return
    root = etree.Element(name)
    add_members(root, {"success": False, "code": error.code, "detail": error.detail})
    put_xml(message, root)


def put_json(message: MessageContext, value: Json) -> None:
    """Make a JSON value the body."""
    payload = Payload(rules=message.payload.rules)
    payload.set_json(value)
    put_body(message, payload, "application/json")


def put_xml(message: MessageContext, element: Element) -> None:
    """Make an element the body; an XML messageType stays as it is."""
    payload = Payload(rules=message.payload.rules)
    payload.set_element(element)
    named = message.axis2.get("messageType")
    put_body(message, payload, named if isinstance(named, str) and "xml" in named else "application/xml")


def put_body(message: MessageContext, payload: Payload, content_type: str) -> None:
    """Make `payload` the body, written as `content_type`."""
    message.payload = payload
    axis2 = message.axis2
    axis2["messageType"] = content_type
    named = axis2.get("ContentType")
    if isinstance(named, str) and named.partition(";")[0].strip() != content_type.partition(";")[0].strip():
        del axis2["ContentType"]
    axis2.pop("NO_ENTITY_BODY", None)


def wants_json(message: MessageContext) -> bool:
    """Whether results in the body are JSON: the setting says so, or the client's request was JSON."""
    style = message.exchange.services.settings.files.write_result
    if style != "auto":
        return bool(style == "json")
    for name, value in getattr(message.exchange.inbound, "headers", ()):
        if name.lower() == b"content-type":
            media = value.partition(b";")[0].strip().lower()
            return bool(media.endswith((b"/json", b"+json")))
    return False
