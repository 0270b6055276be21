from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from engine.artifacts.local_entry import LocalEntry
from engine.errors import MediationError
from engine.message.context import MessageContext
from engine.message.values import JsonValue, serialize
from engine.runtime.deployment import Deployment
from engine.source.document import Place
from tests.fakes.flows import a_message, problems_of, run_flow

pytestmark = pytest.mark.anyio

BODY = json.dumps(
    {
        "s": 'a "b" \\ c',
        "n": 1.5,
        "z": None,
        "t": True,
        "o": {"k": "v", "n": None},
        "l": [1, {"y": 2}],
        "num": "42",
        "js": '{"in":1}',
        "xm": "<i>1</i>",
        "amp": "a<b>&c",
        "dollar": "$1 ${x}",
        "od": {"p": "$1"},
    }
)


def arg(kind: str, text: str, extra: str = "") -> str:
    if kind == "value":
        return f"<arg value={quoteattr(text)} {extra}/>"
    return f'<arg evaluator="{kind}" expression={quoteattr(text)} {extra}/>'


async def built(
    template: str,
    *arguments: str,
    media: str = "json",
    body: str = BODY,
    kind: str = "application/json",
    extra: str = "",
    properties: dict[str, object] | None = None,
    variables: dict[str, object] | None = None,
) -> MessageContext:
    message = a_message(body, kind, properties=properties)
    message.variables.update(variables or {})
    args = f"<args>{''.join(arguments)}</args>" if arguments else ""
    await run_flow(
        f'<payloadFactory media-type="{media}" {extra}><format>{template}</format>{args}</payloadFactory>', message
    )
    return message


async def json_of(template: str, *arguments: str, **given: Any) -> str:
    return (await built(template, *arguments, **given)).payload.json_text().decode()


async def xml_of(template: str, *arguments: str, **given: Any) -> str:
    element = (await built(template, *arguments, media="xml", **given)).payload.element()
    assert element is not None
    return serialize(element)


