from __future__ import annotations

import pytest

from engine.message.values import serialize
from tests.fakes.flows import a_message, client_of, problems_of, run_flow

pytestmark = pytest.mark.anyio

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
CODE = f'<code xmlns:s="{SOAP11}" value="s:Server"/>'


def envelope(namespace: str) -> str:
    return f'<e:Envelope xmlns:e="{namespace}"><e:Header><t>1</t></e:Header><e:Body><a/></e:Body></e:Envelope>'


@pytest.mark.parametrize(
    ("namespace", "kind", "parts"),
    [
        (
            SOAP11,
            "text/xml",
            [">s:Server</faultcode>", "<faultstring>it broke</faultstring>", "<faultactor>urn:r</faultactor>"],
        ),
        (SOAP12, "application/soap+xml", [">s:Receiver</", ">it broke</soapenv:Text>", "urn:r</soapenv:Role>"]),
    ],
)
async def test_a_soap_client_gets_an_envelope_of_its_version(namespace: str, kind: str, parts: list[str]) -> None:
    message = a_message(envelope(namespace), kind)
    message.rest = False
    await run_flow(f'<makefault>{CODE}<reason value="it broke"/><role>urn:r</role></makefault>', message)
    text = serialize(message.payload.envelope())
    assert [part for part in [*parts, "<t>1</t>", f'xmlns:s="{namespace}"'] if part not in text] == []
    assert message.axis2["messageType"] == kind
    assert message.is_response


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ("<a/>", "application/xml", "<Exception>it broke</Exception>"),
        ("{}", "application/json", '{"Exception":"it broke"}'),
    ],
)
@pytest.mark.parametrize("version", ["soap11", "pox"])
async def test_a_rest_client_gets_the_reason_in_its_kind(version: str, body: str, kind: str, expected: str) -> None:
    message = a_message(body, kind, properties={"why": "it broke"})
    code = CODE if version == "soap11" else ""
    await run_flow(f'<makefault version="{version}">{code}<reason expression="$ctx:why"/></makefault>', message)
    await message.exchange.answer(message)
    assert client_of(message).body.decode() == expected


async def test_of_pox_the_detail_comes_first() -> None:
    message = a_message("<a/>", "application/xml")
    await run_flow('<makefault version="pox"><reason value="r"/><detail>more</detail></makefault>', message)
    element = message.payload.element()
    assert element is not None
    assert serialize(element) == "<Exception>more</Exception>"


async def test_the_direction_stays_when_response_is_false() -> None:
    message = a_message("<a/>", "application/xml")
    message.to = "/x"
    await run_flow(f'<makefault response="false">{CODE}<reason value="r"/></makefault>', message)
    assert (message.is_response, message.to) == (False, "/x")


@pytest.mark.parametrize(
    ("xml", "codes"),
    [
        ('<makefault><reason value="r"/></makefault>', ["SYN025"]),
        (f"<makefault>{CODE}</makefault>", ["SYN025"]),
        ('<makefault><code value="Server"/><reason value="r"/></makefault>', ["SYN022"]),
        (f'<makefault><code xmlns:s="{SOAP11}" value="s:Nonsense"/><reason value="r"/></makefault>', ["SYN022"]),
        ('<makefault><code value="q:Server"/><reason value="r"/></makefault>', ["SYN037"]),
        (f'<makefault response="yes">{CODE}<reason value="r"/></makefault>', ["SYN022"]),
    ],
)
def test_faults_that_cannot_be_made_are_found_when_deployed(xml: str, codes: list[str]) -> None:
    assert [problem.code for problem in problems_of(xml) if problem.severity.value == "error"] == codes
