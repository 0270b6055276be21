from __future__ import annotations

from typing import Any

import pytest

from engine.codecs.soap import Fault, SoapVersion, envelope_version, fault_envelope, make_envelope
from engine.codecs.xml import parse_xml
from engine.message.blob import Blob, BlobBody
from engine.message.context import MessageContext
from engine.message.exchange import Exchange
from engine.message.headers import Headers
from engine.message.payload import Payload
from engine.runtime.deployment import Deployment
from engine.runtime.properties import NO_BODY
from engine.runtime.reply import Answerer, status_of
from tests.fakes.flows import FakeServices
from tests.fakes.inbound import FakeInbound

pytestmark = pytest.mark.anyio


def a_reply(
    axis2: dict[str, object] | None = None,
    *,
    text: str | None = "body",
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> MessageContext:
    inbound = FakeInbound(method, "/a", headers)
    message = MessageContext(Exchange(inbound, Deployment(), FakeServices(), "c"), Payload(), Headers([]))
    if text is None:
        message.payload.clear()
    else:
        message.payload.set_text(text)
    message.axis2 = {"messageType": "text/plain", **(axis2 or {})}
    return message


async def sent(message: MessageContext) -> Any:
    await Answerer().answer(message)
    return message.exchange.inbound


@pytest.mark.parametrize(
    ("axis2", "status"),
    [
        ({}, 200),
        ({"HTTP_SC": 418}, 418),
        ({"HTTP_SC": "201"}, 201),
        ({"HTTP_SC": " 404 "}, 404),
        ({"HTTP_SC": ""}, 200),
        ({"HTTP_SC": "abc"}, 200),
        ({"HTTP_SC": 100}, 200),
        ({"HTTP_SC": 1000}, 200),
        ({"HTTP_SC": None}, 200),
        ({"SC_ACCEPTED": "true", "HTTP_SC": 500}, 202),
        ({"SC_ACCEPTED": False, "HTTP_SC": 500}, 500),
        ({"ERROR_CODE": 101503, "HTTP_SC": 200}, 502),
    ],
)
def test_status_by_properties(axis2: dict[str, object], status: int) -> None:
    assert status_of(a_reply(axis2)) == status


def test_status_that_is_none_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    status_of(a_reply({"HTTP_SC": "abc"}))
    assert "'abc'" in caplog.text


@pytest.mark.parametrize(
    ("axis2", "status"),
    [
        ({}, 500),
        ({"HTTP_SC": "200"}, 200),
        ({"FAULTS_AS_HTTP_200": "TRUE"}, 200),
    ],
)
def test_soap_fault_is_500_unless_told_otherwise(axis2: dict[str, object], status: int) -> None:
    for version in SoapVersion:
        message = a_reply(axis2)
        message.payload.set_envelope(fault_envelope(version, Fault("Server", "no")))
        assert status_of(message) == status


def test_fault_made_for_a_rest_client_is_500_until_its_payload_is_replaced() -> None:
    message = a_reply()
    message.fault = True
    message.payload.set_element(parse_xml(b"<Exception>no</Exception>"))
    assert status_of(message) == 500
    message.payload.set_element(parse_xml(b"<answer/>"))
    assert status_of(message) == 200


async def test_content_type_of_the_flow_counts_for_an_untouched_body() -> None:
    message = a_reply({"ContentType": "application/hal+json"})
    message.payload = Payload(BlobBody(Blob(b"{}")), "application/json")
    message.headers.set("Content-Type", "application/json")
    assert (await sent(message)).header("content-type") == "application/hal+json"


@pytest.mark.parametrize(
    ("axis2", "text", "expected"),
    [
        ({"NO_ENTITY_BODY": True}, "body", b""),
        ({"NO_ENTITY_BODY": "true"}, "body", b""),
        ({"NO_ENTITY_BODY": False}, "body", b"body"),
        ({"NO_ENTITY_BODY": NO_BODY}, "body", b"body"),
        ({"NO_ENTITY_BODY": NO_BODY}, None, b""),
        ({"HTTP_SC": 204}, "body", b""),
        ({"HTTP_SC": 304}, "body", b""),
        ({"HTTP_SC": 202}, "body", b"body"),
    ],
)
async def test_body_is_left_out_where_status_or_property_says_so(
    axis2: dict[str, object], text: str | None, expected: bytes
) -> None:
    answer = await sent(a_reply(axis2, text=text))
    assert answer.content == expected
    assert (answer.header("content-type") is None) == (expected == b"")


async def test_hop_by_hop_headers_stay_behind() -> None:
    message = a_reply()
    for name in ("Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Date", "User-Agent", "Host"):
        message.headers.set(name, "x")
    message.headers.set("Server", "back end")
    message.headers.set("X-Number", 7)
    message.replied = True
    answer = await sent(message)
    assert sorted(name.decode().lower() for name, _ in answer.pairs) == ["content-type", "host", "server"]


async def test_header_values_cannot_start_another_header() -> None:
    message = a_reply()
    message.headers.set("X-A", "a\r\nX-B: b")
    assert (await sent(message)).header("X-A") == "a X-B: b"


async def test_stream_announces_its_length_and_head_does_not_read_it() -> None:
    for method, content in (("POST", b"abc"), ("HEAD", b"")):
        message = a_reply(method=method)
        body = BlobBody(Blob(b"abc"))
        body.complete = None
        message.payload = Payload(body, "text/plain")
        answer = await sent(message)
        assert answer.content == content
        assert answer.header("content-length") == ("3" if method == "POST" else None)


async def test_disable_chunking_collects_a_stream_of_unknown_length() -> None:
    message = a_reply({"DISABLE_CHUNKING": "true"})
    body = BlobBody(Blob(b"abc"))
    body.complete = body.length = None
    message.payload = Payload(body, "text/plain")
    assert (await sent(message)).content == b"abc"
    assert message.payload.blob is not None


@pytest.mark.parametrize(
    ("axis2", "reason"),
    [
        ({"HTTP_SC": 422, "HTTP_SC_DESC": "No Way\r\nX: y"}, b"No Way X: y"),
        ({"HTTP_SC": 200, "HTTP_SC_DESC": "Fine", "ORIGINAL_STATUS_CODE": 200, "HTTP_REASON_PHRASE": "Fine"}, b"Fine"),
        ({"HTTP_SC": 404, "HTTP_SC_DESC": "Fine", "ORIGINAL_STATUS_CODE": 200, "HTTP_REASON_PHRASE": "Fine"}, b""),
        ({"HTTP_SC": 404, "HTTP_SC_DESC": "Mine", "ORIGINAL_STATUS_CODE": 200, "HTTP_REASON_PHRASE": "Fine"}, b"Mine"),
    ],
)
async def test_reason_phrase_is_the_flows_or_fits_the_status(axis2: dict[str, object], reason: bytes) -> None:
    assert (await sent(a_reply(axis2))).reason == reason


async def test_etag_follows_the_body() -> None:
    tags = {(await sent(a_reply({"HTTP_ETAG": True}, text=text))).header("etag") for text in ("a", "a", "b")}
    assert len(tags) == 2


@pytest.mark.parametrize("client", list(SoapVersion))
async def test_soap_goes_to_a_soap_client_in_its_version(client: SoapVersion) -> None:
    for version in SoapVersion:
        message = a_reply(
            {"messageType": version.media_type, "ContentType": version.media_type},
            headers={"Content-Type": client.media_type, "SOAPAction": '"urn:x"'},
        )
        message.rest = False
        message.payload.set_envelope(make_envelope(version, [parse_xml(b"<a/>")]))
        answer = await sent(message)
        assert envelope_version(parse_xml(answer.content)) is client
        assert (answer.header("content-type") or "").startswith(client.media_type)


async def test_soap_goes_to_other_clients_as_it_is() -> None:
    message = a_reply(
        {"messageType": "application/soap+xml", "ContentType": "application/soap+xml"},
        headers={"Content-Type": "application/json"},
    )
    message.payload.set_envelope(make_envelope(SoapVersion.SOAP12, [parse_xml(b"<a/>")]))
    assert envelope_version(parse_xml((await sent(message)).content)) is SoapVersion.SOAP12
