"""Header mediator: SOAP and addressing headers, or transport headers."""

from __future__ import annotations

from lxml import etree

from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.soap import SoapVersion, header_of
from engine.codecs.xml import parse_xml, standalone
from engine.errors import MediationError
from engine.expressions import Expression
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.message.context import MessageContext
from engine.message.values import copy_element, set_text
from engine.source.document import Element
from engine.source.node import Node

ADDRESSING = ("To", "From", "Action", "FaultTo", "ReplyTo", "RelatesTo")


@mediator("header")
class Header(SyncMediator):
    """Set or remove a header: WS-Addressing and SOAP ones by default, HTTP ones with scope transport."""

    name: str = ""
    namespace: str = ""
    transport: bool = False
    remove: bool = False
    constant: str | None = None
    expression: Expression | None = None
    as_xml: bool = False
    blocks: tuple[Element, ...] = ()

    @property
    def label(self) -> str:
        return f"header {self.name}".rstrip()

    @property
    def content_aware(self) -> bool:
        if self.expression is not None and self.expression.content_aware:
            return True
        return not self.transport and (bool(self.blocks) or self.name not in ADDRESSING)

    def apply(self, message: MessageContext) -> Flow:
        if self.remove:
            self._remove(message)
            return CONTINUE
        if self.blocks:
            for block in self.blocks:
                _add(message, copy_element(block))
            return CONTINUE
        text = self.constant if self.expression is None else self.expression.text(message)
        if self.transport:
            message.headers.set(self.name, text or "")
        elif not self.namespace:
            self._set_addressing(message, text or "")
        else:
            _add(message, self._block(text or ""))
        return CONTINUE

    def _set_addressing(self, message: MessageContext, text: str) -> None:
        if self.name == "To":
            message.to = text
        message.addressing[self.name] = text
        if self.name == "Action" and not message.rest:
            _set_soap_action(message, text)

    def _block(self, text: str) -> Element:
        block = etree.Element(f"{{{self.namespace}}}{self.name}")
        if self.as_xml:
            try:
                block.append(parse_xml(text))
            except FormatError as error:
                raise MediationError(f"the header {self.name} of type OM is no XML: {error}") from error
        else:
            set_text(block, text)
        return block

    def _remove(self, message: MessageContext) -> None:
        if self.transport:
            message.headers.remove(self.name)
            return
        if not self.namespace and self.name in ADDRESSING:
            message.addressing.pop(self.name, None)
            if self.name == "To":
                message.to = None
            return
        header = header_of(message.payload.envelope())
        tag = f"{{{self.namespace}}}{self.name}" if self.namespace else self.name
        for block in list(header) if header is not None else ():
            if block.tag == tag and header is not None:
                header.remove(block)

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Header | None:
        return _read(cls, node, build)


def _set_soap_action(message: MessageContext, action: str) -> None:
    """The action of a SOAP message also stands in SOAPAction, of SOAP 1.2 in a parameter of the Content-Type."""
    if message.payload.soap is SoapVersion.SOAP12:
        written = str(message.axis2.get("ContentType") or SoapVersion.SOAP12.media_type)
        kept = [part.strip() for part in written.split(";") if not part.strip().lower().startswith("action=")]
        message.axis2["ContentType"] = "; ".join([*kept, f'action="{action}"'])
        message.headers.set("Content-Type", message.axis2["ContentType"])
    else:
        message.headers.set("SOAPAction", f'"{action}"')


def _add(message: MessageContext, block: Element) -> None:
    header = header_of(message.payload.envelope(), create=True)
    assert header is not None
    header.append(block)


def _read(cls: type[Header], node: Node, build: Build) -> Header | None:
    children = [child for child in node.any_children() if child.tag != "description"]
    name = node.attribute("name")
    scope = node.choice("scope", ("default", "transport"), "default")
    action = node.choice(
        "action", ("set", "remove"), "set", strict=False, otherwise="anything but remove sets the header"
    )
    kind = node.choice("type", ("STRING", "OM"), "STRING", strict=False)
    expression = build.expression(node, "expression")
    value = node.attribute("value", empty_ok=True)
    transport, remove = scope == "transport", action == "remove"
    for child in children:
        child.accept_anything()
    if name is None and (not children or transport):
        node.error("SYN020", "A valid name attribute is required for the header mediator", hint='write name="..."')
        node.finish()
        return None
    namespace, local = _qualified(node, name or "", transport or bool(children and name is None))
    if not remove and value is None and not node.has("expression") and not children:
        node.error("SYN020", "A 'value' or 'expression' attribute is required for a [set] header mediator")
    if value is not None and value[:1] in "{$" and value[-1:] == "}" and len(value) > 2:
        node.warning(
            "SYN039",
            f"the value {value!r} is sent as it stands; only 'expression' is evaluated",
            attribute="value",
            hint='write expression="..." instead',
        )
    if transport and (name or "").lower() == "content-type":
        node.info(
            "SYN047",
            "a Content-Type set as a transport header is ignored when the message is written",
            attribute="name",
            hint="set the axis2 properties messageType and ContentType instead",
        )
    node.finish()
    if not remove and value is None and expression is None and not children:
        return None
    return cls(
        place=build.place(node),
        name=local,
        namespace=namespace,
        transport=transport,
        remove=remove,
        constant=value,
        expression=expression if value is None else None,
        as_xml=kind == "OM",
        blocks=tuple(standalone(child.element) for child in children) if value is None and expression is None else (),
    )


def _qualified(node: Node, name: str, free: bool) -> tuple[str, str]:
    """Namespace and local name of a header; problems for a prefix nobody declared and for bare unknown names."""
    if free:
        return "", name
    prefix, colon, local = name.rpartition(":")
    if colon:
        namespace = node.namespaces.get(prefix)
        if namespace is None:
            node.error(
                "SYN037",
                f"Invalid namespace prefix '{prefix}' in name attribute",
                attribute="name",
                hint=f'declare xmlns:{prefix}="..."',
            )
        return namespace or "", local
    if name not in ADDRESSING:
        node.error(
            "SYN022",
            f"Invalid SOAP header: {name} specified at the header mediator. All SOAP headers must be namespace "
            "qualified.",
            attribute="name",
            hint='for an HTTP header add scope="transport"',
        )
    return "", name
