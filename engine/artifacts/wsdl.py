"""WSDL of proxy services: the operations a published one allows, and one made for a proxy that publishes none."""

from __future__ import annotations

from lxml import etree

from engine.records import dataclass

Element = etree._Element

WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP_BINDINGS = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")


@dataclass(frozen=True, slots=True)
class WsdlOperations:
    """The operations of a WSDL, with the SOAP actions that choose them."""

    names: frozenset[str]
    by_action: dict[str, str]

    def chosen(self, action: str, path: str) -> str | None:
        """The operation for a SOAP action or for the path after the service name; the body's root never decides."""
        if action and action in self.by_action:
            return self.by_action[action]
        first = path.lstrip("/").partition("?")[0].partition("/")[0]
        return first if first in self.names else None


def read_operations(definitions: Element) -> WsdlOperations:
    """The operations of a `wsdl:definitions`. Raises ValueError when it is none or has no operation."""
    if definitions.tag != f"{{{WSDL}}}definitions":
        raise ValueError(f"its root element is {definitions.tag!r}, not definitions of {WSDL}")
    names: set[str] = set()
    by_action: dict[str, str] = {}
    for operation in definitions.iter(f"{{{WSDL}}}operation"):
        name = operation.get("name")
        if not name:
            continue
        names.add(name)
        by_action.setdefault(f"urn:{name}", name)
        for binding in _SOAP_BINDINGS:
            soap = operation.find(f"{{{binding}}}operation")
            if soap is not None and soap.get("soapAction"):
                by_action[soap.get("soapAction", "")] = name
    if not names:
        raise ValueError("it has no operation")
    return WsdlOperations(frozenset(names), by_action)


def generated_wsdl(name: str, address: str) -> bytes:
    """The WSDL of a proxy that publishes none: one operation, `mediate`, that takes and gives anything."""
    from html import escape

    name, address = escape(name), escape(address)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="{WSDL}" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ns="http://ws.apache.org/axis2"
 targetNamespace="http://ws.apache.org/axis2">
 <wsdl:types><xs:schema targetNamespace="http://ws.apache.org/axis2" elementFormDefault="qualified">
  <xs:element name="mediate"><xs:complexType><xs:sequence><xs:any minOccurs="0" processContents="skip"/>\
</xs:sequence></xs:complexType></xs:element>
 </xs:schema></wsdl:types>
 <wsdl:message name="mediateRequest"><wsdl:part name="parameters" element="ns:mediate"/></wsdl:message>
 <wsdl:message name="mediateResponse"><wsdl:part name="parameters" element="ns:mediate"/></wsdl:message>
 <wsdl:portType name="{name}PortType"><wsdl:operation name="mediate">
  <wsdl:input message="ns:mediateRequest"/><wsdl:output message="ns:mediateResponse"/>
 </wsdl:operation></wsdl:portType>
 <wsdl:binding name="{name}Soap11Binding" type="ns:{name}PortType">
  <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
  <wsdl:operation name="mediate"><soap:operation soapAction="urn:mediate" style="document"/>
   <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
  </wsdl:operation>
 </wsdl:binding>
 <wsdl:service name="{name}"><wsdl:port name="{name}HttpSoap11Endpoint" binding="ns:{name}Soap11Binding">
  <soap:address location="{address}"/>
 </wsdl:port></wsdl:service>
</wsdl:definitions>
""".encode()
