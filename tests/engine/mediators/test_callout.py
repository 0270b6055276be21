from __future__ import annotations

import pytest

from tests.fakes.backends import refused, reply
from tests.fakes.flows import problems_of
from tests.fakes.inbound import FakeInbound
from tests.fakes.served import Served, fault_of

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ORDER = f'<s:Envelope xmlns:s="{SOAP}"><s:Body><o><id>7</id></o></s:Body></s:Envelope>'
ANSWER = f'<s:Envelope xmlns:s="{SOAP}"><s:Body><r>ok</r></s:Body></s:Envelope>'


def flow(inside: str = "", attributes: str = 'serviceURL="http://b/svc" action="urn:a"') -> str:
    return f"<callout {attributes}>{inside}</callout><respond/>"


async def soap(served: Served) -> FakeInbound:
    return await served.client.send("POST", "/t/x", {"Content-Type": "text/xml", "SOAPAction": '"urn:x"'}, ORDER)


async def test_the_whole_envelope_is_sent_and_replaced() -> None:
    served = Served(flow(), b=reply(ANSWER, "text/xml"))
    answer = await soap(served)
    assert b"<id>7</id>" in served.backends.last.body
    assert served.backends.last.headers["soapaction"] == '"urn:a"'
    assert "<r>ok</r>" in answer.text
    assert "<id>" not in answer.text


async def test_source_and_target_paths() -> None:
    served = Served(flow('<source xpath="//id"/><target xpath="//id"/>'), b=reply(ANSWER, "text/xml"))
    answer = await soap(served)
    assert b"<o>" not in served.backends.last.body
    assert "<o><r>ok</r></o>" in answer.text


async def test_a_target_key_keeps_the_element() -> None:
    header = "<header name='X-R' scope='transport' expression='$ctx:r'/><respond/>"
    served = Served(
        flow('<source type="envelope"/><target key="r"/>').replace("<respond/>", header), b=reply(ANSWER, "text/xml")
    )
    answer = await soap(served)
    assert answer.header("X-R") == "ok"
    assert "<id>7</id>" in answer.text


async def test_json_is_sent_and_replaced_whatever_the_target_says() -> None:
    served = Served(flow('<source xpath="//id"/><target key="r"/>'), b=reply({"n": 2}))
    assert (await served.post('{"n": 1}')).json == {"n": 2}
    assert served.backends.last.body == b'{"n": 1}'


async def test_a_source_that_is_no_element_is_a_fault() -> None:
    served = Served(flow('<source key="none"/>'))
    assert fault_of(await soap(served))[1] == "The property : none is not an OMElement"


async def test_a_failure_is_a_callout_fault() -> None:
    served = Served(flow(), b=refused())
    assert fault_of(await soap(served))[0] == "401000"


async def test_an_endpoint_by_key() -> None:
    served = Served(
        flow("", 'endpointKey="E"'),
        '<endpoint name="E"><address uri="http://e/p"/></endpoint>',
        e=reply(ANSWER, "text/xml"),
    )
    await soap(served)
    assert served.backends.last.url == "http://e/p"


@pytest.mark.parametrize(
    ("inside", "code"),
    [("<source/>", "SYN020"), ("<target/>", "SYN020"), ('<source xpath="//["/>', "SYN030"), ("<enableSec/>", "SYN074")],
)
def test_mistakes_are_told(inside: str, code: str) -> None:
    assert code in [problem.code for problem in problems_of(f'<callout serviceURL="http://b/">{inside}</callout>')]
