"""What is long is looked at in a thread, and by mediators that wait for something only once it is parsed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from engine.mediators.base import CONTINUE, Flow, Mediator
from engine.mediators.flow import MediatorList
from engine.message.blob import Blob, BlobBody
from engine.message.context import MessageContext
from engine.message.payload import HEAVY, PARSING, READING, Payload
from engine.values.json_document import LARGE
from tests.fakes.flows import a_message, run_flow

pytestmark = pytest.mark.anyio

JSON = b'{"a":"yes","n":[' + b"1," * (LARGE // 2) + b"2]}"
XML = b"<r><a>yes</a>" + b"<b/>" * (LARGE // 4) + b"</r>"
READS = {"application/json": "json-eval($.a)", "application/xml": "//a"}


def message_of(text: bytes, content_type: str) -> MessageContext:
    message = a_message("")
    message.payload = Payload(BlobBody(Blob(text)), content_type)
    return message


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[bool]]:
    """By what was called: whether that was in the main thread."""
    seen: dict[str, set[bool]] = {}

    def noting(owner: type, name: str) -> None:
        real: Callable[..., object] = getattr(owner, name)

        def called(*given: object) -> object:
            seen.setdefault(name, set()).add(threading.current_thread() is threading.main_thread())
            return real(*given)

        monkeypatch.setattr(owner, name, called)

    from engine.expressions.json_eval import JsonEval
    from engine.expressions.xpath import XPath

    noting(JsonEval, "text")
    noting(XPath, "_evaluated")
    return seen


@pytest.mark.parametrize(("text", "content_type"), [(JSON, "application/json"), (XML, "application/xml")])
@pytest.mark.parametrize(
    "flow",
    [
        '<property name="r" expression="{}"/>',
        '<filter source="{}" regex="yes"><property name="r" value="yes"/></filter>',
        '<switch source="{}"><case regex="yes"><property name="r" value="yes"/></case></switch>',
    ],
)
async def test_expressions_over_a_long_payload_run_in_a_thread(
    flow: str, text: bytes, content_type: str, threads: dict[str, set[bool]]
) -> None:
    message = message_of(text, content_type)
    await run_flow(flow.format(READS[content_type]), message)
    assert message.properties["r"] == "yes"
    assert set().union(*threads.values()) == {False}


async def test_a_short_payload_is_looked_at_where_the_flow_runs(threads: dict[str, set[bool]]) -> None:
    message = message_of(b'{"a":"yes"}', "application/json")
    await run_flow('<property name="r" expression="json-eval($.a)"/>', message)
    assert message.properties["r"] == "yes"
    assert threads == {"text": {True}}


class Waiting(Mediator):
    """A mediator that waits for something."""

    async def mediate(self, message: MessageContext) -> Flow:
        message.properties["r"] = message.payload.json()["a"]  # type: ignore[index, call-overload]
        return CONTINUE


async def test_long_json_is_parsed_in_a_thread_for_what_cannot_run_in_one(threads: dict[str, set[bool]]) -> None:
    message = message_of(JSON, "application/json")
    parsed: list[bool] = []
    parse = Payload.document

    def noting(payload: Payload) -> object:
        parsed.append(threading.current_thread() is threading.main_thread())
        return parse(payload)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Payload, "document", noting)
        await MediatorList([Waiting()]).run(message)
    assert message.properties["r"] == "yes"
    assert parsed == [False, True]  # ready when the mediator looks


async def test_a_flow_that_does_not_look_parses_nothing(threads: dict[str, set[bool]]) -> None:
    message = message_of(JSON, "application/json")
    await message.build()
    written = await message.exchange.services.formats.write(message, request=False)
    assert written.body == JSON
    assert threads == {}


async def test_demands_of_a_payload() -> None:
    message = message_of(JSON, "application/json")
    assert message.payload.demands == READING
    await message.build()
    assert message.payload.demands == PARSING | HEAVY
    message.payload.document()
    assert message.payload.demands == HEAVY
    message.payload.json_changed({})
    assert message.payload.demands == HEAVY
    message.payload.set_json({})
    assert message.payload.demands == 0


async def test_a_long_tree_is_heavy_until_it_is_replaced() -> None:
    message = message_of(XML, "application/xml")
    await message.build()
    twin = message.payload.clone()
    assert message.payload.demands == twin.demands == HEAVY
    message.payload.envelope()
    assert message.payload.demands == HEAVY
    message.payload.clear()
    assert message.payload.demands == 0
    root = twin.element()
    assert root is not None
    assert len(root) == LARGE // 4 + 1