@pytest.mark.parametrize(
    ("template", "argument", "expected"),
    [
        ('{"v":"$1"}', arg("json", "$.s"), '{"v":"a \\"b\\" \\\\ c"}'),
        ('{"v":$1}', arg("json", "$.n"), '{"v":1.5}'),
        ('{"v":$1}', arg("json", "$.z"), '{"v":null}'),
        ('{"v":$1}', arg("json", "$.o"), '{"v":{"k":"v","n":null}}'),
        ('{"v":$1}', arg("json", "json-eval($.l)"), '{"v":[1,{"y":2}]}'),
        ('{"v":$1}', arg("json", "$.none"), '{"v":}'),
        ('{"v":"$1"}', arg("json", "$.none"), '{"v":""}'),
        ('{"v":"$1"}', arg("json", "$.xm"), '{"v":"<i>1</i>"}'),
        ('{"v":"$1"}', arg("json", "$.dollar"), '{"v":"$1 ${x}"}'),
        ('{"v":$1}', arg("json", "$.od"), '{"v":{"p":"$1"}}'),
        # A value alone between quotes that is an object replaces them; inside a longer text it is text.
        ('{"v":"$1"}', arg("json", "$.o"), '{"v":{"k":"v","n":null}}'),
        ('{"v":"x $1"}', arg("json", "$.l"), '{"v":"x [1,{\\"y\\":2}]"}'),
        ('{"v":"$1"}', arg("json", "$.js"), '{"v":{"in":1}}'),
        ('{"v":"$1"}', arg("json", "$.o", 'literal="true"'), '{"v":"{\\"k\\":\\"v\\",\\"n\\":null}"}'),
        ('{"v":$1}', arg("xml", "//o"), '{"v":{"o":{"k":"v","n":null}}}'),
        ('{"v":"$1"}', arg("xml", "//o"), '{"v":{"o":{"k":"v","n":null}}}'),
        ('{"v":"$1"}', arg("xml", "//num"), '{"v":"42"}'),
        ('{"v":$1}', arg("xml", "count(//l)"), '{"v":2.0}'),
        ('{"v":"$1"}', arg("xml", "$ctx:none"), '{"v":""}'),
        ('{"v":"$1"}', arg("value", 'a<b "q" \\'), '{"v":"a&lt;b &quot;q&quot; \\\\"}'),
        ('{"v":$1}', arg("value", "<a><b>1</b></a>"), '{"v":{"a":{"b":1}}}'),
        ("$1", arg("json", "$.l"), '[1,{"y":2}]'),
    ],
)
async def test_arguments_in_a_json_template(template: str, argument: str, expected: str) -> None:
    assert await json_of(template, argument) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"v":${payload.n},"w":"${payload.n}"}', '{"v":1.5,"w":"1.5"}'),
        ('{"v":"${payload.s}"}', '{"v":"a \\"b\\" \\\\ c"}'),
        ('{"v":${payload.o}}', '{"v":{"k":"v","n":null}}'),
        ('{"v":"${payload.l}"}', '{"v":"[1,{\\"y\\":2}]"}'),
        ('{"v":"a ${payload.o} b"}', '{"v":"a {\\"k\\":\\"v\\",\\"n\\":null} b"}'),
        ('{"v":${payload.z},"w":"${payload.z}"}', '{"v":null,"w":""}'),
        ('{"v":"${payload.none}"}', '{"v":""}'),
        ("{\"v\":\"${payload.t ? 'big' : 'small'}\"}", '{"v":"big"}'),
        ('{"v":"${vars.quoted}"}', '{"v":"say \\"hi\\""}'),
        ('{"v":"${vars.escaped}"}', '{"v":"a\\nb"}'),
        ('{"v":"${xpath(\'//o\')}"}', '{"v":"<o><k>v</k><n/></o>"}'),
        ("{\"v\":${xpath('//o')}}", '{"v":{"o":{"k":"v","n":null}}}'),
        ('{"v":"$${payload.num}","w":"100$"}', '{"v":"$42","w":"100$"}'),
        ('{"${payload.num}":1}', '{"42":1}'),
        ('{"v":${vars.j.a}}', '{"v":[1,2.50]}'),
    ],
)
async def test_expressions_in_a_json_template(template: str, expected: str) -> None:
    variables: dict[str, object] = {
        "quoted": 'say "hi"',
        "escaped": "a\\nb",
        "j": JsonValue({"a": [1, 2.5]}, '{"a":[1,2.50]}'),
    }
    found = await json_of(template, variables=variables)
    assert found.replace("2.50", "2.5") == expected.replace("2.50", "2.5")


@pytest.mark.parametrize(
    ("template", "arguments", "expected"),
    [
        ("<v>$1</v>", [arg("json", "$.o")], "<v><k>v</k><n/></v>"),
        ("<v>$1</v>", [arg("json", "$.l")], "<v><jsonElement>1</jsonElement><jsonElement><y>2</y></jsonElement></v>"),
        ("<v>$1</v>", [arg("json", "$.o", 'literal="true"')], '<v>{"k":"v","n":null}</v>'),
        ("<v>$1</v>", [arg("json", "$.amp")], "<v>a&lt;b>&amp;c</v>"),
        ("<v>$1</v>", [arg("json", "$.xm")], "<v><i>1</i></v>"),
        ("<v>$1</v>", [arg("xml", "//num")], "<v>42</v>"),
        ("<v>$1</v>", [arg("xml", "//o")], "<v><o><k>v</k><n/></o></v>"),
        ("<v>$1</v>", [arg("xml", "$ctx:json")], '<v>{"a":"1 &amp; 2"}</v>'),
        ('<v a="$1"/>', [arg("json", "$.xm")], '<v a="&lt;i>1&lt;/i>"/>'),
        ('<v a="$1"/>', [arg("value", 'x & "y"')], '<v a="x &amp; &quot;y&quot;"/>'),
        ("<v>${payload.o}</v>", [], "<v><k>v</k><n/></v>"),
        ("<v>${payload.xm}</v>", [], "<v>&lt;i>1&lt;/i></v>"),
        ("<v>${payload.s}</v>", [], '<v>a "b" \\\\ c</v>'),
        ("<v>${vars.x}</v>", [], "<v><r><b>B</b></r></v>"),
        ("<v>${xpath('//o/k')}</v>", [], "<v>v</v>"),
        ("<v>$2 $1</v>", [arg("value", "a"), arg("value", "b")], "<v>b a</v>"),
        ("<v/>tail", [], "<v/>"),
    ],
)
async def test_an_xml_template(template: str, arguments: list[str], expected: str) -> None:
    written = f"<![CDATA[{template}]]>"
    message = a_message(BODY, properties={"json": '{"a":"1 & 2"}'})
    await run_flow('<variable name="x" type="XML" value="&lt;r>&lt;b>B&lt;/b>&lt;/r>"/>', message)
    await run_flow(
        f"<payloadFactory><format>{written}</format><args>{''.join(arguments)}</args></payloadFactory>", message
    )
    element = message.payload.element()
    assert element is not None
    assert serialize(element) == expected


