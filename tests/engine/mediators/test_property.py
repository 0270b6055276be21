from __future__ import annotations

import pytest

from engine.errors import MediationError
from engine.mediators.base import CONTINUE
from tests.fakes.flows import a_message, problems_of, run_flow

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('value="25000" type="INTEGER"', 25000),
        ('value="foo-42" pattern=".*-(\\d+)" group="1"', "42"),
        ('value="foo" pattern="\\d+"', ""),
        ('value="yes" type="BOOLEAN"', True),
        ('value="x" type="BOOLEAN"', False),
        ('expression="json-eval($.id)" type="INTEGER"', 42),
        ('expression="json-eval($.id)"', "42.9"),
        ('expression="json-eval($.none)"', ""),
        ('expression="json-eval($.null)"', "null"),
        ('expression="count(//list)"', "2.0"),
    ],
)
async def test_property_in_default_scope(attributes: str, expected: object) -> None:
    message = a_message('{"id": 42.9, "null": null, "list": [1, 2]}')
    assert await run_flow(f'<property name="p" {attributes}/>', message) is CONTINUE
    assert message.properties["p"] == expected


async def test_null_leaves_the_old_value() -> None:
    message = a_message(properties={"p": "old"})
    await run_flow('<property name="p" expression="$ctx:none"/>', message)
    assert message.properties["p"] == "old"


async def test_message_type_rewrites_the_content_type_header() -> None:
    message = a_message("<a/>", "application/xml")
    await run_flow('<property name="messageType" value="application/json" scope="axis2"/>', message)
    assert message.axis2["ContentType"] == "application/json"
    assert message.headers.get("content-type") == "application/json"


async def test_a_value_that_cannot_be_converted_is_a_fault_with_its_place() -> None:
    with pytest.raises(MediationError, match="cannot be converted") as caught:
        await run_flow('<property name="p" expression="json-eval($.a)" type="INTEGER"/>', a_message('{"a": "x"}'))
    assert caught.value.location == "flow > [1] property p (flow.xml:1)"


def test_a_constant_that_cannot_be_converted_is_found_at_deploy_time() -> None:
    problems = problems_of('<property name="p" value="12a" type="INTEGER"/>')
    assert [problem.code for problem in problems] == ["SYN028"]


def test_a_missing_name_and_an_unknown_scope_are_both_reported() -> None:
    problems = problems_of('<property naem="p" value="1" scope="axis"/>')
    assert [problem.code for problem in problems] == ["SYN020", "SYN012", "SYN022"]
