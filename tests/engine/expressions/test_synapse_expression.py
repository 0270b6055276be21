from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from engine.errors import ExpressionError, PayloadError
from engine.expressions import compile_expression
from engine.expressions.base import ExpressionSyntaxError
from engine.message.blob import Blob
from engine.message.context import MessageContext, TemplateFrame
from engine.message.values import JsonValue, Nodes, TextNode
from tests.fakes.flows import FakeServices, a_message

pytestmark = pytest.mark.anyio


class Registry:
    def text(self, path: str) -> str | None:
        return {"conf:/a": '{"k":[7]}', "conf:/a@owner": "me"}.get(path)

    def write(self, path: str, text: str) -> None:
        raise AssertionError(path)

    def file_property(self, name: str) -> str | None:
        return {"from.file": "filed"}.get(name)


async def message_with(body: str = "", kind: str = "application/json", **given: Any) -> MessageContext:
    message = a_message(body, kind, services=FakeServices(registry=Registry()), **given)
    await message.build()
    return message


def text(source: str, message: MessageContext, namespaces: dict[str, str] | None = None) -> str | None:
    return compile_expression(source, namespaces or {}).text(message)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${payload.a.b}", "x"),
        ("${payload.t}", "true"),
        ("${payload.i}", "5"),
        ("${payload.neg}", "-5"),
        ("${payload.zero}", "0"),
        ("${payload.d}", "4.0"),
        ("${payload.n}", ""),
        ("${payload.none.deep}", ""),
        ("${payload.quoted}", "in"),
        ("${payload.members}", '{"members":1}'),
        ("${payload.list[1]}", "2.50"),
        ("${payload.list}", "[1,2.50]"),
        ("${xpath('//b')}", "x"),
        ("${xpath('count(//list)')}", "2.0"),
        ("${xpath('$ctx:absent')}", ""),
        ("${headers.X-Id}", "7"),
        ("${props.synapse.p}", "pv"),
        ("${props.axis2.HTTP_METHOD}", "POST"),
        ("${params.queryParams.q}", "qv"),
        ("${params.pathParams.id}", "42"),
        ("${configs.ENV_VALUE}", "from env"),
        ('${configs["from.file"]}', "filed"),
        ("${configs.nowhere}", ""),
        ('${registry("conf:/a").k[0]}', "7"),
        ('${registry("conf:/a").property("owner")}', "me"),
        ("${wso2-vault('ENV_VALUE')}", "from env"),
        ("${wso2-vault('nowhere')}", ""),
    ],
)
async def test_text_on_a_json_message(source: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV_VALUE", "from env")
    body = (
        '{"a":{"b":"x"},"t":true,"i":5,"neg":-5,"zero":0,"d":4.00,"n":null,"quoted":"\'in\'","members":{"members":1},'
        '"list":[1,2.50]}'
    )
    message = await message_with(
        body, headers={"X-Id": "007"}, properties={"p": "pv", "query.param.q": "qv", "uri.var.id": "42"}
    )
    assert text(source, message) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${vars.text}", "t"),
        ("${vars.json.a[0]}", "1"),
        ("${vars.json}", '{"a":[1]}'),
        ("${vars.xml}", "<r><b>B</b></r>"),
        ("${xpath('/b','xml')}", "B"),
        ("${xpath('/r/b','reply.payload')}", "B"),
        ("${xpath('/r/b','reply.none')}", ""),
        ("${vars.reply.attributes.statusCode}", "201"),
        ("${vars.csv}", "a,b"),
        ("${vars.nothing}", ""),
    ],
)
async def test_text_of_variables(source: str, expected: str) -> None:
    message = await message_with()
    element = etree.fromstring("<r><b>B</b></r>")
    message.variables.update(
        {
            "text": "t",
            "json": JsonValue({"a": [1]}),
            "xml": element,
            "csv": TextNode(Blob(b"a,b")),
            "reply": {"payload": element, "attributes": JsonValue({"statusCode": 201})},
        }
    )
    assert text(source, message) == expected


