from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.errors import MediationError, TransportError
from engine.mediators.base import CONTINUE, MEDIATORS, Flow, Mediator, mediator
from engine.message.body import BytesBody, HeaderPairs
from engine.message.context import MessageContext
from engine.observe import trace as trace_module
from engine.observe import tracing as tracing_module
from engine.observe.glimpse import MARGIN
from engine.observe.redaction import Redactor
from engine.observe.trace import Recorder
from engine.observe.trace_store import ASKED, KeptTrace, Shelf
from engine.observe.tracing import Traces, with_traces
from engine.settings.model import Trace as TraceSettings
from engine.source.document import SYNAPSE
from tests.fakes.flows import FakeServices
from tests.fakes.inbound import Client, FakeInbound

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
ASKING = {"X-Synflow-Trace": "1"}

if "probe.parallel" not in MEDIATORS:

    @mediator("probe.parallel")
    class ProbeParallel(Mediator):
        """Two clones of the message run the sequence `branch` at once; then this message gets a property."""

        async def mediate(self, message: MessageContext) -> Flow:
            branch = message.exchange.deployment.sequences["branch"]
            twins = [await message.clone(), await message.clone()]
            for number, twin in enumerate(twins):
                twin.properties["branch"] = str(number)
            await asyncio.gather(*(branch.run(twin) for twin in twins))
            message.properties["joined"] = "yes"
            return CONTINUE

    @mediator("probe.yield")
    class ProbeYield(Mediator):
        """Lets others run."""

        async def mediate(self, message: MessageContext) -> Flow:
            await asyncio.sleep(0)
            return CONTINUE

    @mediator("probe.hang")
    class ProbeHang(Mediator):
        """Waits for ever, having told that it does."""

        @property
        def content_aware(self) -> bool:
            return False

        async def mediate(self, message: MessageContext) -> Flow:
            message.exchange.services.state["hangs"].set()
            await asyncio.Event().wait()
            return CONTINUE


class FakeReply:
    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.reason = b""
        self.headers: HeaderPairs = [(b"content-type", b"application/json")]
        self.body = BytesBody(body)


class FakeHttp:
    """A back end that answers `reply`, or fails."""

    def __init__(self, reply: FakeReply | MediationError) -> None:
        self.reply = reply
        self.asked: list[tuple[str, str, HeaderPairs]] = []

    async def send(self, method: str, url: str, headers: HeaderPairs, body: Any = b"", **options: Any) -> FakeReply:
        self.asked.append((method, url, headers))
        if isinstance(self.reply, MediationError):
            raise self.reply
        return self.reply


class StreamedBody:
    """A body that fails the test when somebody reads it."""

    complete = None

    def __init__(self, length: int | None) -> None:
        self.length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    async def aclose(self) -> None:
        """Nothing was opened."""


def api(flow: str, fault: str = "") -> str:
    fault = f"<faultSequence>{fault}</faultSequence>" if fault else ""
    return (
        f'<api xmlns="{SYNAPSE}" name="A" context="/a"><resource methods="GET POST" uri-template="/x">'
        f"<inSequence>{flow}</inSequence>{fault}</resource></api>"
    )


def sequence(name: str, flow: str) -> str:
    return f'<sequence xmlns="{SYNAPSE}" name="{name}">{flow}</sequence>'


def prop(name: str, value: str, scope: str = "default") -> str:
    return f'<property name="{name}" value="{value}" scope="{scope}"/>'


CALL = '<call><endpoint><http method="POST" uri-template="http://back.end/p?api_key=0123456789"/></endpoint></call>'