async def test_an_inline_element_loses_blanks_between_elements_and_its_empty_default_namespace() -> None:
    template = '\n  <a xmlns="">\n    <b>x y</b>\n  </a>\n'
    assert await xml_of(template) == "<a><b>x y</b></a>"


async def test_an_inline_element_without_xmlns_is_in_the_namespace_of_the_definition() -> None:
    assert await xml_of("<a/>") == '<a xmlns="http://ws.apache.org/ns/synapse"/>'


async def test_a_template_without_slots_gives_every_message_an_element_of_its_own() -> None:
    first, second = [await built('<a xmlns=""/>', media="xml") for _ in range(2)]
    element = first.payload.element()
    assert element is not None
    element.text = "changed"
    other = second.payload.element()
    assert other is not None
    assert other.text is None


async def test_an_envelope_replaces_the_whole_envelope() -> None:
    soap = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><x xmlns="">$1</x></s:Body></s:Envelope>'
    )
    message = await built(soap, arg("value", "5"), media="xml")
    element = message.payload.element()
    assert element is not None
    assert element.text == "5"
    assert message.payload.soap.name == "SOAP12"


@pytest.mark.parametrize(
    ("template", "arguments", "expected"),
    [
        ("Hi $1|$2", [arg("json", "$.o"), arg("json", "$.s")], 'Hi {"k":"v","n":null}|a "b" \\ c'),
        ("[$1]", [arg("value", "a & b")], "[a &amp; b]"),
        ("[$1]", [arg("value", "<i>1</i>")], "[<i>1</i>]"),
        ("${payload.s} ${payload.none}.", [], 'a "b" \\ c .'),
        ("price $1, tip $2, $1", [arg("value", "1")], "price 1, tip $2, $1"),
    ],
)
async def test_a_text_template(template: str, arguments: list[str], expected: str) -> None:
    message = await built(f"<![CDATA[{template}]]>", *arguments, media="text")
    assert message.payload.text() == expected


@pytest.mark.parametrize(
    ("media", "before", "after"),
    [
        ("json", "application/xml", "application/json"),
        ("text", "application/json", "text/plain"),
        ("xml", "application/json", "application/xml"),
        ("xml", "text/xml", "text/xml"),
    ],
)
async def test_content_types_follow_the_new_body(media: str, before: str, after: str) -> None:
    body = "{}" if media == "json" else '<a xmlns=""/>'
    message = a_message()
    message.axis2.update({"messageType": before, "ContentType": before, "NO_ENTITY_BODY": True})
    await run_flow(f'<payloadFactory media-type="{media}"><format>{body}</format></payloadFactory>', message)
    assert (message.axis2["messageType"], message.axis2["ContentType"]) == (after, after)
    assert "NO_ENTITY_BODY" not in message.axis2
    assert message.headers.get("content-type") == (None if after == before else after)


async def test_what_gson_would_read_leniently_is_sent_as_built_and_read_by_later_expressions() -> None:
    message = await built("{\"name\": ${payload.num}x, b: 'c'}")
    await run_flow(
        '<property name="p" expression="${payload.name}"/><property name="q" expression="json-eval($.b)"/>', message
    )
    assert message.payload.json_text() == b"{\"name\": 42x, b: 'c'}"
    assert (message.properties["p"], message.properties["q"]) == ("42x", "c")


async def test_an_expression_used_twice_is_evaluated_once() -> None:
    text = await json_of('{"a":"${now()}","b":"${now()}"}')
    value = json.loads(text)
    assert value["a"] == value["b"]


