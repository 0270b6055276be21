from __future__ import annotations

import pytest

from engine.errors import MediationError
from engine.mediators.base import STOP
from engine.mediators.flow import NamedSequence
from engine.runtime.deployment import Deployment
from tests.fakes.flows import a_message, compile_flow, problems_of, run_flow

pytestmark = pytest.mark.anyio

BODY = '{"ok":"TRUE","no":"false","one":1,"n":null,"s":"IBM"}'
THEN = '<then><property name="r" value="then"/></then><else><property name="r" value="else"/></else>'


async def branch(condition: str) -> object:
    message = a_message(BODY, properties={"text": "false", "flag": False, "yes": True, "lines": "a\nb", "i": 201})
    await run_flow(f"<filter {condition}>{THEN}</filter>", message)
    return message.properties["r"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('xpath="//ok"', "then"),
        ('xpath="//none"', "else"),
        ('xpath="$ctx:text"', "then"),
        ('xpath="$ctx:flag"', "else"),
        ('xpath="$ctx:none"', "else"),
        ('xpath="not($ctx:none)"', "then"),
        ('xpath="json-eval($.ok)"', "then"),
        ('xpath="json-eval($.one)"', "else"),
        ('xpath="${payload.one == 1}"', "then"),
        ('xpath="${payload.none}"', "else"),
        ('xpath="//none" source="//ok" regex=".*"', "else"),
        ('source="json-eval($.s)" regex="I.M"', "then"),
        ('source="json-eval($.s)" regex="I"', "else"),
        ('source="$ctx:i" regex="2.."', "then"),
        ('source="json-eval($.n)" regex="null"', "then"),
        ('source="json-eval($.none)" regex="^$"', "then"),
        ('source="$ctx:none" regex=".*"', "else"),
        ('source="$ctx:lines" regex=".*"', "else"),
        ('source="count(//s)" regex="1.0"', "then"),
    ],
)
async def test_filter(condition: str, expected: str) -> None:
    assert await branch(condition) == expected


async def test_a_filter_without_then_runs_its_children_when_the_condition_holds() -> None:
    message = a_message(BODY)
    await run_flow('<filter xpath="//ok"><property name="r" value="in"/></filter>', message)
    await run_flow('<filter xpath="//none"><property name="r" value="out"/></filter>', message)
    assert message.properties["r"] == "in"


async def test_a_branch_may_be_a_sequence_and_its_end_is_the_end_of_the_filter() -> None:
    stop = NamedSequence("s", compile_flow('<property name="r" value="s"/><drop/>'))
    message = a_message(BODY, deployment=Deployment(sequences={"s": stop}))
    assert await run_flow('<filter xpath="//ok"><then sequence="s"/></filter>', message) is STOP
    assert message.properties["r"] == "s"
    with pytest.raises(MediationError, match="Couldn't find the referred else sequence with key : x"):
        await run_flow('<filter xpath="//none"><then/><else sequence="x"/></filter>', message)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("json-eval($.s)", "stock"),
        ("json-eval($.none)", "empty"),
        ("//none", "empty"),
        ("$ctx:none", "default"),
        ("json-eval($.one)", "default"),
    ],
)
async def test_switch(source: str, expected: str) -> None:
    message = a_message(BODY)
    cases = "".join(
        f'<case regex="{regex}"><property name="r" value="{value}"/></case>'
        for regex, value in (("IB[M]", "stock"), (".BM", "later"), ("", "empty"))
    )
    await run_flow(
        f'<switch source="{source}">{cases}<default><property name="r" value="default"/></default></switch>', message
    )
    assert message.properties["r"] == expected


@pytest.mark.parametrize(
    ("xml", "codes"),
    [
        ("<filter/>", ["SYN020"]),
        ('<filter xpath=""/>', ["SYN021"]),
        ('<filter source="//a"/>', ["SYN020"]),
        ('<filter source="//a" regex="["/>', ["SYN033"]),
        ('<switch><case regex="a"/></switch>', ["SYN020"]),
        ('<switch source="//a"><case/></switch>', ["SYN020"]),
    ],
)
def test_conditions_that_are_none_are_found_when_deployed(xml: str, codes: list[str]) -> None:
    assert [problem.code for problem in problems_of(xml) if problem.severity.value == "error"] == codes