@pytest.mark.parametrize(
    ("kind", "body", "source", "expected"),
    [
        ("application/xml", "<r><b>1</b></r>", "${payload}", "<r><b>1</b></r>"),
        ("text/xml", "<r><b>1</b></r>", "${payload}", '{"r":{"b":1}}'),
        ("application/xml", "<r><b>1</b></r>", "${payload.r.b + 1}", "2"),
        ("text/plain", "plain", "${payload.text}", "plain"),
        ("application/xml", '<p:r xmlns:p="urn:p"><p:b>1</p:b></p:r>', "${xpath('//q:b')}", "1"),
        ("application/xml", "<r><b>1</b><b> 2 </b></r>", "${xpath('//b')}", "<b>1</b><b>2</b>"),
        ("application/xml", "<r><b>1</b></r>", "${xpath('//b/node()')}", "1"),
        ("application/xml", "<r><b>1</b></r>", "${xpath('//r/node()')}", "<b>1</b>"),
    ],
)
async def test_text_on_other_bodies(kind: str, body: str, source: str, expected: str) -> None:
    assert text(source, await message_with(body, kind), {"q": "urn:p"}) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${payload.s}", "abc"),
        ("${payload.i}", 5),
        ("${payload.o}", {"x": 1}),
        ("${payload.t}", True),
    ],
)
async def test_members_of_the_payload_are_json_as_objects(source: str, expected: object) -> None:
    value = compile_expression(source, {}).value(await message_with('{"s":"abc","i":5,"t":true,"o":{"x":1}}'))
    assert isinstance(value, JsonValue)
    assert value.value == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${payload.i + 1}", 6),
        ("${payload.i > 3}", True),
        ("${toUpper(payload.s)}", "ABC"),
        ("${'abc'}", "'abc'"),
        ("${payload.n}", None),
        ("${payload.none}", ""),
    ],
)
async def test_results_of_operators_and_functions_are_plain(source: str, expected: object) -> None:
    assert compile_expression(source, {}).value(await message_with('{"s":"abc","i":5,"n":null}')) == expected


async def test_nodes_of_an_xpath_are_nodes_as_an_object() -> None:
    value = compile_expression("${xpath('//b')}", {}).value(
        await message_with("<r><b>1</b><b/></r>", "application/xml")
    )
    assert isinstance(value, Nodes)
    assert len(value) == 2


async def test_a_template_parameter_is_read_inside_the_template_and_a_fault_outside() -> None:
    message = await message_with()
    expression = compile_expression("${params.functionParams.p}", {})
    with pytest.raises(ExpressionError, match="outside of a template"):
        expression.text(message)
    message.frames.append(TemplateFrame("t", {"p": "given"}))
    assert expression.text(message) == "given"


async def test_a_large_text_in_a_variable_is_handed_over_unread() -> None:
    message = await message_with()
    held = TextNode(Blob(b"a,b"))
    message.variables["csv"] = held
    assert compile_expression("${vars.csv}", {}).handed_over(message) is held
    assert compile_expression("${vars.csv + '!'}", {}).handed_over(message) == "a,b!"


async def test_a_body_that_is_no_json_is_a_fault_with_its_place() -> None:
    message = await message_with('{"a": 1,\n "b": }')
    with pytest.raises(PayloadError, match="line 2"):
        text("${payload.a}", message)


@pytest.mark.parametrize(
    ("source", "code"), [("${payload.}", "SYN032"), ("${a +}", "SYN032"), ("${payload.a && }", "SYN032")]
)
def test_a_mistake_is_found_when_compiled(source: str, code: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(source, {})
    assert caught.value.code == code


@pytest.mark.parametrize("source", ["${xpath('//q:b')}", "${exists(xpath('//q:b')) ? 1 : 2}", "${xpath('//[')}"])
def test_mistakes_in_an_xpath_inside_are_noted_when_compiled(source: str) -> None:
    assert compile_expression(source, {}).notes


@pytest.mark.parametrize(
    ("source", "aware"),
    [("${payload.a}", True), ("${vars.a}", False), ("${vars.list[payload.i]}", True), ("${xpath('//a')}", True)],
)
def test_only_expressions_on_the_body_need_it_read(source: str, aware: bool) -> None:
    assert compile_expression(source, {}).content_aware is aware
