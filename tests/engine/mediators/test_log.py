from __future__ import annotations

import logging

import pytest

from engine.source.document import Place
from tests.fakes.flows import a_message, problems_of, run_flow

pytestmark = pytest.mark.anyio

MediationLog = "synflow.LogMediator"


async def line_of(xml: str, caplog: pytest.LogCaptureFixture, body: str = '{"a":"x","o":{"k":1}}') -> str:
    caplog.set_level(logging.DEBUG, MediationLog)
    message = a_message(body, properties={"p": "pv"})
    message.to = "/here"
    message.message_id = "urn:uuid:1"
    await run_flow(xml, message)
    [record] = [each for each in caplog.records if each.name == MediationLog]
    return record.getMessage()


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (
            '<log level="custom"><property name="a" value="1"/><property name="b" expression="$ctx:p"/></log>',
            "a = 1, b = pv",
        ),
        (
            '<log level="custom" separator="\\n"><property name="a" value="1"/><property name="b" value="2"/></log>',
            "a = 1\nb = 2",
        ),
        ('<log level="custom"><property name="a" expression="$ctx:none"/></log>', "a = null"),
        ('<log level="custom"><property name="a" expression="//none"/></log>', "a = "),
        ('<log level="custom"><property name="a" expression="json-eval($.o)"/></log>', 'a = {"k":1}'),
        ('<log level="custom"><property name="a" expression="${payload.none}"/></log>', "a = "),
        (
            '<log><message>Got ${payload.a}\\t${payload.o}</message><property name="p" expression="$ctx:p"/></log>',
            'Got x\t{"k":1}, p = pv',
        ),
        ('<log level="custom"><message>m</message></log>', "m"),
        ("<log/>", "To: /here, MessageID: urn:uuid:1, correlation_id: correlation, Direction: request"),
        (
            '<log level="full" separator=" | "/>',
            "To: /here | MessageID: urn:uuid:1 | correlation_id: correlation | Direction: request | Payload: "
            '{"a":"x","o":{"k":1}}',
        ),
        (
            '<log logMessageID="true"><message>m</message></log>',
            "MessageID: urn:uuid:1, correlation_id: correlation, m",
        ),
        ('<log level="headers"><property name="a" value="1"/></log>', "a = 1"),
    ],
)
async def test_what_a_line_holds(xml: str, expected: str, caplog: pytest.LogCaptureFixture) -> None:
    assert await line_of(xml, caplog) == expected


@pytest.mark.parametrize(
    ("category", "level"),
    [
        ("INFO", logging.INFO),
        (" error ", logging.ERROR),
        ("Warn", logging.WARNING),
        ("FATAL", logging.CRITICAL),
        ("DEBUG", logging.DEBUG),
    ],
)
async def test_categories_whatever_their_spelling(category: str, level: int, caplog: pytest.LogCaptureFixture) -> None:
    await line_of(f'<log level="custom" category="{category}"><property name="a" value="1"/></log>', caplog)
    assert caplog.records[-1].levelno == level


async def test_a_custom_log_of_properties_does_not_read_the_body(caplog: pytest.LogCaptureFixture) -> None:
    message = a_message('{"a":1}')
    await run_flow('<log level="custom"><property name="p" expression="$trp:X"/></log>', message)
    assert not message.payload.built


async def test_a_full_log_of_xml_shows_the_envelope(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, MediationLog)
    await run_flow('<log logFullPayload="true"/>', a_message("<r/>", "application/xml"))
    assert "Envelope: <soapenv:Envelope" in caplog.records[-1].getMessage()
    assert "<r/>" in caplog.records[-1].getMessage()


def test_mistakes_are_found_when_deployed() -> None:
    problems = problems_of('<log level="all" category="LOUD"><property value="1"/><message>${payload.}</message></log>')
    assert sorted(problem.code for problem in problems) == ["SYN020", "SYN022", "SYN022", "SYN032"]
    assert all(Place(problem.file, problem.line).line == 1 for problem in problems)
