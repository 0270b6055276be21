from __future__ import annotations

import gc

import pytest

from engine.message.context import MessageContext
from tests.fakes.inbound import Client

pytestmark = pytest.mark.anyio

NS = 'xmlns="http://ws.apache.org/ns/synapse"'


def api(in_sequence: str, fault_sequence: str = "") -> str:
    return (
        f'<api {NS} name="a" context="/a"><resource methods="POST"><inSequence>{in_sequence}</inSequence>'
        f"<faultSequence>{fault_sequence}</faultSequence></resource></api>"
    )


def messages() -> int:
    return sum(type(each) is MessageContext for each in gc.get_objects())


@pytest.mark.parametrize(
    "flow",
    [
        api('<property name="a" expression="json-eval($.a)"/>', "<respond/>"),
        api('<throwError type="X" errorMessage="y"/>', '<property name="a" expression="json-eval($.a)"/>'),
        api('<throwError type="X" errorMessage="y"/>', "<respond/>"),
    ],
    ids=["malformed body", "fault sequence that fails", "thrown"],
)
@pytest.mark.usefixtures("no_collector")
async def test_faulted_message_goes_without_the_cyclic_collector(flow: str) -> None:
    client = Client(flow)
    await client.send("POST", "/a", {"content-type": "application/json"}, "{")
    before = messages()
    for _ in range(5):
        await client.send("POST", "/a", {"content-type": "application/json"}, "{")
    assert messages() == before


async def test_empty_fault_sequence_leaves_the_fault_to_the_client() -> None:
    answer = await Client(api('<throwError type="X" errorMessage="y"/>')).send("POST", "/a")
    assert answer.status == 500
    assert "X" in answer.text