class Traced:
    """A data plane with traces around it."""

    def __init__(self, *xmls: str, http: Any = None, redactor: Redactor | None = None, **settings: Any) -> None:
        self.services = FakeServices(http=http)
        self.client = Client(*xmls, services=self.services)
        self.traces = Traces(TraceSettings(**{"allow_header": True, **settings}), redactor or Redactor())
        self.handle = with_traces(self.client.plane, self.traces)

    async def send(
        self,
        body: str | bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        target: str = "/a/x",
        client: str = "127.0.0.1",
    ) -> FakeInbound:
        inbound = FakeInbound("POST", target, headers, body)
        inbound.client = (client, 1)
        await self.handle(inbound)
        return inbound

    async def trace(self, body: str | bytes = b"", headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self.send(body, {**ASKING, **(headers or {})})
        return self.found(answer.header("x-synflow-trace-id") or "")

    def found(self, trace_id: str) -> dict[str, Any]:
        text = self.traces.find(trace_id)
        assert text is not None
        found: dict[str, Any] = json.loads(text)
        return found

    def faults(self) -> list[dict[str, Any]]:
        return [self.found(each.id) for each in self.traces.faults]


def tree(steps: list[dict[str, Any]]) -> list[Any]:
    """Names of steps, with the steps below in a list behind each."""
    listed: list[Any] = []
    for step in steps:
        listed.append(step["name"])
        if "steps" in step:
            listed.append(tree(step["steps"]))
    return listed


def changed(step: dict[str, Any]) -> list[tuple[str, str, str | None, str | None]]:
    return [(each["scope"], each["name"], each.get("before"), each.get("after")) for each in step.get("changes", [])]


async def test_every_mediator_is_shown_with_list_number_place_and_time() -> None:
    trace = await Traced(api(f"{prop('a', '1')}\n<log/>\n<respond/>")).trace()
    steps = trace["steps"]
    assert [(each["in"], each["number"], each["name"], each["place"]) for each in steps] == [
        ("api A > GET,POST /x > inSequence", 1, "property a", "flow.xml:1"),
        ("api A > GET,POST /x > inSequence", 2, "log", "flow.xml:2"),
        ("api A > GET,POST /x > inSequence", 3, "respond", "flow.xml:3"),
    ]
    assert [each["outcome"] for each in steps] == ["continue", "continue", "stop"]
    assert all(0 <= each["took_ms"] <= trace["took_ms"] for each in steps)
    assert [each["at_ms"] for each in steps] == sorted(each["at_ms"] for each in steps)
    assert (trace["method"], trace["target"], trace["status"], trace["finished"]) == ("POST", "/a/x", 200, True)
    assert "fault" not in trace


async def test_changes_are_shown_by_scope_with_the_value_before() -> None:
    flow = (
        prop("a", "1")
        + prop("a", "2")
        + prop("HTTP_SC", "201", "axis2")
        + prop("X-One", "h", "transport")
        + '<property name="a" action="remove"/><variable name="v" value="w"/><respond/>'
    )
    steps = (await Traced(api(flow)).trace())["steps"]
    assert [changed(step) for step in steps[:5]] == [
        [("default", "a", None, "1")],
        [("default", "a", "1", "2")],
        [("axis2", "HTTP_SC", None, "201")],
        [("transport", "X-One", None, "h")],
        [("default", "a", "2", None)],
    ]
    assert ("variable", "v", None, "w") in changed(steps[5])


async def test_unread_body_stays_unread_and_is_shown_with_its_length() -> None:
    traced = Traced(api(prop("a", "1") + prop("NO_ENTITY_BODY", "true", "axis2") + "<respond/>"))
    inbound = FakeInbound("POST", "/a/x", {**ASKING, **JSON})
    inbound.body = StreamedBody(123)
    await traced.handle(inbound)
    trace = traced.found(inbound.header("x-synflow-trace-id") or "")
    assert trace["request"]["payload"] == {"kind": "unread", "size": 123}
    assert not any("payload" in step for step in trace["steps"])
    assert traced.services.formats.build_count == 0


async def test_unread_body_of_unknown_length_has_no_size() -> None:
    traced = Traced(api(prop("NO_ENTITY_BODY", "true", "axis2") + "<respond/>"))
    inbound = FakeInbound("POST", "/a/x", {**ASKING, **JSON})
    inbound.body = StreamedBody(None)
    await traced.handle(inbound)
    assert traced.found(inbound.header("x-synflow-trace-id") or "")["request"]["payload"] == {"kind": "unread"}


async def test_payload_is_shown_before_and_after_the_step_that_changed_it() -> None:
    flow = (
        prop("k", "v") + '<property name="kind" expression="json-eval($.kind)"/>'
        '<enrich><source type="inline"><r xmlns=""><b>1</b></r></source><target type="body"/></enrich><respond/>'
    )
    steps = (await Traced(api(flow)).trace('{"kind": "x"}', JSON))["steps"]
    assert "payload" not in steps[0]
    assert steps[1]["payload"] == {
        "before": {"kind": "unread", "size": 13},
        "after": {"kind": "json", "size": 13, "text": '{"kind": "x"}'},
    }
    assert steps[2]["payload"]["before"]["text"] == '{"kind": "x"}'
    after = steps[2]["payload"]["after"]
    assert (after["kind"], after["text"].replace(' xmlns=""', "")) == ("xml", "<r><b>1</b></r>")


async def test_long_payloads_and_values_are_cut() -> None:
    text = "x" * 100_000
    traced = Traced(
        api(f'{prop("long", text)}<property name="a" expression="json-eval($.a)"/><respond/>'), max_characters=10
    )
    steps = (await traced.trace(json.dumps({"a": text}), JSON))["steps"]
    assert changed(steps[0]) == [("default", "long", None, "x" * 10 + "…")]
    assert steps[1]["payload"]["after"]["text"] == '{"a": "xxx…'
    assert steps[1]["payload"]["after"]["size"] == 100_009


async def test_secrets_are_masked_even_where_the_cut_goes_through_them() -> None:
    secret = "s" * (MARGIN - 100)
    redactor = Redactor()
    redactor.know("test", [secret])
    flow = prop("password", "hunter22") + prop("kept", f"123{secret}") + "<log/><respond/>"
    traced = Traced(api(flow), redactor=redactor, max_characters=20)
    trace = await traced.trace('{"password": "hunter22"}', {**JSON, "Authorization": "Bearer abcdefgh123"})
    text = json.dumps(trace)
    assert "hunter22" not in text
    assert "abcdefgh123" not in text
    assert "ssss" not in text
    assert changed(trace["steps"][1]) == [("default", "kept", None, "123*****")]
    assert trace["request"]["headers"]["authorization"] == "*****"


async def test_branches_sequences_and_templates_are_nested_and_parameters_shown() -> None:
    template = (
        f'<template xmlns="{SYNAPSE}" name="t"><parameter name="who"/><sequence>{prop("in", "t")}</sequence></template>'
    )
    flow = (
        '<filter xpath="1 = 1"><then><sequence key="s"/></then></filter>'
        '<call-template target="t"><with-param name="who" value="me"/></call-template><respond/>'
    )
    trace = await Traced(api(flow), sequence("s", prop("in", "s")), template).trace()
    assert tree(trace["steps"]) == [
        "filter",
        ["sequence s", ["property in"]],
        "call-template t",
        ["property in"],
        "respond",
    ]
    outer, call = trace["steps"][0], trace["steps"][1]
    assert changed(outer) == []
    assert changed(outer["steps"][0]["steps"][0]) == [("default", "in", None, "s")]
    assert call["parameters"] == {"who": "me"}
    assert call["steps"][0]["in"] == "template t"
    assert changed(call["steps"][0]) == [("default", "in", "s", "t")]


async def test_parallel_branches_are_told_apart() -> None:
    branch = sequence("branch", '<probe.yield/><property name="mine" expression="get-property(\'branch\')"/>')
    trace = await Traced(api("<probe.parallel/><respond/>"), branch).trace()
    parallel = trace["steps"][0]
    assert [each for each in changed(parallel) if each[0] == "default"] == [("default", "joined", None, "yes")]
    assert tree(parallel["steps"]).count("property mine") == 2
    values = [changed(each)[0][3] for each in parallel["steps"] if each["name"] == "property mine"]
    assert sorted(str(value) for value in values) == ["0", "1"]
    assert tree(trace["steps"])[-1] == "respond"


async def test_call_to_a_back_end_is_shown_with_url_status_and_time() -> None:
    http = FakeHttp(FakeReply(202, b'{"from": "back end"}'))
    trace = await Traced(api(CALL + "<respond/>"), http=http).trace('{"a": 1}', JSON)
    call = trace["steps"][0]
    (made,) = call["calls"]
    assert (made["method"], made["url"], made["status"]) == ("POST", "http://back.end/p?api_key=*****", 202)
    assert 0 <= made["took_ms"] <= call["took_ms"]
    assert call["payload"]["after"] == {"kind": "unread", "size": 20}
    assert ("axis2", "HTTP_SC", None, "202") in changed(call)
    assert trace["answer"]["text"] == '{"from": "back end"}'
    assert http.asked[0][1] == "http://back.end/p?api_key=0123456789"
    assert not any(name.lower() == b"x-synflow-trace" for name, _ in http.asked[0][2])


async def test_failed_call_and_handled_fault_are_shown_with_their_place() -> None:
    error = TransportError("Connection refused", code=101503, detail="nobody there")
    trace = await Traced(api(CALL, prop("handled", "yes") + "<respond/>"), http=FakeHttp(error)).trace()
    call = trace["steps"][0]
    assert call["outcome"] == "fault"
    assert call["calls"][0]["error"] == "Connection refused (101503): nobody there"
    assert call["fault"]["code"] == 101503
    assert trace["fault"] == {
        "code": 101503,
        "message": "Connection refused",
        "detail": "nobody there",
        "handled": True,
        "location": "api A > GET,POST /x > inSequence > [1] call (flow.xml:1)",
    }
    assert trace["steps"][1]["in"] == "api A > GET,POST /x > faultSequence"
    assert tree(trace["steps"]) == ["call", "property handled", "respond"]


async def test_fault_is_told_once_by_the_innermost_step() -> None:
    flow = '<filter xpath="1 = 1"><then><throwError type="BOOM" errorMessage="it broke"/></then></filter>'
    trace = await Traced(api(flow)).trace()
    outer = trace["steps"][0]
    assert (outer["outcome"], outer["steps"][0]["outcome"]) == ("fault", "fault")
    assert "fault" not in outer
    assert outer["steps"][0]["fault"]["message"] == "it broke"
    assert (trace["fault"]["handled"], trace["status"]) == (False, 500)


async def test_unexpected_error_is_the_same_fault_as_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(message: MessageContext) -> None:
        raise KeyError("a defect")

    traced = Traced(api("<log/><respond/>"))
    traced.services.formats.build = broken
    trace = await traced.trace("{}", JSON)
    assert trace["steps"][0]["fault"]["message"] == "KeyError: 'a defect'"
    assert "log failed unexpectedly: KeyError" in trace["fault"]["message"]
    assert trace["status"] == 500
    assert "unexpected error in api A" in caplog.text


@pytest.mark.parametrize(
    "flow",
    [
        prop("HTTP_SC", "201", "axis2") + "<respond/>",
        '<property name="a" expression="json-eval($.a)"/><respond/>',
        '<throwError type="BOOM" errorMessage="it broke"/>',
        "<drop/>",
    ],
)
async def test_traced_request_gets_the_answer_of_an_untraced_one(flow: str) -> None:
    traced = Traced(api(flow))
    plain = await traced.send('{"a": 1.0}', JSON)
    answer = await traced.send('{"a": 1.0}', {**JSON, **ASKING})
    pairs = [pair for pair in answer.pairs if pair[0] != b"x-synflow-trace-id"]
    assert len(pairs) == len(answer.pairs) - 1
    assert (answer.status, len(answer.content)) == (plain.status, len(plain.content))
    assert sorted(pairs) == sorted(plain.pairs)


@pytest.mark.parametrize(
    ("headers", "client", "traced"),
    [
        ({"X-Synflow-Trace": "1"}, "127.0.0.1", True),
        ({"X-Synflow-Trace": "true"}, "127.9.9.9", True),
        ({"X-Synflow-Trace": "1"}, "::1", True),
        ({"X-Synflow-Trace": "1"}, "::ffff:127.0.0.1", True),
        ({"X-Synflow-Trace": "0"}, "127.0.0.1", False),
        ({}, "127.0.0.1", False),
        ({"X-Synflow-Trace": "1"}, "10.0.0.1", False),
        ({"X-Synflow-Trace": "1"}, "::ffff:10.0.0.1", False),
        ({"X-Synflow-Trace": "1"}, "", False),
        ({"X-Synflow-Trace": "1", "X-Forwarded-For": "10.0.0.1"}, "127.0.0.1", False),
        ({"X-Synflow-Trace": "1", "Via": "1.1 proxy"}, "127.0.0.1", False),
    ],
)
async def test_header_counts_for_direct_clients_of_this_machine_only(
    headers: dict[str, str], client: str, traced: bool
) -> None:
    answer = await Traced(api("<respond/>")).send("", headers, client=client)
    assert (answer.header("x-synflow-trace-id") is not None) is traced


async def test_untraced_messages_make_no_trace_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for name in ("Recorder", "Step", "State", "TracedServices", "TracedHttp", "BackendCall"):
        original = getattr(trace_module, name).__init__

        def counting(self: Any, *args: Any, _name: str = name, _original: Any = original, **more: Any) -> None:
            made.append(_name)
            _original(self, *args, **more)

        monkeypatch.setattr(getattr(trace_module, name), "__init__", counting)
    traced = Traced(api(f"{CALL}<log/><respond/>"), http=FakeHttp(FakeReply(200, b"{}")))
    await traced.send("{}", JSON)
    await traced.client.send("POST", "/a/x", JSON, "{}")
    assert made == []
    await traced.send("{}", {**JSON, **ASKING})
    assert {"Recorder", "Step", "State", "TracedServices", "TracedHttp", "BackendCall"} == set(made)


async def test_last_faulted_messages_are_kept_newest_first_and_others_are_not() -> None:
    fault = '<throwError type="BOOM" errorMessage="{get-property(\'query.param.n\')}"/>'
    flow = f'<filter source="get-property(\'query.param.n\')" regex="[0-9]+"><then>{fault}</then></filter><respond/>'
    traced = Traced(api(flow), keep_faulted=2)
    for n in ("1", "good", "2", "3"):
        answer = await traced.send("", target=f"/a/x?n={n}")
        assert answer.header("x-synflow-trace-id") is None
    kept = traced.faults()
    assert [each["target"] for each in kept] == ["/a/x?n=3", "/a/x?n=2"]
    assert tree(kept[0]["steps"]) == ["filter", ["throwError"]]
    assert len(traced.traces.asked) == 0


async def test_fault_outside_of_any_mediator_is_kept() -> None:
    traced = Traced(
        f'<api xmlns="{SYNAPSE}" name="A" context="/a"><resource methods="POST" inSequence="gone"/></api>',
        keep_faulted=1,
    )
    await traced.send("", target="/a")
    (kept,) = traced.faults()
    assert "gone" in kept["fault"]["message"]
    assert kept["steps"] == []


async def test_cancelled_request_is_no_fault_and_leaves_nothing_running() -> None:
    traced = Traced(api("<probe.hang/>"), keep_faulted=1)
    hangs = traced.services.state["hangs"] = asyncio.Event()
    inbound = FakeInbound("POST", "/a/x", ASKING)
    task = asyncio.create_task(traced.handle(inbound))
    await hangs.wait()
    (running,) = traced.traces._running
    assert traced.found(running)["finished"] is False
    assert traced.found(running)["steps"][0]["outcome"] == "running"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert traced.found(running)["steps"][0]["outcome"] == "cancelled"
    assert traced.found(running)["finished"] is True
    assert not traced.traces._running
    assert len(traced.traces.faults) == 0


async def test_endless_steps_and_values_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "MOST_STEPS", 5)
    monkeypatch.setattr(trace_module, "ROOM", 300)
    flow = "".join(prop(f"p{n}", "v" * 100) for n in range(10)) + '<property name="HTTP_SC" value="203" scope="axis2"/>'
    traced = Traced(api(flow + "<respond/>"))
    answer = await traced.send("", ASKING)
    trace = traced.found(answer.header("x-synflow-trace-id") or "")
    assert answer.status == 203
    assert len(trace["steps"]) == 5
    assert trace["steps_left_out"] == 7
    assert [len(changed(step)) for step in trace["steps"]] == [1, 1, 1, 0, 0]
    assert "full" in trace["incomplete"]


