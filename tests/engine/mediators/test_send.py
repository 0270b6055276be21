from __future__ import annotations

import pytest

from engine.source.document import SYNAPSE
from tests.fakes.backends import Backends, refused, reply
from tests.fakes.flows import FakeServices
from tests.fakes.inbound import Client

TO_B = '<endpoint><http method="get" uri-template="http://b/"/></endpoint>'
MARK = "<header name='X-At' scope='transport' value='{}'/>"


def client(in_sequence: str, out_sequence: str = "", *sequences: str, **hosts: object) -> Client:
    api = (
        f'<api xmlns="{SYNAPSE}" name="T" context="/t"><resource methods="GET POST" uri-template="/x">'
        f"<inSequence>{in_sequence}</inSequence>"
        + (f"<outSequence>{out_sequence}</outSequence>" if out_sequence else "")
        + "</resource></api>"
    )
    files = [
        f'<sequence xmlns="{SYNAPSE}" name="{text.partition("=")[0]}">{text.partition("=")[2]}</sequence>'
        for text in sequences
    ]
    return Client(api, *files, services=FakeServices(http=Backends(**hosts)))  # type: ignore[arg-type]


async def test_the_reply_goes_through_the_out_sequence_and_nothing_behind_send_runs() -> None:
    answer = await client(f"<send>{TO_B}</send>{MARK.format('dead')}<respond/>", MARK.format("out") + "<send/>").send(
        "GET", "/t/x"
    )
    assert answer.header("X-At") == "out"
    assert answer.json == {"ok": True}


async def test_without_an_out_sequence_the_reply_goes_straight_back() -> None:
    answer = await client(f"<send>{TO_B}</send>", b=reply({"n": 1}, status=206)).send("GET", "/t/x")
    assert (answer.status, answer.json) == (206, {"n": 1})


async def test_a_receiving_sequence_takes_the_reply() -> None:
    served = client(
        f"<property name='kept' value='k'/><send receive='rcv'>{TO_B}</send>",
        MARK.format("out") + "<send/>",
        "rcv=<header name='X-At' scope='transport' expression=\"fn:concat('rcv-', $ctx:kept)\"/><send/>",
    )
    assert (await served.send("GET", "/t/x")).header("X-At") == "rcv-k"


async def test_receiving_sequences_may_send_on() -> None:
    served = client(
        f"<send receive='one'>{TO_B}</send>",
        "",
        f"one={MARK.format('one')}<send receive='two'>{TO_B}</send>",
        f"two={MARK.format('two')}<respond/>",
        b=[reply({"n": 1}), reply({"n": 2})],
    )
    answer = await served.send("GET", "/t/x")
    assert (answer.header("X-At"), answer.json) == ("two", {"n": 2})


async def test_a_receiving_sequence_that_is_not_there_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    answer = await client(f"<send receive='{{$ctx:nope}}'>{TO_B}</send>", MARK.format("out") + "<send/>").send(
        "GET", "/t/x"
    )
    assert answer.header("X-At") == "out"
    missing = client(
        f"<property name='s' value='gone'/><send receive='{{$ctx:s}}'>{TO_B}</send>", MARK.format("out") + "<send/>"
    )
    assert (await missing.send("GET", "/t/x")).header("X-At") == "out"
    assert "Cannot find a Sequence with name: gone for injecting the response message" in caplog.text


async def test_on_the_response_path_send_forwards_to_its_endpoint_and_answers_with_the_reply() -> None:
    second = '<endpoint><http method="post" uri-template="http://c/"/></endpoint>'
    served = client(f"<send>{TO_B}</send>", f"<send>{second}</send>", b=reply({"n": 1}), c=reply({"n": 2}))
    assert (await served.send("GET", "/t/x")).json == {"n": 2}
    assert served.services.http.last.body == b'{"n": 1}'


async def test_out_only_answers_202() -> None:
    answer = await client(f"<property name='OUT_ONLY' value='true'/><send>{TO_B}</send>").send("GET", "/t/x")
    assert answer.status == 202


async def test_a_failure_without_fault_sequence_is_told_to_the_client() -> None:
    answer = await client(f"<send>{TO_B}</send>", b=refused()).send("GET", "/t/x")
    assert answer.status == 500
    assert answer.json["fault"]["code"] == "101503"
