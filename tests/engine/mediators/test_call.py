"""Call: blocking calls, source and target, OUT_ONLY."""

from __future__ import annotations

import asyncio

import pytest

from engine.mediators.delivery import RUNNING, finish_background
from tests.fakes.backends import FakeReply, Sent, refused, reply
from tests.fakes.flows import problems_of
from tests.fakes.served import Served, fault_of

TO_B = '<endpoint><http method="post" uri-template="http://b/">{}</http></endpoint>'
NEVER = "<suspendOnFailure><initialDuration>0</initialDuration></suspendOnFailure>"
HTTP_SC = "<header name='X-SC' scope='transport' expression=\"get-property('axis2','HTTP_SC')\"/><respond/>"


def blocking(more: str = "") -> str:
    return f'<call blocking="true">{TO_B.format(more)}</call>{HTTP_SC}'


@pytest.mark.parametrize("status", [200, 201, 202, 400, 409, 500])
async def test_a_blocking_call_goes_on_with_these_statuses_and_keeps_headers_and_axis2_properties(status: int) -> None:
    served = Served(
        '<property name="ax" value="a1" scope="axis2"/>'
        + blocking().replace(
            "<respond/>", "<header name='X-Ax' scope='transport' expression=\"get-property('axis2','ax')\"/><respond/>"
        ),
        b=reply({"s": status}, status=status, X_Back="1"),
    )
    answer = await served.post(X_In="1")
    assert (answer.status, answer.json) == (status, {"s": status})
    assert answer.header("X-SC") == str(status)
    assert answer.header("X-Ax") == "a1"
    assert answer.header("X-In") == "1"
    assert answer.header("X-Back") is None


@pytest.mark.parametrize(
    ("status", "phrase"), [(302, "Found"), (401, "Unauthorized"), (404, "Not Found"), (503, "Service Unavailable")]
)
async def test_a_blocking_call_faults_with_these(status: int, phrase: str) -> None:
    served = Served(blocking(), b=reply({"s": 1}, status=status))
    answer = await served.post('{"mine": 1}')
    assert fault_of(answer) == (str(status), f"Transport error: {status} Error: {phrase}")
    assert (answer.status, answer.json) == (status, {"mine": 1})
    assert fault_of(await served.post())[0] == "303001"


async def test_listed_statuses_are_replies() -> None:
    served = Served(
        '<property name="non.error.http.status.codes" value="404, 503" scope="axis2"/>' + blocking(),
        b=reply(b"x", "text/plain", 404),
    )
    assert (await served.post()).header("X-SC") == "404"


async def test_a_refused_blocking_call_says_so_without_detail() -> None:
    served = Served(blocking(NEVER), b=refused())
    assert fault_of(await served.post()) == ("401002", "Error connecting to the back end")


async def test_a_blocking_call_may_take_the_headers_of_the_reply() -> None:
    served = Served(
        '<property name="BLOCKING_SENDER_PRESERVE_REQ_HEADERS" value="false"/>' + blocking(),
        b=reply({"s": 1}, X_Back="1"),
    )
    answer = await served.post(X_In="1")
    assert (answer.header("X-Back"), answer.header("X-In")) == ("1", None)


def call(inside: str) -> str:
    return f"<call>{TO_B.format('')}{inside}</call>"


@pytest.mark.parametrize(
    ("source", "body", "media"),
    [
        ('<source type="inline" contentType="application/json">{"i": 1}</source>', b'{"i": 1}', "application/json"),
        (
            '<source type="inline" contentType="application/xml"><i xmlns="">1</i></source>',
            b"<i>1</i>",
            "application/xml",
        ),
        ('<source type="property">p</source>', b'{"p":true}', "application/json"),
        ('<source type="property" contentType="text/plain">p</source>', b'{"p":true}', "text/plain"),
        ('<source type="custom">json-eval($.in)</source>', b'{"x":1}', "application/json"),
        ('<source type="custom" contentType="application/xml">//in</source>', b"<in><x>1</x></in>", "application/xml"),
        ('<source type="body"/>', b'{"in":{"x":1}}', "application/json"),
        (
            '<source type="body" contentType="application/xml"/>',
            b"<jsonObject><in><x>1</x></in></jsonObject>",
            "application/xml",
        ),
    ],
)
async def test_a_source_is_sent_in_place_of_the_body(source: str, body: bytes, media: str) -> None:
    served = Served('<property name="p" value=\'{"p":true}\'/>' + call(source) + "<respond/>")
    answer = await served.post('{"in":{"x":1}}')
    assert served.backends.last.body.replace(b' xmlns=""', b"") == body
    assert served.backends.last.headers["content-type"].startswith(media)
    assert answer.json == {"ok": True}


