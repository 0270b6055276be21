from __future__ import annotations

import pytest

from engine.artifacts.local_entry import LocalEntry
from engine.errors import MediationError
from engine.message.blob import Blob, SpillFile
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import JsonValue, Nodes, TextNode, serialize, string_of
from engine.runtime.deployment import Deployment
from engine.source.document import Place
from tests.fakes.flows import a_message, client_of, problems_of, run_flow

pytestmark = pytest.mark.anyio

JSON = '{"a":{"b":1,"c":[1,2]},"s":"x","n":null}'
XML = '<r><a id="5">1</a><o><k>v</k></o><i>x</i><i>y</i></r>'


async def enriched(
    source: str,
    target: str,
    body: str = JSON,
    kind: str = "application/json",
    properties: dict[str, object] | None = None,
) -> MessageContext:
    message = a_message(body, kind, properties=properties)
    await run_flow(f"<enrich><source {source}<target {target}/></enrich>", message)
    return message


async def body_of(message: MessageContext) -> str:
    await message.exchange.answer(message)
    return client_of(message).body.decode()


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ('xpath="json-eval($.s)"/>', 'xpath="json-eval($.a.b)"', '{"a":{"b":"x","c":[1,2]},"s":"x","n":null}'),
        ('xpath="json-eval($.s)" clone="false"/>', 'xpath="json-eval($.a.b)"', '{"a":{"b":"x","c":[1,2]},"n":null}'),
        ('xpath="json-eval($.a)"/>', 'type="body"', '{"b":1,"c":[1,2]}'),
        (
            'type="inline">3</source>',
            'action="child" xpath="json-eval($.a.c)"',
            '{"a":{"b":1,"c":[1,2,3]},"s":"x","n":null}',
        ),
        (
            'type="inline">{"d":4}</source>',
            'action="child" xpath="json-eval($.a)"',
            '{"a":{"b":1,"c":[1,2],"d":4},"s":"x","n":null}',
        ),
        ('type="inline">null</source>', 'xpath="json-eval($.s)"', '{"a":{"b":1,"c":[1,2]},"s":null,"n":null}'),
        ('type="inline">{"v":{json-eval($.a.c)},"w":"{$ctx:p}"}</source>', 'type="body"', '{"v":[1,2],"w":"pv"}'),
        ('type="property" property="j"/>', 'xpath="json-eval($.s)"', '{"a":{"b":1,"c":[1,2]},"s":{"k":1},"n":null}'),
        ('type="property" property="p"/>', 'xpath="json-eval($.a)"', '{"a":"pv","s":"x","n":null}'),
        (
            'type="inline">renamed</source>',
            'type="key" xpath="json-eval($.a.b)"',
            '{"a":{"c":[1,2],"renamed":1},"s":"x","n":null}',
        ),
        ('xpath="json-eval($.s,$.a.c)"/>', 'type="body" action="remove"', '{"a":{"b":1},"n":null}'),
        ('xpath="json-eval($.a.c[0])"/>', 'type="body" action="remove"', '{"a":{"b":1,"c":[2]},"s":"x","n":null}'),
    ],
)
async def test_json_edits(source: str, target: str, expected: str) -> None:
    message = await enriched(source, target, properties={"p": "pv", "j": JsonValue({"k": 1})})
    assert message.payload.json_text().decode() == expected


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ('xpath="json-eval($.a)"/>', 'type="property" property="t"', '{"b":1,"c":[1,2]}'),
        ('xpath="json-eval($.s)"/>', 'type="property" property="t"', '"x"'),
        ('type="body"/>', 'type="property" property="t"', JSON),
        ('xpath="json-eval($.s)"/>', 'type="property" property="list" action="child"', '[0,"x"]'),
        ('xpath="json-eval($.k)"/>', 'type="property" property="j" action="remove"', '{"l":2}'),
    ],
)
async def test_json_to_a_property_is_text(source: str, target: str, expected: str) -> None:
    message = await enriched(source, target, properties={"list": "[0]", "j": '{"k":1,"l":2}'})
    name = target.split('property="')[1].split('"')[0]
    assert message.properties[name] == expected


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ('xpath="json-eval($.none)"/>', 'type="body"'),
        ('type="inline">1</source>', 'xpath="json-eval($.none.deep)"'),
        ('type="inline"><a xmlns=""/></source>', 'xpath="json-eval($.s)"'),
        ('xpath="json-eval($.none)"/>', 'type="body" action="remove"'),
    ],
)
async def test_json_that_leads_nowhere_is_a_fault(source: str, target: str) -> None:
    with pytest.raises(MediationError):
        await enriched(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ('xpath="json-eval($.s)"/>', 'type="body"'),
        ('type="inline">1</source>', 'xpath="json-eval($.a)" action="sibling"'),
        ('type="inline">1</source>', 'xpath="json-eval($.s)" action="child"'),
        ('type="property" property="none"/>', 'type="body"'),
    ],
)
async def test_json_that_cannot_be_put_there_is_logged_and_changes_nothing(
    source: str, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    message = await enriched(source, target)
    assert message.payload.json_text().decode() == JSON
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ('xpath="//o/k"/>', 'xpath="//a"', "<r><k>v</k><o><k>v</k></o><i>x</i><i>y</i></r>"),
        ('xpath="//o/k" clone="false"/>', 'xpath="//a"', "<r><k>v</k><o/><i>x</i><i>y</i></r>"),
        (
            'xpath="//i"/>',
            'xpath="//o" action="child"',
            '<r><a id="5">1</a><o><k>v</k><i>x</i><i>y</i></o><i>x</i><i>y</i></r>',
        ),
        ('xpath="//a/text()"/>', 'xpath="//a/@id"', '<r><a id="1">1</a><o><k>v</k></o><i>x</i><i>y</i></r>'),
        (
            'type="inline">word</source>',
            'xpath="//a/text()"',
            '<r><a id="5">word</a><o><k>v</k></o><i>x</i><i>y</i></r>',
        ),
        (
            'type="inline"><n xmlns=""/></source>',
            'xpath="//a/text()"',
            '<r><a id="5"><n/></a><o><k>v</k></o><i>x</i><i>y</i></r>',
        ),
        (
            'type="inline"><n xmlns=""/></source>',
            'xpath="//a" action="sibling"',
            '<r><a id="5">1</a><n/><o><k>v</k></o><i>x</i><i>y</i></r>',
        ),
        (
            'type="inline"><n xmlns=""/></source>',
            'type="body" action="child"',
            '<r><a id="5">1</a><o><k>v</k></o><i>x</i><i>y</i><n/></r>',
        ),
        ('type="inline"><n xmlns=""/></source>', 'type="body"', "<n/>"),
        ('xpath="//o"/>', 'type="body"', "<o><k>v</k></o>"),
        ('xpath="//i"/>', 'type="body" action="remove"', '<r><a id="5">1</a><o><k>v</k></o></r>'),
        ('type="property" property="text"/>', 'xpath="//o"', '<r><a id="5">1</a><o>pv</o><i>x</i><i>y</i></r>'),
        ('type="property" property="nodes"/>', 'type="body"', "<held/>"),
    ],
)
async def test_xml_edits(source: str, target: str, expected: str) -> None:
    from lxml import etree

    properties: dict[str, object] = {"text": "pv", "nodes": Nodes([etree.fromstring("<held/>")])}
    message = await enriched(source, target, XML, "application/xml", properties)
    assert await body_of(message) == expected


