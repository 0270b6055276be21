from __future__ import annotations

import pytest

from engine.artifacts.base import Artifact
from engine.errors import ErrorCode, MediationError
from engine.mediators.base import STOP
from engine.message.context import MessageContext
from engine.runtime.deployment import Deployment, assemble
from engine.source.document import SYNAPSE
from tests.fakes.flows import a_message, artifacts_of, run_flow

pytestmark = pytest.mark.anyio

BODY = '{"s":"abc","o":{"x":1},"a":[1,2]}'


def deployed(*xmls: str) -> Deployment:
    found: list[Artifact] = artifacts_of(*(xml.replace(" name=", f' xmlns="{SYNAPSE}" name=', 1) for xml in xmls))
    return assemble(found)


def template(body: str, parameters: str = '<parameter name="p"/>', attributes: str = "") -> str:
    return f'<template name="T" {attributes}>{parameters}<sequence>{body}</sequence></template>'


SEEN = '<property name="seen" expression="$func:p"/>'


async def called(value: str, body: str = SEEN, parameters: str = '<parameter name="p"/>') -> MessageContext:
    message = a_message(BODY, deployment=deployed(template(body, parameters)), properties={"q": "qv", "late": "before"})
    given = f'<with-param name="p" value="{value}"/>'
    await run_flow(f'<call-template target="T">{given}</call-template>', message)
    return message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("{$ctx:q}", "qv"),
        ("{json-eval($.s)}", "abc"),
        ("{json-eval($.o)}", '{"x":1}'),
        ("{json-eval($.none)}", ""),
        ("{${payload.s}}", "abc"),
        ("{${payload.o}}", '{"x":1}'),
        ("${payload.s}", "${payload.s}"),
        ("x{$ctx:q}", "x{$ctx:q}"),
        ("{//s}", "abc"),
        ("{count(//a)}", "2.0"),
        ("{{//s}}", "abc"),
        ("{&quot;k&quot;:1}", '{"k":1}'),
        ("", ""),
    ],
)
async def test_what_a_parameter_hands_over(value: str, expected: str) -> None:
    assert (await called(value)).properties["seen"] == expected


@pytest.mark.parametrize("value", ["{$ctx:none}", "{//none}"])
async def test_a_parameter_that_yields_nothing_takes_no_default(value: str) -> None:
    message = await called(value, parameters='<parameter name="p" defaultValue="d"/>')
    assert "seen" not in message.properties


async def test_a_deferred_parameter_is_evaluated_where_it_is_read() -> None:
    message = await called("{{$ctx:late}}", '<property name="late" value="inside"/>' + SEEN)
    assert message.properties["seen"] == "inside"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [('<parameter name="p" defaultValue="d"/>', "d"), ('<parameter name="p"/>', None)],
)
async def test_a_parameter_not_given_takes_its_default(parameters: str, expected: str | None) -> None:
    message = a_message(BODY, deployment=deployed(template(SEEN, parameters)))
    await run_flow('<call-template target="T"/>', message)
    assert message.properties.get("seen") == expected


async def test_a_mandatory_parameter_not_given_is_a_fault_without_detail() -> None:
    message = a_message(
        BODY, deployment=deployed(template(SEEN, '<parameter name="p" isMandatory="true" defaultValue="d"/>'))
    )
    with pytest.raises(MediationError, match="mandatory parameter: p in seq-template T") as caught:
        await run_flow('<call-template target="T"/>', message)
    assert caught.value.code == ErrorCode.TEMPLATE_PARAMETER_MISSING
    assert message.properties["ERROR_CODE"] == 500101
    assert "ERROR_DETAIL" not in message.properties


async def test_parameters_of_the_caller_are_back_after_an_inner_call_and_gone_after_the_outer_one() -> None:
    inner = f'<template xmlns="{SYNAPSE}" name="I"><parameter name="p"/><sequence>{SEEN}</sequence></template>'
    outer = template(
        '<call-template target="I"><with-param name="p" value="{concat($func:p,\'!\')}"/></call-template>'
        '<property name="after" expression="$func:p"/>'
    )
    message = a_message(
        BODY,
        deployment=assemble(
            [*artifacts_of(inner), *artifacts_of(outer.replace(" name=", f' xmlns="{SYNAPSE}" name=', 1))]
        ),
    )
    await run_flow('<call-template target="T"><with-param name="p" value="v"/></call-template>', message)
    assert (message.properties["seen"], message.properties["after"]) == ("v!", "v")
    assert message.frames == []


async def test_an_end_inside_ends_the_caller_and_an_unknown_template_is_a_fault() -> None:
    message = a_message(BODY, deployment=deployed(template("<drop/>")))
    assert await run_flow('<call-template target="T"/>', message) is STOP
    with pytest.raises(MediationError, match="Sequence template X cannot be found"):
        await run_flow('<call-template target="X"/>', message)


async def test_the_templates_own_handler_runs_before_the_one_of_the_call() -> None:
    handlers = [
        f'<sequence xmlns="{SYNAPSE}" name="{name}"><property name="handled" value="{name}"/></sequence>'
        for name in ("ofTemplate", "ofCall")
    ]
    body = template('<throwError type="E"/>', attributes='onError="ofTemplate"')
    items = artifacts_of(body.replace(" name=", f' xmlns="{SYNAPSE}" name=', 1), *handlers)
    message = a_message(BODY, deployment=assemble(items))
    assert await run_flow('<call-template target="T" onError="ofCall"/>', message) is STOP
    assert (message.properties["handled"], message.properties["ERROR_CODE"]) == ("ofTemplate", "E")
