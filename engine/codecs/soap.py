"""SOAP 1.1 and 1.2 envelopes: make them, look into them, turn one version into the other, report faults."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import field
from enum import Enum

from lxml import etree

from engine.records import dataclass

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class SoapVersion(Enum):
    """A version of SOAP by its envelope namespace."""

    SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
    SOAP12 = "http://www.w3.org/2003/05/soap-envelope"

    @property
    def namespace(self) -> str:
        """The namespace of its elements."""
        return self.value

    @property
    def media_type(self) -> str:
        """The content type of its messages."""
        return "text/xml" if self is SoapVersion.SOAP11 else "application/soap+xml"

    @property
    def fault_codes(self) -> tuple[str, ...]:
        """The fault codes it knows."""
        return _CODES[self]

    def tag(self, name: str) -> str:
        """An element name in its namespace."""
        return f"{{{self.value}}}{name}"


_CODES = {
    SoapVersion.SOAP11: ("VersionMismatch", "MustUnderstand", "Client", "Server"),
    SoapVersion.SOAP12: ("VersionMismatch", "MustUnderstand", "DataEncodingUnknown", "Sender", "Receiver"),
}
_TO_12 = {"Client": "Sender", "Server": "Receiver"}
_TO_11 = {"Sender": "Client", "Receiver": "Server", "DataEncodingUnknown": "Client"}
_NEXT = {
    "http://schemas.xmlsoap.org/soap/actor/next": "http://www.w3.org/2003/05/soap-envelope/role/next",
}
_NEXT_11 = {role: actor for actor, role in _NEXT.items()}


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope taken apart; the parts are live elements of the tree. `fault` is set when the body is
    one.
    """

    version: SoapVersion
    root: etree._Element
    header: etree._Element | None
    body: etree._Element
    fault: etree._Element | None

    @property
    def payload(self) -> etree._Element | None:
        """The first element in the body."""
        return first_element(self.body)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a fault says, in the words of neither version.

    `code` is a local name of the version it is for; `prefix` the one written before it; `detail` what goes
    inside the detail element: elements, or text.
    """

    code: str
    reason: str
    role: str = ""
    node: str = ""
    detail: str | tuple[etree._Element, ...] = field(default=())
    prefix: str = "soapenv"
    lang: str = "en"


def first_element(parent: etree._Element) -> etree._Element | None:
    """The first child that is an element."""
    return next((child for child in parent if isinstance(child.tag, str)), None)


def make_envelope(
    version: SoapVersion = SoapVersion.SOAP11,
    content: Iterable[etree._Element] = (),
    headers: Iterable[etree._Element] = (),
) -> etree._Element:
    """Make an envelope around elements; they move into it. A Header is made only when there is something
    in it.
    """
    root = etree.Element(version.tag("Envelope"), nsmap={"soapenv": version.namespace})
    blocks = list(headers)
    if blocks:
        etree.SubElement(root, version.tag("Header")).extend(blocks)
    body = etree.SubElement(root, version.tag("Body"))
    for element in content:
        element.tail = None
        body.append(element)
    return root


def envelope_version(element: etree._Element) -> SoapVersion | None:
    """The version of an Envelope, None for any other element."""
    return next((version for version in SoapVersion if element.tag == version.tag("Envelope")), None)


def inspect_envelope(element: etree._Element) -> Envelope | None:
    """Take an envelope apart; None for an element that is none, or has no Body."""
    version = envelope_version(element)
    if version is None:
        return None
    body = element.find(version.tag("Body"))
    if body is None:
        return None
    payload = first_element(body)
    fault = payload if payload is not None and payload.tag == version.tag("Fault") else None
    return Envelope(version, element, element.find(version.tag("Header")), body, fault)


def convert_envelope(element: etree._Element, version: SoapVersion) -> etree._Element:
    """The same message in another version, as a new tree; in the same version the element itself.

    Header blocks keep their meaning (actor and role, mustUnderstand), fault codes are mapped.
    Raises ValueError for an element that is no envelope.
    """
    envelope = inspect_envelope(element)
    if envelope is None:
        raise ValueError(f"<{etree.QName(element).localname}> is no SOAP envelope with a body")
    if envelope.version is version:
        return element
    headers = [_convert_block(copy.deepcopy(block), version) for block in _elements(envelope.header)]
    if envelope.fault is not None:
        return fault_envelope(version, _convert_fault(read_fault(envelope.fault), version), headers)
    content = [copy.deepcopy(child) for child in _elements(envelope.body)]
    return make_envelope(version, content, headers)


def fault_envelope(version: SoapVersion, fault: Fault, headers: Iterable[etree._Element] = ()) -> etree._Element:
    """An envelope that reports a fault; detail elements are copied."""
    root = make_envelope(version, (), headers)
    # Built in its place: a move would drop the declaration of a second prefix for the same namespace, which
    # the text of the fault code needs.
    _add_fault(root[-1], version, fault)
    return root


def _add_fault(body: etree._Element, version: SoapVersion, fault: Fault) -> None:
    root = etree.SubElement(body, version.tag("Fault"))
    code = f"{fault.prefix}:{fault.code}"
    names = {fault.prefix: version.namespace}
    if version is SoapVersion.SOAP11:
        etree.SubElement(root, "faultcode", nsmap=names).text = code
        etree.SubElement(root, "faultstring").text = fault.reason
        if fault.role:
            etree.SubElement(root, "faultactor").text = fault.role
        if fault.detail:
            _fill(etree.SubElement(root, "detail"), fault.detail)
        return
    holder = etree.SubElement(root, version.tag("Code"))
    etree.SubElement(holder, version.tag("Value"), nsmap=names).text = code
    text = etree.SubElement(etree.SubElement(root, version.tag("Reason")), version.tag("Text"))
    text.set(XML_LANG, fault.lang)
    text.text = fault.reason
    if fault.node:
        etree.SubElement(root, version.tag("Node")).text = fault.node
    if fault.role:
        etree.SubElement(root, version.tag("Role")).text = fault.role
    if fault.detail:
        _fill(etree.SubElement(root, version.tag("Detail")), fault.detail)


def read_fault(element: etree._Element) -> Fault:
    """What a Fault element of either version says; missing parts are ""."""
    if element.tag == SoapVersion.SOAP11.tag("Fault"):
        # Some senders put the parts into a namespace although SOAP 1.1 has them in none.
        parts = {etree.QName(child).localname: child for child in _elements(element)}
        texts = {name: (child.text or "").strip() for name, child in parts.items()}
        prefix, code = _split(texts.get("faultcode", ""))
        reason, actor = texts.get("faultstring", ""), texts.get("faultactor", "")
        return Fault(code, reason, actor, "", _detail(parts.get("detail")), prefix)
    tag = SoapVersion.SOAP12.tag
    prefix, code = _split(element.findtext(f"{tag('Code')}/{tag('Value')}", ""))
    text = element.find(f"{tag('Reason')}/{tag('Text')}")
    return Fault(
        code,
        (text.text or "").strip() if text is not None else "",
        element.findtext(tag("Role"), "").strip(),
        element.findtext(tag("Node"), "").strip(),
        _detail(element.find(tag("Detail"))),
        prefix,
        str(text.get(XML_LANG, "en")) if text is not None else "en",
    )


def _elements(parent: etree._Element | None) -> list[etree._Element]:
    return [child for child in parent if isinstance(child.tag, str)] if parent is not None else []


def _split(code: str) -> tuple[str, str]:
    prefix, colon, local = code.strip().partition(":")
    return (prefix, local) if colon else ("soapenv", prefix)


def _detail(element: etree._Element | None) -> str | tuple[etree._Element, ...]:
    if element is None:
        return ()
    children = tuple(copy.deepcopy(child) for child in element if isinstance(child.tag, str))
    return children or (element.text or "").strip()


def _fill(holder: etree._Element, detail: str | tuple[etree._Element, ...]) -> None:
    if isinstance(detail, str):
        holder.text = detail
        return
    for element in detail:
        inside = copy.deepcopy(element)
        inside.tail = None
        holder.append(inside)


def _convert_fault(fault: Fault, version: SoapVersion) -> Fault:
    # SOAP 1.1 lets a code be refined by dots (Client.Authentication); only the first part has a counterpart.
    code = fault.code.partition(".")[0]
    table = _TO_12 if version is SoapVersion.SOAP12 else _TO_11
    code = table.get(code, code)
    if code not in version.fault_codes:
        code = "Receiver" if version is SoapVersion.SOAP12 else "Server"
    return Fault(code, fault.reason, fault.role, fault.node, fault.detail, "soapenv", fault.lang)


def _convert_block(block: etree._Element, version: SoapVersion) -> etree._Element:
    old = SoapVersion.SOAP11 if version is SoapVersion.SOAP12 else SoapVersion.SOAP12
    block.tail = None
    understand = _take(block, old.tag("mustUnderstand"))
    if understand is not None:
        wanted = understand in ("1", "true")
        block.set(
            version.tag("mustUnderstand"),
            str(int(wanted)) if version is SoapVersion.SOAP11 else str(wanted).lower(),
        )
    if version is SoapVersion.SOAP12:
        actor = _take(block, old.tag("actor"))
        if actor is not None:
            block.set(version.tag("role"), _NEXT.get(actor, actor))
    else:
        role = _take(block, old.tag("role"))
        _take(block, old.tag("relay"))
        if role is not None:
            block.set(version.tag("actor"), _NEXT_11.get(role, role))
    etree.cleanup_namespaces(block)
    return block


def _take(block: etree._Element, name: str) -> str | None:
    value = block.get(name)
    if value is None:
        return None
    del block.attrib[name]
    return str(value)


def body_of(envelope: etree._Element) -> etree._Element | None:
    """The Body of an envelope of either version."""
    version = envelope_version(envelope)
    return None if version is None else envelope.find(version.tag("Body"))


def header_of(envelope: etree._Element, *, create: bool = False) -> etree._Element | None:
    """The Header of an envelope of either version, made in front of the Body when `create` says so."""
    version = envelope_version(envelope)
    if version is None:
        return None
    header = envelope.find(version.tag("Header"))
    if header is None and create:
        header = etree.Element(version.tag("Header"))
        envelope.insert(0, header)
    return header