async def test_strings_get_quotes_when_a_property_says_so() -> None:
    properties: dict[str, object] = {"QUOTE_STRING_IN_PAYLOAD_FACTORY_JSON": "true"}
    arguments = [arg("json", path) for path in ("$.s", "$.num", "$.t", "$.o")]
    text = await json_of('{"s":$1,"num":$2,"t":$3,"o":$4}', *arguments, properties=properties)
    assert json.loads(text) == {"s": 'a "b" \\ c', "num": 42, "t": True, "o": {"k": "v", "n": None}}


async def test_escape_xml_chars_escapes_line_breaks_in_strings_only() -> None:
    body = json.dumps({"text": '{\n"a": "x\r\ny"}'})
    text = await json_of("$1", arg("json", "$.text"), body=body, extra='escapeXmlChars="true"')
    assert text == '{\n"a": "x\\r\\ny"}'


@pytest.mark.parametrize(
    ("media", "template", "message_part"),
    [
        ("json", "=$1", "Error creating JSON Payload from source"),
        ("xml", "plain $1", "not a valid XML payload"),
        ("xml", "<![CDATA[<a>$1]]>", "Error creating SOAP Envelope from source"),
    ],
)
async def test_what_cannot_be_built_is_a_fault(media: str, template: str, message_part: str) -> None:
    with pytest.raises(MediationError, match=message_part) as caught:
        await built(template, arg("value", "x"), media=media)
    assert caught.value.code == 0


async def test_a_template_by_key_comes_from_the_deployment_of_the_message() -> None:
    entry = LocalEntry("T", '{"v":"$1","w":${payload.n}}', None, Place("t.xml"))
    message = a_message(BODY, deployment=Deployment(local_entries={"T": entry}))
    flow = '<payloadFactory media-type="json"><format key="{$ctx:k}"/><args><arg value="x"/></args></payloadFactory>'
    message.properties["k"] = "T"
    await run_flow(flow, message)
    assert message.payload.json_text() == b'{"v":"x","w":1.5}'


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<payloadFactory media-type="jsn"><format>x</format></payloadFactory>', ["SYN022"]),
        ("<payloadFactory/>", ["SYN025"]),
        (
            '<payloadFactory media-type="json"><format>["$2"]</format><args><arg value="x"/></args></payloadFactory>',
            ["SYN090"],
        ),
        (
            '<payloadFactory media-type="json"><format>{"a":$1</format><args><arg value="x"/></args></payloadFactory>',
            ["SYN091"],
        ),
        ('<payloadFactory media-type="json"><format>{"a" 1}</format></payloadFactory>', ["SYN091"]),
        ('<payloadFactory media-type="json"><format>{$1}</format><args><arg value="x"/></args></payloadFactory>', []),
        (
            '<payloadFactory media-type="json"><format>{"a":[$1],"b":"x $1"}</format><args><arg value="x"/></args>'
            "</payloadFactory>",
            [],
        ),
        ("<payloadFactory><format><![CDATA[<a><b></a>]]></format></payloadFactory>", ["SYN092"]),
        ('<payloadFactory media-type="json"><format>{}</format><args><arg/></args></payloadFactory>', ["SYN020"]),
        (
            '<payloadFactory media-type="json"><format>{}</format><args><arg expression=" "/></args></payloadFactory>',
            ["SYN021"],
        ),
        (
            '<payloadFactory media-type="json"><format>{}</format><args><arg expression="${payload.x}"/></args>'
            "</payloadFactory>",
            ["SYN030"],
        ),
        (
            '<payloadFactory media-type="json"><format>{}</format><args><arg expression="json-eval($.x)"/></args>'
            "</payloadFactory>",
            ["SYN030"],
        ),
        ('<payloadFactory media-type="json"><format>{"a":${payload. }}</format></payloadFactory>', ["SYN032"]),
    ],
)
def test_mistakes_are_found_when_the_file_is_deployed(xml: str, expected: list[str]) -> None:
    assert [problem.code for problem in problems_of(xml)] == expected


def test_a_mistake_in_a_template_names_the_line_it_is_on() -> None:
    xml = '<payloadFactory media-type="json"><format>\n{\n  "a": 1,\n  "b": $1\n}</format></payloadFactory>'
    [problem] = problems_of(xml)
    assert (problem.code, problem.line, problem.column) == ("SYN090", 4, 8)