async def test_xml_in_a_property_is_a_list_of_nodes_of_its_own() -> None:
    message = await enriched('type="body"/>', 'type="property" property="t"', XML, "application/xml")
    held = message.properties["t"]
    assert isinstance(held, Nodes)
    element = message.payload.element()
    assert element is not None
    element.text = "changed"
    assert string_of(held) == XML


async def test_a_live_body_in_a_property_shows_later_changes() -> None:
    message = await enriched('type="body" clone="false"/>', 'type="property" property="t"', XML, "application/xml")
    element = message.payload.element()
    assert element is not None
    element[:] = []
    assert string_of(message.properties["t"]) == "<r/>"


async def test_json_text_from_a_property_becomes_the_json_body_of_an_xml_message() -> None:
    message = await enriched('type="property" property="j"/>', 'type="body"', XML, "application/xml", {"j": '{"a": 1}'})
    assert message.payload.json_text() == b'{"a": 1}'


async def test_an_xml_source_goes_into_the_body_of_a_json_message() -> None:
    message = await enriched('type="inline"><n xmlns="">1</n></source>', 'type="body"')
    assert await body_of(message) == '{"n":1}'


async def test_an_xpath_with_no_target_is_a_fault_and_one_with_no_source_changes_nothing() -> None:
    with pytest.raises(MediationError, match="Invalid Target object to be enrich"):
        await enriched('type="inline">1</source>', 'xpath="//none"', XML, "application/xml")
    message = await enriched('xpath="//none"/>', 'xpath="//a"', XML, "application/xml")
    assert await body_of(message) == XML


