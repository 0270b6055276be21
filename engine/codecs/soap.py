"""SOAP envelopes: making them, looking into them, changing their version."""

from __future__ import annotations

from lxml import etree

Element = etree._Element

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
VERSIONS = (SOAP11, SOAP12)

# Codes that mean the same in both versions (SOAP 1.2 part 1, appendix A).
_TO_SOAP12 = {"Client": "Sender", "Server": "Receiver"}
_TO_SOAP11 = {"Sender": "Client", "Receiver": "Server", "DataEncodingUnknown": "Client"}


def new_envelope(namespace: str = SOAP11) -> Element:
    """An envelope of this version with an empty body."""
    envelope = etree.Element(f"{{{namespace}}}Envelope", nsmap={"soapenv": namespace})
    etree.SubElement(envelope, f"{{{namespace}}}Body")
    return envelope


def version_of(element: Element) -> str | None:
    """The SOAP namespace when `element` is an envelope, else None."""
    for namespace in VERSIONS:
        if element.tag == f"{{{namespace}}}Envelope":
            return namespace
    return None


def _part(envelope: Element, name: str) -> Element | None:
    namespace = version_of(envelope)
    return None if namespace is None else envelope.find(f"{{{namespace}}}{name}")


def body_of(envelope: Element) -> Element | None:
    """The Body of an envelope."""
    return _part(envelope, "Body")


def header_of(envelope: Element, *, create: bool = False) -> Element | None:
    """The Header of an envelope; made in front of the body when `create` says so."""
    header = _part(envelope, "Header")
    if header is None and create:
        header = etree.Element(f"{{{version_of(envelope)}}}Header")
        envelope.insert(0, header)
    return header


def is_fault(element: Element | None) -> bool:
    """Whether a body child is a SOAP fault."""
    return element is not None and element.tag in (f"{{{SOAP11}}}Fault", f"{{{SOAP12}}}Fault")


def first_child(element: Element) -> Element | None:
    """The first child element."""
    return next((child for child in element if isinstance(child.tag, str)), None)


def fault(namespace: str, code: str, reason: str, *, node: str = "", role: str = "", detail: Element | str | None = None) -> Element:
    """A Fault element of this version; `code` is the local name of its own version, `reason` plain text."""
    made = etree.Element(f"{{{namespace}}}Fault", nsmap={"soapenv": namespace})
    if namespace == SOAP11:
        etree.SubElement(made, "faultcode").text = f"soapenv:{code}"
        etree.SubElement(made, "faultstring").text = reason
        if role or node:
            etree.SubElement(made, "faultactor").text = role or node
        holder = "detail"
    else:
        value = etree.SubElement(etree.SubElement(made, f"{{{SOAP12}}}Code"), f"{{{SOAP12}}}Value")
        value.text = f"soapenv:{code}"
        text = etree.SubElement(etree.SubElement(made, f"{{{SOAP12}}}Reason"), f"{{{SOAP12}}}Text")
        text.text = reason
        text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        if node:
            etree.SubElement(made, f"{{{SOAP12}}}Node").text = node
        if role:
            etree.SubElement(made, f"{{{SOAP12}}}Role").text = role
        holder = f"{{{SOAP12}}}Detail"
    if detail is not None:
        target = etree.SubElement(made, holder)
        if isinstance(detail, str):
            target.text = detail
        else:
            target.append(detail)
    return made


def fault_reason(element: Element) -> str:
    """The human text of a fault of either version."""
    found = element.find("faultstring")
    if found is None:
        found = element.find(f"{{{SOAP12}}}Reason/{{{SOAP12}}}Text")
    return (found.text or "") if found is not None else ""


def convert(envelope: Element, namespace: str) -> Element:
    """The same message as an envelope of the other version; faults are rewritten, header blocks moved."""
    if version_of(envelope) == namespace:
        return envelope
    twin = new_envelope(namespace)
    header = header_of(envelope)
    if header is not None and len(header):
        target = header_of(twin, create=True)
        assert target is not None
        target.extend(list(header))
    body, source = body_of(twin), body_of(envelope)
    assert body is not None
    for child in list(source) if source is not None else ():
        body.append(_converted_fault(child, namespace) if is_fault(child) else child)
    return twin


def _converted_fault(element: Element, namespace: str) -> Element:
    if namespace == SOAP12:
        code = (element.findtext("faultcode") or "Server").rpartition(":")[2].partition(".")[0]
        detail = element.find("detail")
        made = fault(SOAP12, _TO_SOAP12.get(code, code), fault_reason(element), role=element.findtext("faultactor") or "")
        holder = f"{{{SOAP12}}}Detail"
    else:
        code = (element.findtext(f"{{{SOAP12}}}Code/{{{SOAP12}}}Value") or "Receiver").rpartition(":")[2]
        detail = element.find(f"{{{SOAP12}}}Detail")
        made = fault(SOAP11, _TO_SOAP11.get(code, code), fault_reason(element), role=element.findtext(f"{{{SOAP12}}}Role") or "")
        holder = "detail"
    if detail is not None:
        target = etree.SubElement(made, holder)
        target.text = detail.text
        target.extend(list(detail))
    return made
