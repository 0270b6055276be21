from __future__ import annotations

import pytest

from engine.message.context import MessageContext
from engine.message.values import serialize
from tests.fakes.flows import a_message, problems_of, run_flow

pytestmark = pytest.mark.anyio

SOAP = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:old xmlns:h="urn:h">1</h:old>'
    "</s:Header><s:Body><b/></s:Body></s:Envelope>"
)
SOAP12 = SOAP.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")


async def soap_message(text: str = SOAP, kind: str = "text/xml") -> MessageContext:
    message = a_message(text, kind, headers={"SOAPAction": '"urn:old"'})
    message.rest = False
    await message.build()
    return message


def blocks(message: MessageContext) -> list[str]:
    from engine.codecs.soap import header_of

    header = header_of(message.payload.envelope())
    return [] if header is None else [serialize(block) for block in header]


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<header name="X-A" value="1" scope="transport"/>', "1"),
        ('<header name="x-a" expression="json-eval($.a)" scope="transport"/>', "v"),
        ('<header name="X-A" value="{$ctx:p}" scope="transport"/>', "{$ctx:p}"),
        ('<header name="X-A" expression="$ctx:none" scope="transport"/>', ""),
        ('<header name="x-A" scope="transport" action="remove"/>', None),
    ],
)
async def test_transport_headers(xml: str, expected: str | None) -> None:
    message = a_message('{"a":"v"}', headers={"X-A": "old"})
    await run_flow(xml, message)
    assert message.headers.get("X-A") == expected


async def test_addressing_headers() -> None:
    message = a_message()
    await run_flow('<header name="To" value="http://h/x"/><header name="ReplyTo" value="urn:r"/>', message)
    assert (message.to, message.addressing["ReplyTo"]) == ("http://h/x", "urn:r")
    await run_flow('<header name="To" action="remove"/>', message)
    assert message.to is None


async def test_the_action_of_a_soap_message_is_announced_where_its_version_wants_it() -> None:
    message = await soap_message()
    await run_flow('<header name="Action" value="urn:new"/>', message)
    assert message.headers.get("SOAPAction") == '"urn:new"'
    message = await soap_message(SOAP12, 'application/soap+xml; action="urn:old"; charset=UTF-8')
    await run_flow('<header name="Action" value="urn:new"/>', message)
    assert message.axis2["ContentType"] == 'application/soap+xml; charset=UTF-8; action="urn:new"'


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (
            '<header xmlns:h="urn:h" name="h:new" value="2"/>',
            ['<h:old xmlns:h="urn:h">1</h:old>', '<ns0:new xmlns:ns0="urn:h">2</ns0:new>'],
        ),
        ('<header xmlns:h="urn:h" name="h:old" action="remove"/>', []),
        ('<header xmlns:h="urn:h" name="h:other" action="remove"/>', ['<h:old xmlns:h="urn:h">1</h:old>']),
        ('<header><t xmlns="">T</t></header>', ['<h:old xmlns:h="urn:h">1</h:old>', "<t>T</t>"]),
        (
            '<header xmlns:h="urn:h" name="h:new" value="&lt;i>1&lt;/i>" type="OM"/>',
            ['<h:old xmlns:h="urn:h">1</h:old>', '<ns0:new xmlns:ns0="urn:h"><i>1</i></ns0:new>'],
        ),
    ],
)
async def test_soap_headers(xml: str, expected: list[str]) -> None:
    message = await soap_message()
    await run_flow(xml, message)
    found = [
        text.replace('<h:new xmlns:h="urn:h">', '<ns0:new xmlns:ns0="urn:h">').replace("</h:new>", "</ns0:new>")
        for text in blocks(message)
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("xml", "codes"),
    [
        ('<header name="X-A" value="1"/>', ["SYN022"]),
        ('<header name="q:x" value="1"/>', ["SYN037"]),
        ('<header value="1"/>', ["SYN020"]),
        ('<header name="To"/>', ["SYN020"]),
        ('<header name="X" value="1" scope="axis2"/>', ["SYN022", "SYN022"]),
    ],
)
def test_headers_that_cannot_be_set_are_found_when_deployed(xml: str, codes: list[str]) -> None:
    assert [problem.code for problem in problems_of(xml) if problem.severity.value == "error"] == codes
