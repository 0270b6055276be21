"""Connectors of one's own: declared, found, compiled, called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import MediationError
from engine.mediators import connector_search
from engine.mediators.connector import CONNECTIONS, OPERATIONS, ConnectorCall, parameter
from engine.settings import Settings
from tests.connectors.kit import deployment_of, local_entry, run
from tests.fakes.flows import FakeServices, a_message, compile_flow, problems_of

ACME = '''
from engine.mediators.connector import Connection, Operation, Result, connection, operation, parameter
from engine.message.payload import Payload


@connection("acmetest")
class Link(Connection):
    """A link."""

    url: str = parameter("url", "where", required=True)


@operation("acmetest.greet")
class Greet(Operation):
    """Greet somebody."""

    who: str = parameter("who", "who", required=True)
    times: int = parameter("times", "how often", kind="integer", default=1, minimum=1)
    loud: bool = parameter("loud", "shout", kind="flag", default=False)
    tone: str = parameter("tone", "how", kind="choice", choices=("Warm", "Cold"), default="Warm", fold=True)
    data: object = parameter("data", "anything", kind="object", default=None)

    async def execute(self, message, connection):
        payload = Payload()
        payload.set_json({"who": self.who, "times": self.times, "loud": self.loud, "tone": self.tone,
                          "data": str(self.data), "url": connection.url})
        return Result(payload=payload, content_type="application/json", attributes={"n": 1})


@operation("acmetest.body")
class Body(Operation):
    """Reads the body."""

    @classmethod
    def needs_body(cls, constants):
        return True

    async def execute(self, message, connection):
        message.properties["seen"] = message.payload.json()
'''


@pytest.fixture(autouse=True)
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "acmetest.py").write_text(ACME)
    (tmp_path / "brokentest.py").write_text("1 / 0")
    monkeypatch.setattr(connector_search, "_folders", [])
    connector_search.add_connector_folders([tmp_path])
    yield
    connector_search._loaded.discard("acmetest")
    for name in ("acmetest.greet", "acmetest.body"):
        OPERATIONS._items.pop(name, None)
    CONNECTIONS._items.pop("acmetest", None)


def greet(children: str, key: str = "K") -> str:
    return f'<acmetest.greet configKey="{key}">{children}</acmetest.greet>'


async def greeted(children: str, body: str = '{"n": "Ann"}', **properties: object) -> dict[str, object]:
    entry = local_entry("K", "<acmetest.init><url>http://a</url></acmetest.init>")
    message = a_message(
        body, services=FakeServices(settings=Settings()), deployment=deployment_of(entry), properties=dict(properties)
    )
    await run(greet(children), message)
    value = message.payload.json()
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("children", "member", "value"),
    [
        ("<who>Bob</who>", "who", "Bob"),
        ("<who> Bob\n</who>", "who", "Bob"),
        ("<who>{json-eval($.n)}</who>", "who", "Ann"),
        ("<who>{${payload.n}}</who>", "who", "Ann"),
        ("<who>x</who><data>{${payload.n}}</data>", "data", "Ann"),
        ("<who>{$ctx:p}</who>", "who", "prop"),
        ("<who>{{$ctx:p}}</who>", "who", "prop"),
        ("<who>x</who><times>{$ctx:two}</times>", "times", 2),
        ("<who>x</who><times></times>", "times", 1),
        ("<who>x</who><times>{$ctx:none}</times>", "times", 1),
        ("<who>x</who><loud>TRUE</loud>", "loud", True),
        ("<who>x</who><loud>{$ctx:p}</loud>", "loud", False),
        ("<who>x</who><tone>cold</tone>", "tone", "Cold"),
        ("<who>x</who><data> keep </data>", "data", " keep "),
        ('<who>x</who><data>{"a": 1}</data>', "data", '{"a": 1}'),
        ("<who>x</who>", "url", "http://a"),
    ],
)
async def test_parameters(children: str, member: str, value: object) -> None:
    assert (await greeted(children, p="prop", two=2))[member] == value


@pytest.mark.parametrize(
    ("children", "reason"),
    [
        ("<who>{$ctx:none}</who>", "parameter 'who' is required"),
        ("<who>x</who><times>{$ctx:p}</times>", "must be a whole number, not 'prop'"),
        ("<who>x</who><tone>{$ctx:p}</tone>", "is 'prop', which is none of Warm, Cold"),
    ],
)
async def test_a_message_with_wrong_parameters_is_a_fault(children: str, reason: str) -> None:
    with pytest.raises(MediationError, match=reason):
        await greeted(children, p="prop")


@pytest.mark.parametrize(
    ("flow", "code", "severity", "said"),
    [
        (greet(""), "SYN082", "error", "needs the parameter <who>"),
        (greet("<who>x</who><tims>2</tims>"), "SYN013", "warning", "did you mean <times>?"),
        (greet("<who>x</who><times>ten</times>"), "SYN083", "warning", "must be a whole number"),
        (greet("<who>x</who><times>0</times>"), "SYN083", "warning", "less than 1"),
        (greet("<who>x</who><tone>Wrm</tone>"), "SYN083", "warning", "did you mean 'Warm'?"),
        (greet("<who>x</who><tone>warm</tone>"), "SYN083", "warning", "taken as 'Warm'"),
        (greet("<who>x</who><loud>ture</loud>"), "SYN083", "warning", "counts as false"),
        (greet("<who>{$ctx:x</who>"), "SYN084", "warning", "close the brace"),
        (greet("<who>hello ${vars.x}</who>"), "SYN084", "warning", "not evaluated"),
        (greet("<who>{//a[}</who>"), "SYN030", "error", "never closed"),
        (greet("<who>x</who>").replace("configKey", "configKye"), "SYN020", "error", "is 'configKye' meant"),
        (greet("<who>x</who>").replace("greet", "gret"), "SYN081", "error", "did you mean <acmetest.greet>?"),
        ("<acmetest.init/>", "SYN081", "error", "belongs in a local entry"),
        (greet("<who>x</who>").replace("acmetest", "acmetst"), "SYN080", "error", "did you mean <acmetest.greet>?"),
        ("<brokentest.x/>", "SYN080", "error", "ZeroDivisionError"),
    ],
)
def test_what_lint_says(flow: str, code: str, severity: str, said: str) -> None:
    found = [problem for problem in problems_of(flow) if problem.code == code]
    assert found
    assert found[0].severity.value == severity
    assert said in f"{found[0].message} {found[0].hint}"
    assert found[0].line == 1


def test_a_call_reads_the_body_only_when_it_must() -> None:
    def aware(flow: str) -> bool:
        return compile_flow(flow).mediators[0].content_aware

    assert not aware(greet("<who>x</who>"))
    assert not aware(greet("<who>{$ctx:x}</who>"))
    assert aware(greet("<who>{json-eval($.n)}</who>"))
    assert aware(greet("<who>x</who><responseVariable>v</responseVariable>"))
    assert aware('<acmetest.body configKey="K"/>')


def test_an_operation_without_expressions_is_made_once() -> None:
    call = compile_flow(greet("<who>x</who>")).mediators[0]
    assert isinstance(call, ConnectorCall)
    assert call.parameters.constant is not None
    assert call.label == "acmetest.greet"


async def test_a_response_variable() -> None:
    entry = local_entry("K", "<acmetest.init><url>http://a</url></acmetest.init>")
    message = a_message('{"n": 1}', services=FakeServices(settings=Settings()), deployment=deployment_of(entry))
    await run(greet("<who>x</who><responseVariable>v</responseVariable>"), message)
    value = message.variables["v"]
    assert isinstance(value, dict)
    assert value["payload"].value["who"] == "x"
    assert value["attributes"].value == {"n": 1}
    assert message.payload.json() == {"n": 1}


async def test_connections_may_be_chosen_and_made_by_the_message() -> None:
    entries = [
        local_entry("A", "<acmetest.init><url>{$ctx:where}</url></acmetest.init>"),
        local_entry("B", "<acmetest.init><url>http://b</url></acmetest.init>"),
    ]
    for key, url in (("A", "http://dynamic"), ("B", "http://b")):
        message = a_message(
            "{}",
            services=FakeServices(settings=Settings()),
            deployment=deployment_of(*entries),
            properties={"key": key, "where": "http://dynamic"},
        )
        await run(greet("<who>x</who>", "{$ctx:key}"), message)
        assert json.loads(message.payload.json_text())["url"] == url


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (local_entry("OTHER", "text"), "Sequence named K cannot be found"),
        (local_entry("K", "text"), "holds no <acmetest.init>"),
        (local_entry("K", "<acmetest.init><url>{$ctx:none}</url></acmetest.init>"), "parameter 'url' is required"),
    ],
)
async def test_connections_that_are_none(entry: str, reason: str) -> None:
    message = a_message("{}", services=FakeServices(settings=Settings()), deployment=deployment_of(entry))
    with pytest.raises(MediationError, match=reason):
        await run(greet("<who>x</who>"), message)


def test_a_parameter_of_no_known_kind_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="none of text"):
        parameter("x", "x", kind="number")
