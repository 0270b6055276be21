"""Callout mediator: a blocking call of a copy whose result goes where the target says."""

from __future__ import annotations

from lxml import etree

from engine.build import Build
from engine.codecs.soap import envelope_version
from engine.endpoints.address import Address
from engine.endpoints.base import Endpoint
from engine.endpoints.default import TO_HEADER
from engine.endpoints.destination import check_address
from engine.endpoints.indirect import Indirect
from engine.endpoints.quality import Quality
from engine.endpoints.suspension import NEVER
from engine.errors import DeliveryError, ErrorCode, MediationError
from engine.expressions import Expression, ExpressionSyntaxError, compile_xpath
from engine.expressions.scopes import SYSTEM_PROPERTIES
from engine.mediators.base import CONTINUE, STOP, Flow, Mediator, mediator
from engine.mediators.delivery import out_only
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import Nodes, copy_element
from engine.source.node import Node


@mediator("callout")
class Callout(Mediator):
    """Call a service and put its answer into the body, a node of it or a property."""

    endpoint: Endpoint = TO_HEADER
    action: str = ""
    source_path: Expression | None = None
    source_key: str = ""
    target_path: Expression | None = None
    target_key: str = ""
    secured: bool = False

    async def mediate(self, message: MessageContext) -> Flow:
        if self.secured:
            raise MediationError("the callout asks for WS-Security, which this engine does not have; nothing was sent")
        copy = await message.clone()
        if self.action:
            copy.addressing["Action"] = self.action
        if not copy.payload.is_json:
            self._take_source(message, copy)
        if await out_only(copy, self.endpoint):
            return CONTINUE
        try:
            if not await self.endpoint.deliver(copy, blocking=True):
                return STOP
        except DeliveryError as error:
            if error.code == ErrorCode.BLOCKING_SENDER_FAILED:
                error.code = int(ErrorCode.CALLOUT_FAILED)
            message.properties.update(
                {name: value for name, value in copy.properties.items() if name == "blocking.sender.error"}
            )
            raise
        await copy.build()
        self._put_result(message, copy)
        message.axis2["HTTP_SC"] = copy.axis2.get("HTTP_SC")
        if str(message.properties.get("BLOCKING_SENDER_PRESERVE_REQ_HEADERS", "true")).lower() == "false":
            message.headers = copy.headers
        return CONTINUE

    def _take_source(self, message: MessageContext, copy: MessageContext) -> None:
        if self.source_path is not None:
            found = _element(self.source_path.value(message))
            if found is None:
                raise MediationError(
                    f"The xpath expression : {self.source_path.source} does not evaluate to an OMElement"
                )
        elif self.source_key:
            held = message.properties.get(self.source_key)
            if held is None:
                entry = message.exchange.deployment.local_entries.get(self.source_key)
                held = entry.element if entry is not None else None
            found = _element(held)
            if found is None:
                raise MediationError(f"The property : {self.source_key} is not an OMElement")
        else:
            return
        if envelope_version(found) is not None:
            copy.payload.set_envelope(copy_element(found))
        else:
            copy.payload.set_element(copy_element(found))

    def _put_result(self, message: MessageContext, copy: MessageContext) -> None:
        payload = copy.payload
        if payload.is_json or (self.target_path is None and not self.target_key):
            if payload.kind is not PayloadKind.EMPTY:
                message.payload = payload
                message.axis2.pop("NO_ENTITY_BODY", None)
                for name in ("messageType", "ContentType"):
                    message.axis2[name] = copy.axis2.get(name)
                message.headers.set("Content-Type", copy.headers.get("content-type") or "")
            return
        result = payload.element()
        if result is None:
            raise MediationError("Service returned a null response")
        if self.target_key:
            message.properties[self.target_key] = copy_element(result)
            return
        assert self.target_path is not None
        node = _element(self.target_path.value(message))
        parent = node.getparent() if node is not None else None
        if node is None or parent is None:
            if node is not None and message.payload.element() is node:
                message.payload.set_element(copy_element(result))
                return
            raise MediationError(f"Evaluation of target xpath : {self.target_path.source} did not yield an OMElement")
        fresh = copy_element(result)
        fresh.tail = node.tail
        parent.replace(node, fresh)
        message.payload.xml_changed()

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Callout | None:
        endpoint = _read_endpoint(node, build)
        action = node.attribute("action") or ""
        for ignored in ("initAxis2ClientOptions", "useServerConfig", "passHeaders"):
            node.attribute(ignored)
        secured = False
        for child in node.children("configuration", "enableSec"):
            child.accept_anything()
            if child.tag == "enableSec":
                secured = True
                child.warning(
                    "SYN074",
                    "<enableSec> asks for WS-Security, which this engine does not have: nothing is sent, it would "
                    "leave unprotected",
                    hint="secure the connection with https and remove the element",
                )
        source, target = node.child("source"), node.child("target")
        source_path = source_key = target_path = target_key = None
        usable = endpoint is not None
        if source is not None:
            kind = source.attribute("type")
            source_path, source_key, fine = _read_place(source, build)
            usable &= fine
            if kind is None and source_path is None and source_key is None and fine:
                source.error(
                    "SYN020",
                    "A 'xpath' or 'key' attribute, or type=\"envelope\", is required for the source",
                    hint='write type="envelope" to send the whole message',
                )
        if target is not None:
            target_path, target_key, fine = _read_place(target, build)
            usable &= fine
            if target_path is None and target_key is None and fine:
                target.error(
                    "SYN020",
                    "A 'xpath' or 'key' attribute is required for the target of a callout",
                    hint="leave <target> out to replace the whole message",
                )
        node.finish(known_children=("endpoint", "configuration", "source", "target", "enableSec"))
        if not usable or endpoint is None:
            return None
        return cls(
            place=build.place(node),
            endpoint=endpoint,
            action=action,
            source_path=source_path,
            source_key=source_key or "",
            target_path=target_path,
            target_key=target_key or "",
            secured=secured,
        )


def _read_endpoint(node: Node, build: Build) -> Endpoint | None:
    url = node.attribute("serviceURL")
    key = node.attribute("endpointKey")
    child = node.child("endpoint")
    inline = build.endpoint(child) if child is not None else None
    if url is not None:
        for name, value in SYSTEM_PROPERTIES.items():
            url = url.replace(f"{{system.prop.{name}}}", str(value))
        check_address(node, url, "serviceURL")
        made = Address(None, build.place(node), url.strip(), Quality(suspension=NEVER))
        made.identity = f"callout {url}"
        return made
    if key is not None:
        build.refer("endpoint", key, node, "endpointKey")
        return Indirect(key, None, build.place(node))
    return inline if child is not None else TO_HEADER


def _read_place(node: Node, build: Build) -> tuple[Expression | None, str | None, bool]:
    """XPath, key, and whether neither is wrong."""
    text = node.attribute("xpath")
    key = node.attribute("key")
    node.finish("type")
    if text is None:
        return None, key, True
    try:
        return compile_xpath(text, node.namespaces), key, True
    except ExpressionSyntaxError as error:
        node.error(error.code, str(error), attribute="xpath", hint=error.hint)
        return None, key, False


def _element(value: object | None) -> etree._Element | None:
    if isinstance(value, Nodes):
        value = value[0] if value else None
    return value if isinstance(value, etree._Element) else None