async def test_a_source_that_gives_nothing_is_a_fault() -> None:
    served = Served(call('<source type="property">none</source>') + "<respond/>")
    assert "gives nothing to send" in str(fault_of(await served.post())[1])
    assert not served.backends.sent


async def test_a_text_source_must_be_text() -> None:
    served = Served(call('<source type="custom" contentType="text/plain">//a</source>') + "<respond/>")
    assert fault_of(await served.post())[1] == "Property value must be a string for text/plain"


async def test_a_target_keeps_the_reply_and_gives_the_body_back() -> None:
    served = Served(
        call('<source type="inline" contentType="text/plain">hello</source><target type="variable">r</target>')
        + "<header name='X-K' scope='transport' expression='${vars.r.payload.k}'/>"
        "<header name='X-B' scope='transport' expression=\"${vars.r.headers['X-Back']}\"/>"
        "<header name='X-S' scope='transport' expression='${vars.r.attributes.statusCode}'/><respond/>",
        b=reply({"k": "v"}, status=201, X_Back="bh"),
    )
    answer = await served.post('{"s" : "orig"}')
    assert served.backends.last.body == b"hello"
    assert (answer.status, answer.content) == (201, b'{"s" : "orig"}')
    assert [answer.header(name) for name in ("X-K", "X-B", "X-S")] == ["v", "bh", "201"]
    assert answer.header("Content-Type") == "application/json"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply({"k": 1}), '{"k": 1}'),
        (reply("<r>t</r>", "application/xml"), "t"),
        (reply("plain", "text/plain"), "plain"),
    ],
)
async def test_a_property_holds_json_text_or_nodes(answer: FakeReply, expected: str) -> None:
    served = Served(
        call('<target type="property">r</target>')
        + "<header name='X-R' scope='transport' expression='$ctx:r'/><respond/>",
        b=answer,
    )
    assert (await served.post()).header("X-R") == expected


async def test_out_only_goes_on_at_once_with_its_own_body() -> None:
    release = asyncio.Event()
    reached: list[Sent] = []

    class Slow:
        async def send(self, method: str, url: str, headers: object, body: bytes, **more: object) -> FakeReply:
            await release.wait()
            reached.append(Sent(method, url, {}, body, None, {}))
            return reply()

    served = Served('<property name="OUT_ONLY" value="true"/>' + call("") + "<respond/>")
    served.services.http = Slow()
    answer = await served.post('{"mine": 1}')
    assert answer.json == {"mine": 1}
    assert not reached
    assert len(served.services.state[RUNNING]) == 1
    release.set()
    assert await finish_background(served.services.state, 10) == 0
    assert reached[0].body == b'{"mine": 1}'


async def test_a_failed_out_only_call_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    served = Served('<property name="OUT_ONLY" value="true"/>' + call("") + "<respond/>", b=refused())
    assert (await served.post()).status == 200
    await finish_background(served.services.state, 10)
    assert "was not delivered" in caplog.text


async def test_what_never_ends_is_given_up_when_the_engine_stops() -> None:
    class Never:
        async def send(self, *given: object, **more: object) -> FakeReply:
            await asyncio.Event().wait()
            raise AssertionError("unreachable")

    served = Served('<property name="OUT_ONLY" value="true"/>' + call("") + "<respond/>")
    served.services.http = Never()
    await served.post()
    assert await finish_background(served.services.state, 0) == 1
    assert not served.services.state[RUNNING]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ('<source type="property"/>', "SYN021"),
        ('<source type="inline"/>', "SYN025"),
        ('<source type="custom">${payload.a}</source>', "SYN030"),
        ('<source type="custom">//[</source>', "SYN030"),
        ('<target type="variable"/>', "SYN021"),
        ('<target type="bogus">x</target>', "SYN022"),
        ('<endpoint key="second"/>', "SYN026"),
    ],
)
def test_mistakes_are_told(inside: str, code: str) -> None:
    assert code in [problem.code for problem in problems_of(call(inside))]
