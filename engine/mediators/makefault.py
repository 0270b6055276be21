"""Makefault mediator: replaces the message by a fault."""

from __future__ import annotations

from lxml import etree

from engine.build import Build
from engine.codecs.soap import Fault, SoapVersion, fault_envelope, header_of
from engine.codecs.xml import standalone
from engine.expressions import Expression
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.message.context import MessageContext
from engine.message.values import copy_element, set_text
from engine.source.document import Element
from engine.source.node import Node

_SAME_CODE = {
    "Client": "Sender",
    "Server": "Receiver",
    "Sender": "Client",
    "Receiver": "Server",
    "DataEncodingUnknown": "Client",
}


@mediator("makefault")
class MakeFault(SyncMediator):
    """Make the message a fault; it is not sent: follow with respond or send."""

    version: str = "soap11"
    code: str = ""
    prefix: str = "soapenv"
    code_expression: Expression | None = None
    reason: str | None = None
    reason_expression: Expression | None = None
    node: str = ""
    role: str = ""
    detail: str = ""
    detail_elements: tuple[Element, ...] = ()
    detail_expression: Expression | None = None
    response: bool = True

    def apply(self, message: MessageContext) -> Flow:
        if self.response:
            message.is_response = True
            message.to = message.addressing.get("ReplyTo")
        message.axis2.pop("NO_ENTITY_BODY", None)
        reason = self._reason(message)
        if self.version == "pox" or message.rest:
            self._exception(message, reason)
        else:
            self._envelope(message, reason)
        message.fault = True
        return CONTINUE

    def _reason(self, message: MessageContext) -> str:
        if self.reason is not None or self.reason_expression is None:
            return self.reason or ""
        return self.reason_expression.text(message) or ""

    def _exception(self, message: MessageContext, reason: str) -> None:
        """REST clients get `<Exception>` (or its JSON) with the reason; of pox the detail comes first."""
        text = reason
        if self.version == "pox":
            detail = self.detail or (self.detail_expression.text(message) if self.detail_expression is not None else "")
            text = detail or reason
        json = _prefers_json(message)
        element = etree.Element("Exception")
        set_text(element, text)
        message.payload.set_element(element)
        media = "application/json" if json else "application/xml"
        message.axis2["messageType"] = message.axis2["ContentType"] = media
        message.headers.set("Content-Type", media)

    def _envelope(self, message: MessageContext, reason: str) -> None:
        """A fault in the client's SOAP version, with the header blocks the message had."""
        version = message.payload.soap
        code = (
            self.code if self.code_expression is None else (self.code_expression.text(message) or "").rpartition(":")[2]
        )
        if code not in version.fault_codes:
            code = _SAME_CODE.get(code, code)
        header = header_of(message.payload.envelope())
        made = Fault(code, reason, self.role, self.node, self._detail(message), self.prefix)
        message.payload.set_envelope(fault_envelope(version, made, list(header) if header is not None else ()))
        message.axis2["messageType"] = message.axis2["ContentType"] = version.media_type
        message.headers.set("Content-Type", version.media_type)

    def _detail(self, message: MessageContext) -> str | tuple[Element, ...]:
        if self.detail_elements:
            return tuple(copy_element(each) for each in self.detail_elements)
        return self.detail or (self.detail_expression.text(message) or "" if self.detail_expression is not None else "")

    @classmethod
    def from_element(cls, node: Node, build: Build) -> MakeFault | None:
        return _read(cls, node, build)


def _prefers_json(message: MessageContext) -> bool:
    kind = str(message.axis2.get("messageType") or message.payload.content_type)
    return "json" in kind.lower()


def _read(cls: type[MakeFault], node: Node, build: Build) -> MakeFault | None:
    version = node.choice("version", ("soap11", "soap12", "pox"), "soap11")
    response = node.choice("response", ("true", "false"), "true")
    pox = version == "pox"
    prefix, code, code_expression = _read_code(node, build, version)
    reason_node = node.child("reason", required=not pox)
    reason, reason_expression = None, None
    if reason_node is not None:
        reason = reason_node.attribute("value", empty_ok=True)
        reason_expression = build.expression(reason_node, "expression")
        if reason is None and not reason_node.has("expression"):
            reason_node.error("SYN020", "A 'value' or 'expression' attribute must be specified for the fault reason")
        reason_node.finish()
    detail_node = node.child("detail")
    detail, detail_expression = "", None
    elements: tuple[Element, ...] = ()
    if detail_node is not None:
        detail_expression = build.expression(detail_node, "expression")
        elements = tuple(standalone(child.element) for child in detail_node.any_children())
        detail = detail_node.raw_text().strip()
    made = cls(
        place=build.place(node),
        version=version,
        code=code,
        prefix=prefix or "soapenv",
        code_expression=code_expression,
        reason=reason,
        reason_expression=reason_expression,
        node=node.child_text("node") or "",
        role=node.child_text("role") or "",
        detail=detail,
        detail_elements=elements,
        detail_expression=detail_expression,
        response=response == "true",
    )
    node.finish()
    return made


def _read_code(node: Node, build: Build, version: str) -> tuple[str, str, Expression | None]:
    """Prefix and local name of the fault code, or the expression that gives it."""
    child = node.child("code", required=version != "pox")
    if child is None:
        return "", "", None
    value = child.attribute("value")
    expression = build.expression(child, "expression")
    if value is None:
        if not child.has("expression"):
            child.error("SYN020", "A 'value' or 'expression' attribute must be specified for the fault code")
        child.finish()
        return "", "", expression
    prefix, colon, local = value.rpartition(":")
    namespace = child.namespaces.get(prefix)
    own = SoapVersion.SOAP12 if version == "soap12" else SoapVersion.SOAP11
    other = SoapVersion.SOAP11 if own is SoapVersion.SOAP12 else SoapVersion.SOAP12
    if not colon:
        child.error(
            "SYN022",
            f"A QName is expected for fault code as prefix:name, not {value!r}",
            attribute="value",
            hint="write for example soapenv:Server and declare the prefix",
        )
    elif namespace is None:
        child.error(
            "SYN037",
            f"the prefix {prefix!r} of fault code {value!r} is not declared",
            attribute="value",
            hint=f'declare xmlns:{prefix}="{own.namespace}"',
        )
    elif namespace == other.namespace and local in other.fault_codes:
        child.info(
            "SYN048",
            f"fault code {value!r} belongs to the other SOAP version; its counterpart is used",
            attribute="value",
            hint=f"declare {prefix} as {own.namespace}",
        )
    elif namespace != own.namespace or local not in own.fault_codes:
        child.error(
            "SYN022",
            f"{value!r} is no fault code of {version}",
            attribute="value",
            hint=f"one of {', '.join(own.fault_codes)} in namespace {own.namespace}",
        )
    child.finish()
    return prefix, local, None