async def test_a_large_text_is_kept_in_a_property_and_put_back_without_being_read() -> None:
    file = SpillFile(None)
    file.write(b"a,b\n1,2\n")
    blob = Blob(file=file, size=8)
    message = a_message()
    message.payload.set_text_blob(blob, "latin-1")
    await run_flow('<enrich><source type="body"/><target type="property" property="csv"/></enrich>', message)
    held = message.properties["csv"]
    assert isinstance(held, Nodes)
    assert isinstance(held[0], TextNode)
    assert held[0].blob is blob
    message.payload.clear()
    await run_flow('<enrich><source type="property" property="csv"/><target type="body"/></enrich>', message)
    assert message.payload.kind is PayloadKind.TEXT
    assert (message.payload.blob, message.payload.charset) == (blob, "latin-1")


async def test_a_text_kept_in_a_property_replaces_a_json_body() -> None:
    message = a_message("a,b", "text/plain")
    await run_flow('<enrich><source type="body"/><target type="property" property="csv"/></enrich>', message)
    message.payload.set_json_text(b'{"reply":1}')
    await run_flow('<enrich><source type="property" property="csv"/><target type="body"/></enrich>', message)
    assert message.payload.text() == "a,b"


async def test_inline_content_may_come_from_a_local_entry() -> None:
    message = a_message(
        JSON, deployment=Deployment(local_entries={"E": LocalEntry("E", '{"k":1}', None, Place("e.xml"))})
    )
    await run_flow('<enrich><source type="inline" key="E"/><target type="body"/></enrich>', message)
    assert message.payload.json_text() == b'{"k":1}'


async def test_an_envelope_is_replaced_by_an_envelope_only() -> None:
    soap = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><b xmlns=""/></s:Body></s:Envelope>'
    message = await enriched(f'type="inline">{soap}</source>', 'type="envelope"', XML, "application/xml")
    element = message.payload.element()
    assert element is not None
    assert serialize(element).startswith("<b")
    with pytest.raises(MediationError, match="A SOAPEnvelope is expected"):
        await enriched('type="inline"><b xmlns=""/></source>', 'type="envelope"', XML, "application/xml")


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("/>", 'type="body"', ["SYN020"]),
        ('type="property"/>', 'type="body"', ["SYN020"]),
        ('type="inline"/>', 'type="body"', ["SYN025"]),
        ('type="boddy"/>', 'type="property" property="p"', ["SYN020", "SYN022"]),
        ('type="body"/>', 'type="inline"', ["SYN022"]),
        ('type="body"/>', 'type="body"', ["SYN046"]),
        ('type="envelope"/>', 'type="body"', ["SYN046"]),
        ('xpath="//a"/>', 'type="envelope"', ["SYN046"]),
        ('type="inline">1</source>', 'type="envelope" action="child"', ["SYN046"]),
        ('type="inline">1</source>', 'xpath="json-eval($)"', ["SYN046"]),
        ('type="body"/>', 'type="body" action="remove"', ["SYN046"]),
        ('xpath="json-eval($.a, $.b)"/>', 'type="body" action="remove"', ["SYN031"]),
        ('type="body"/>', 'type="key" xpath="json-eval($.a)"', ["SYN046"]),
        ('type="body"/>', 'type="property"', ["SYN020"]),
    ],
)
def test_combinations_that_cannot_work_are_found_when_deployed(source: str, target: str, expected: list[str]) -> None:
    found = [problem.code for problem in problems_of(f"<enrich><source {source}<target {target}/></enrich>")]
    assert found == expected
