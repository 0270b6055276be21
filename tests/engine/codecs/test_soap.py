import pytest
from lxml import etree

from engine.codecs.soap import (
    Fault,
    SoapVersion,
    convert_envelope,
    envelope_version,
    fault_envelope,
    first_element,
    inspect_envelope,
    make_envelope,
    read_fault,
)
from engine.codecs.xml import parse_xml, serialize_text

S11 = "http://schemas.xmlsoap.org/soap/envelope/"
S12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP11, SOAP12 = SoapVersion.SOAP11, SoapVersion.SOAP12


def canonical(element: etree._Element) -> str:
    return str(etree.canonicalize(serialize_text(element), strip_text=True, rewrite_prefixes=True))


def test_an_envelope_has_a_header_only_when_there_is_one() -> None:
    assert serialize_text(make_envelope(SOAP11, [parse_xml("<a/>")])) == (
        f'<soapenv:Envelope xmlns:soapenv="{S11}"><soapenv:Body><a/></soapenv:Body></soapenv:Envelope>'
    )
    full = make_envelope(SOAP12, [], [parse_xml("<h/>")])
    parts = inspect_envelope(full)
    assert parts is not None
    assert (parts.version, parts.payload, parts.fault) == (SOAP12, None, None)
    assert parts.header is not None
    assert [block.tag for block in parts.header] == ["h"]


def test_looking_into_envelopes_and_other_elements() -> None:
    root = parse_xml(f'<s:Envelope xmlns:s="{S11}"><s:Body><!-- c --><a/><b/></s:Body></s:Envelope>')
    parts = inspect_envelope(root)
    assert parts is not None
    assert parts.header is None
    assert parts.payload is not None
    assert parts.payload.tag == "a"
    for other in ("<a/>", f'<s:Envelope xmlns:s="{S11}"/>', "<Envelope><Body/></Envelope>"):
        assert inspect_envelope(parse_xml(other)) is None
    assert envelope_version(parse_xml("<Envelope/>")) is None
    assert first_element(parse_xml("<a/>")) is None
    assert (SOAP11.media_type, SOAP12.media_type) == ("text/xml", "application/soap+xml")


def test_faults_carry_the_prefix_their_author_chose() -> None:
    fault = Fault("Server", "it broke", prefix="s")
    assert serialize_text(fault_envelope(SOAP11, fault)) == (
        f'<soapenv:Envelope xmlns:soapenv="{S11}"><soapenv:Body><soapenv:Fault>'
        f'<faultcode xmlns:s="{S11}">s:Server</faultcode><faultstring>it broke</faultstring>'
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    full = Fault("Receiver", "r", "urn:role", "urn:node", (parse_xml("<d>more</d>"),), "s12")
    element = fault_envelope(SOAP12, full)
    assert b"xmlns:s12=" in etree.tostring(element)
    assert canonical(element) == canonical(
        parse_xml(
            f'<e:Envelope xmlns:e="{S12}"><e:Body><e:Fault><e:Code><e:Value xmlns:s12="{S12}">s12:Receiver'
            '</e:Value></e:Code><e:Reason><e:Text xml:lang="en">r</e:Text></e:Reason>'
            "<e:Node>urn:node</e:Node><e:Role>urn:role</e:Role><e:Detail><d>more</d></e:Detail></e:Fault></e:Body></e:Envelope>"
        )
    )
    parts = inspect_envelope(element)
    assert parts is not None
    assert parts.fault is not None


@pytest.mark.parametrize("version", SoapVersion)
def test_faults_read_back_as_they_were_made(version: SoapVersion) -> None:
    node = "urn:node" if version is SOAP12 else ""
    fault = Fault(version.fault_codes[-1], "why", "urn:role", node, "detail text", "p")
    parts = inspect_envelope(fault_envelope(version, fault))
    assert parts is not None
    assert parts.fault is not None
    assert read_fault(parts.fault) == fault
    if version is SOAP11:
        odd = parse_xml(f'<Fault xmlns="{S11}"><faultcode>a:Client</faultcode><faultstring>w</faultstring></Fault>')
        assert read_fault(odd) == Fault("Client", "w", prefix="a")
    bare = parse_xml(f'<s:Fault xmlns:s="{version.namespace}"/>')
    assert read_fault(bare) == Fault("", "", prefix="soapenv")


@pytest.mark.parametrize(
    ("old", "code", "new_code"),
    [
        (SOAP11, "Client", "Sender"),
        (SOAP11, "Server", "Receiver"),
        (SOAP11, "Client.Auth", "Sender"),
        (SOAP11, "MustUnderstand", "MustUnderstand"),
        (SOAP11, "Odd", "Receiver"),
        (SOAP12, "Sender", "Client"),
        (SOAP12, "Receiver", "Server"),
        (SOAP12, "DataEncodingUnknown", "Client"),
        (SOAP12, "VersionMismatch", "VersionMismatch"),
        (SOAP12, "Odd", "Server"),
    ],
)
def test_fault_codes_are_mapped_between_versions(old: SoapVersion, code: str, new_code: str) -> None:
    new = SOAP12 if old is SOAP11 else SOAP11
    envelope = fault_envelope(old, Fault(code, "why", "urn:r", "", (parse_xml("<d/>"), parse_xml("<e/>"))))
    parts = inspect_envelope(convert_envelope(envelope, new))
    assert parts is not None
    assert parts.fault is not None
    fault = read_fault(parts.fault)
    assert (parts.version, fault.code, fault.reason, fault.role) == (new, new_code, "why", "urn:r")
    assert [element.tag for element in fault.detail if not isinstance(element, str)] == ["d", "e"]


def test_messages_change_version_and_back() -> None:
    root = parse_xml(
        f'<s:Envelope xmlns:s="{S11}" xmlns:o="urn:o"><s:Header><o:h s:mustUnderstand="1" '
        f's:actor="http://schemas.xmlsoap.org/soap/actor/next">x</o:h></s:Header>'
        f"<s:Body><o:a><n>1</n></o:a>\n<b/></s:Body></s:Envelope>"
    )
    new = convert_envelope(root, SOAP12)
    assert S11 not in serialize_text(new)
    parts = inspect_envelope(new)
    assert parts is not None
    assert parts.header is not None
    block = parts.header[0]
    assert dict(block.items()) == {f"{{{S12}}}mustUnderstand": "true", f"{{{S12}}}role": f"{S12}/role/next"}
    assert [child.tag for child in parts.body] == ["{urn:o}a", "b"]
    assert canonical(convert_envelope(new, SOAP11)) == canonical(root)
    assert convert_envelope(root, SOAP11) is root
    with pytest.raises(ValueError, match="<a> is no SOAP envelope"):
        convert_envelope(parse_xml("<a/>"), SOAP11)