async def test_nothing_of_a_message_is_held_once_its_trace_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Recorder]] = []

    class Watched(Recorder):
        def __init__(self, inbound: Any, *, asked: bool, limit: int) -> None:
            super().__init__(inbound, asked=asked, limit=limit)
            made.append(weakref.ref(self))

    monkeypatch.setattr(tracing_module, "Recorder", Watched)
    traced = Traced(api("<probe.parallel/><throwError type='X' errorMessage='y'/>"), sequence("branch", "<drop/>"))
    # In a task of its own, as from the listener: the context of a request goes with its task.
    assert (await asyncio.create_task(traced.trace()))["fault"]["message"] == "y"
    await asyncio.sleep(0)  # the event loop lets go of the finished task
    gc.collect()
    assert [each() for each in made] == [None]


def a_trace(number: int, size: int = 10) -> KeptTrace:
    return KeptTrace({"id": str(number)}, b"x" * size, asked=True, faulted=False)


def test_shelf_keeps_the_last_ones_within_count_and_bytes() -> None:
    shelf = Shelf(3, 100)
    for number in range(5):
        shelf.add(a_trace(number))
    assert [each.id for each in shelf] == ["4", "3", "2"]
    shelf.add(a_trace(5, 85))
    assert [each.id for each in shelf] == ["5", "4"]
    assert shelf.size == 95
    shelf.add(a_trace(6, 101))
    assert (len(shelf), shelf.size) == (0, 0)


async def test_asked_traces_are_bounded_in_number() -> None:
    traced = Traced(api("<respond/>"))
    for _ in range(ASKED + 3):
        await traced.send("", ASKING)
    assert len(traced.traces.asked) == ASKED
    assert len(traced.traces.fresh()) == ASKED + 1
    assert traced.traces.fresh() == []


def test_kept_trace_survives_the_way_to_another_process() -> None:
    kept = KeptTrace.of({"id": "1"}, {"id": "1", "text": "half \ud800 a character, é"}, asked=False, faulted=True)
    assert json.loads(kept.text)["text"] == "half \ud800 a character, é"
    assert KeptTrace.from_json(json.loads(json.dumps(kept.as_json()))) == kept
