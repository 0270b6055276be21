"""What the `format` of an endpoint makes of a message, and of the reply for a SOAP client."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.fakes.backends import refused, reply
from tests.fakes.inbound import FakeInbound
from tests.fakes.served import Served, fault_of

SOAP11, SOAP12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"


def flow(attributes: str, more: str = "") -> str:
    return f'<call><endpoint><address uri="http://b/svc" {attributes}>{more}</address></endpoint></call><respond/>'


def envelope(version: str, content: str = "<o:order xmlns:o='urn:o'><o:id>7</o:id></o:order>") -> str:
    return f'<s:Envelope xmlns:s="{version}"><s:Body>{content}</s:Body></s:Envelope>'


async def from_soap11(served: Served) -> FakeInbound:
    return await served.client.send(
        "POST", "/t/x", {"Content-Type": "text/xml", "SOAPAction": '"urn:act"'}, envelope(SOAP11)
    )


async def from_soap12(served: Served) -> FakeInbound:
    media = 'application/soap+xml; charset=UTF-8; action="urn:act"'
    return await served.client.send("POST", "/t/x", {"Content-Type": media}, envelope(SOAP12))


async def from_xml(served: Served) -> FakeInbound:
    return await served.client.send("POST", "/t/x", {"Content-Type": "application/xml"}, "<o:order xmlns:o='urn:o'/>")


CLIENTS = {"soap11": from_soap11, "soap12": from_soap12, "xml": from_xml, "json": Served.post}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("name", "version"), [("soap11", SOAP11), ("soap12", SOAP12)])
async def test_soap_formats_send_an_envelope_of_their_version(client: str, name: str, version: str) -> None:
    served = Served(flow(f'format="{name}"'))
    await CLIENTS[client](served)
    sent = served.backends.last
    root = etree.fromstring(sent.body)
    assert root.tag == f"{{{version}}}Envelope"
    assert len(root.find(f"{{{version}}}Body")) == 1
    assert sent.method == "POST"
    assert sent.path == "/svc"
    media = sent.headers["content-type"]
    assert media.startswith("text/xml" if version == SOAP11 else "application/soap+xml")
    if client.startswith("soap"):
        assert ("urn:act" in media) == (version == SOAP12)
        assert version == SOAP12 or sent.headers["soapaction"] == '"urn:act"'


async def test_an_unread_envelope_of_the_right_version_is_not_touched() -> None:
    served = Served(flow('format="soap11"'))
    await from_soap11(served)
    assert served.backends.last.body == envelope(SOAP11).encode()
    assert served.services.formats.build_count == 0


async def test_pox_sends_the_payload_alone() -> None:
    served = Served(flow('format="pox"'))
    await from_soap12(served)
    sent = served.backends.last
    assert etree.fromstring(sent.body).tag == "{urn:o}order"
    assert sent.headers["content-type"].startswith("application/xml")
    assert sent.headers["soapaction"] == "urn:act"


async def test_pox_of_json_is_the_xml_view() -> None:
    served = Served(flow('format="pox"'))
    await served.post('{"a": 1}')
    assert served.backends.last.body == b"<jsonObject><a>1</a></jsonObject>"


async def test_get_puts_the_payload_into_the_url() -> None:
    served = Served(flow('format="get"'))
    await served.client.send(
        "POST",
        "/t/x?z=1",
        {"Content-Type": "application/xml"},
        "<o:order xmlns:o='urn:o'><o:id>7 8</o:id><n/></o:order>",
    )
    sent = served.backends.last
    assert (sent.method, sent.path, sent.body) == ("GET", "/svc/x/order?z=1&id=7+8&n=", b"")
    assert "content-type" not in sent.headers


async def test_the_message_itself_stays_as_it_was_for_the_fault_sequence() -> None:
    served = Served(flow('format="soap11"'), b=refused())
    answer = await served.post('{"a" : 1}')
    assert fault_of(answer)[0] == "101503"
    assert answer.content == b'{"a" : 1}'
    assert str(answer.header("Content-Type")).startswith("application/json")


@pytest.mark.parametrize(("client", "version"), [("soap11", SOAP11), ("soap12", SOAP12)])
@pytest.mark.parametrize("name", ["pox", "rest"])
async def test_a_soap_client_gets_the_reply_in_its_envelope(client: str, version: str, name: str) -> None:
    served = Served(flow(f'format="{name}"'), b=reply({"ok": True}))
    answer = await CLIENTS[client](served)
    root = etree.fromstring(answer.content)
    assert root.tag == f"{{{version}}}Envelope"
    assert root.findtext(".//jsonObject/ok") == "true"


async def test_a_rest_client_gets_the_reply_as_it_came() -> None:
    served = Served(flow('format="pox"'), b=reply({"ok": True}))
    assert (await from_xml(served)).json == {"ok": True}


async def test_an_envelope_of_the_other_version_is_converted_for_the_client() -> None:
    served = Served(flow('format="soap12"'), b=reply(envelope(SOAP12), "application/soap+xml"))
    answer = await from_soap11(served)
    assert etree.fromstring(answer.content).tag == f"{{{SOAP11}}}Envelope"
    assert str(answer.header("Content-Type")).startswith("text/xml")


async def test_an_action_set_by_the_flow_is_sent() -> None:
    served = Served('<header name="Action" value="urn:new"/>' + flow('format="soap11"'))
    await served.post()
    assert served.backends.last.headers["soapaction"] == '"urn:new"'


async def test_an_action_set_on_soap12_goes_into_the_content_type() -> None:
    served = Served('<log level="full"/><header name="Action" value="urn:new"/>' + flow(""))
    await from_soap12(served)
    assert 'action="urn:new"' in served.backends.last.headers["content-type"]


async def test_addressing_headers_are_written_once() -> None:
    served = Served(flow('format="soap11"', '<enableAddressing version="final"/>'))
    await from_soap11(served)
    header = etree.fromstring(served.backends.last.body).find(f"{{{SOAP11}}}Header")
    wsa = "http://www.w3.org/2005/08/addressing"
    assert header.findtext(f"{{{wsa}}}To") == "http://b/svc"
    assert header.findtext(f"{{{wsa}}}Action") == "urn:act"
    assert header.findtext(f"{{{wsa}}}MessageID").startswith("urn:uuid:")
    assert header.findtext(f"{{{wsa}}}ReplyTo/{{{wsa}}}Address") == f"{wsa}/anonymous"


async def test_encoding_is_that_of_the_endpoint() -> None:
    served = Served(flow('format="pox" encoding="ISO-8859-1"'))
    await served.client.send("POST", "/t/x", {"Content-Type": "application/xml"}, "<a>é</a>")
    assert served.backends.last.body == "<a>é</a>".encode("latin-1")
    assert "ISO-8859-1" in served.backends.last.headers["content-type"]
