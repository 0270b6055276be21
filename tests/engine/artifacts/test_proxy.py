from __future__ import annotations

import pytest

from engine.artifacts.base import read_artifacts
from engine.artifacts.proxy import Proxy
from engine.diagnostics import Problem, Problems, Severity
from engine.source.document import SYNAPSE
from tests.fakes.flows import document

RESPOND = "<inSequence><respond/></inSequence>"
WSDL = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
<wsdl:portType name="P"><wsdl:operation name="getQuote"/></wsdl:portType>
<wsdl:binding name="B" type="P"><wsdl:operation name="getQuote"><soap:operation soapAction="urn:q"/></wsdl:operation>
</wsdl:binding></wsdl:definitions>"""


def read(content: str, attributes: str = 'name="P"') -> tuple[Proxy | None, list[Problem]]:
    problems = Problems()
    xml = f'<proxy xmlns="{SYNAPSE}" {attributes}>{content}</proxy>'
    artifacts, _ = read_artifacts(document(xml), problems)
    item = artifacts[0].item if artifacts else None
    assert item is None or isinstance(item, Proxy)
    return item, problems.sorted()


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        ("", "SYN025", "Target is required"),
        ("<target/>", "SYN071", "inSequence or endpoint"),
        ("<target><outSequence><drop/></outSequence></target>", "SYN071", "inSequence or endpoint"),
        (f"<target>{RESPOND}</target><publishWSDL/>", "SYN072", "names no WSDL"),
        (
            f'<target>{RESPOND}</target><publishWSDL uri="file:/nowhere/x.wsdl"/>',
            "SYN072",
            "Error reading from wsdl uri",
        ),
        (f'<target>{RESPOND}</target><publishWSDL><definitions xmlns="urn:x"/></publishWSDL>', "SYN072", "definitions"),
        (f"<target>{RESPOND}</target><enableSec/>", "SYN074", "WS-Security"),
    ],
)
def test_unusable_proxy_is_an_error(content: str, code: str, text: str) -> None:
    proxy, problems = read(content)
    assert proxy is None
    assert [
        each for each in problems if each.code == code and text in each.message and each.severity is Severity.ERROR
    ], problems


def test_safe_mode_turns_an_unreadable_wsdl_into_a_warning() -> None:
    proxy, problems = read(
        f'<target>{RESPOND}</target><publishWSDL uri="file:/nowhere/x.wsdl"/>'
        '<parameter name="enablePublishWSDLSafeMode">true</parameter>'
    )
    assert proxy is not None
    assert [(each.code, each.severity) for each in problems] == [("SYN072", Severity.WARNING)]


def test_operations_are_chosen_by_action_and_by_path_never_otherwise() -> None:
    proxy, problems = read(f"<target>{RESPOND}</target><publishWSDL>{WSDL}</publishWSDL>")
    assert problems == []
    assert proxy is not None
    assert proxy.wsdl is not None
    operations = proxy.wsdl.operations
    assert operations is not None
    assert operations.chosen("urn:q", "") == "getQuote"
    assert operations.chosen("", "/getQuote?x=1") == "getQuote"
    assert operations.chosen("", "") is None
    assert operations.chosen("urn:other", "/x") is None


def test_attributes_and_parameters_are_read() -> None:
    proxy, problems = read(
        f'<target>{RESPOND}</target><parameter name="inbound.only"> true </parameter><description>d</description>',
        'name="P" transports="https,http" startOnLoad="false" pinnedServers="one two" statistics="enable"',
    )
    assert problems == []
    assert proxy is not None
    assert proxy.transports == {"http", "https"}
    assert proxy.start_on_load is False
    assert proxy.pinned_servers == {"one", "two"}
    assert proxy.parameter("inbound.only") == "true"
    assert proxy.parameter("other") == ""


@pytest.mark.parametrize(
    ("attributes", "code"),
    [('transports="HTTP"', "SYN070"), ('transports="htpp https"', "SYN070"), ('trace="on"', "SYN022")],
)
def test_attribute_without_effect_is_said(attributes: str, code: str) -> None:
    proxy, problems = read(f"<target>{RESPOND}</target>", f'name="P" {attributes}')
    assert proxy is not None
    assert [(each.code, each.severity) for each in problems] == [(code, Severity.WARNING)]


def test_misplaced_target_is_reported_where_it_stands() -> None:
    problems = read(f'\n\n<target xmlns="urn:other">{RESPOND}</target>')[1]
    assert ("SYN025", 3) in [(each.code, each.line) for each in problems]


def test_misspelt_sequence_of_the_target_is_said() -> None:
    _, problems = read(f"<target>{RESPOND}<outSequenec/></target>")
    assert [(each.code, each.hint) for each in problems] == [("SYN013", "did you mean <outSequence>?")]
