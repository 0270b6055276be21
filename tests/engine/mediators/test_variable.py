from __future__ import annotations

import pytest
from lxml import etree

from engine.errors import MediationError
from engine.expressions import compile_expression
from engine.message.values import JsonValue, serialize
from tests.fakes.flows import a_message, problems_of, run_flow

pytestmark = pytest.mark.anyio

BODY = (
    '{"i":5,"d":2.5,"s":"abc","t":true,"n":null,"ns":"15","big":12345678901,"o":{"x":1},"js":"{\\"k\\":1}","x":"<r/>"}'
)


async def variable(attributes: str) -> object:
    message = a_message(BODY, properties={"p": "pv"})
    await run_flow(f'<variable name="v" {attributes}/>', message)
    value = message.variables.get("v")
    if isinstance(value, etree._Element):
        return serialize(value)
    return ("json", value.value) if isinstance(value, JsonValue) else value


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('value="x"', "x"),
        ('value="5" type="INTEGER"', 5),
        ('value="5" type="DOUBLE"', 5.0),
        ('value="yes" type="BOOLEAN"', True),
        ('value="{&quot;a&quot;:1}" type="JSON"', ("json", {"a": 1})),
        ('value="abc" type="JSON"', ("json", "abc")),
        ('value="&lt;a/>" type="XML"', "<a/>"),
        ('expression="${payload.i}"', ("json", 5)),
        ('expression="${payload.s}"', ("json", "abc")),
        ('expression="${payload.n}"', ""),
        ('expression="${payload.none}"', ""),
        ('expression="${payload.i + 1}"', 6),
        ("expression=\"${'lit'}\"", "'lit'"),
        ('type="STRING" expression="${payload.i}"', "5"),
        ('type="STRING" expression="json-eval($.o)"', '{"x":1}'),
        ('type="STRING" expression="$ctx:p"', "pv"),
        ('type="INTEGER" expression="${payload.d}"', 2),
        ('type="LONG" expression="${payload.big}"', 12345678901),
        ('type="DOUBLE" expression="${payload.i}"', 5.0),
        ('type="BOOLEAN" expression="${payload.i > 3}"', True),
        ('type="JSON" expression="${payload.o}"', ("json", {"x": 1})),
        ('type="JSON" expression="${payload.js}"', '{"k":1}'),
        ('type="XML" expression="${payload.x}"', "<r/>"),
    ],
)
async def test_values_and_types(attributes: str, expected: object) -> None:
    assert await variable(attributes) == expected


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("INTEGER", "${payload.s}"),
        ("INTEGER", "${payload.ns}"),
        ("INTEGER", "${payload.none}"),
        ("INTEGER", "${payload.t}"),
        ("INTEGER", "${payload.big}"),
        ("BOOLEAN", "${payload.i}"),
        ("BOOLEAN", "${payload.none}"),
        ("DOUBLE", "${payload.s}"),
        ("JSON", "${payload.none}"),
        ("XML", "${payload.s}"),
    ],
)
async def test_a_result_of_another_type_is_a_fault(kind: str, expression: str) -> None:
    with pytest.raises(MediationError) as caught:
        await variable(f'type="{kind}" expression="{expression}"')
    assert caught.value.message == f"Expression '{expression}' result does not match the expected data type '{kind}'"


async def test_null_leaves_the_old_value_and_remove_deletes_it() -> None:
    message = a_message(BODY)
    message.variables["v"] = "old"
    await run_flow('<variable name="v" expression="$ctx:none"/>', message)
    assert message.variables["v"] == "old"
    await run_flow('<variable name="v" action="remove"/><variable name="absent" action="remove"/>', message)
    assert message.variables == {}


async def test_a_variable_set_from_another_holds_the_same_kind_of_value() -> None:
    message = a_message(BODY)
    await run_flow('<variable name="a" expression="${payload.o}"/><variable name="b" expression="${vars.a}"/>', message)
    value = message.variables["b"]
    assert isinstance(value, JsonValue)
    assert compile_expression("${vars.b.x + 1}", {}).text(message) == "2"


@pytest.mark.parametrize("kind", ["SHORT", "FLOAT", "OM", "integer"])
def test_types_that_variables_do_not_have_are_found_when_deployed(kind: str) -> None:
    assert [each.code for each in problems_of(f'<variable name="v" value="1" type="{kind}"/>')] == ["SYN022"]


def test_a_value_of_another_type_is_found_when_deployed() -> None:
    assert [each.code for each in problems_of('<variable name="v" value="1.5" type="INTEGER"/>')] == ["SYN028"]
