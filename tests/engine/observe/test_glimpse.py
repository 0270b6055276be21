from __future__ import annotations

import pytest
from lxml import etree

from engine.message.blob import Blob
from engine.message.body import BytesBody
from engine.message.payload import Payload
from engine.message.values import JsonValue, Nodes, TextNode
from engine.observe.glimpse import MARGIN, Glimpse, glimpse, masked, shown
from engine.observe.redaction import Redactor
from engine.values.json_document import dumps, parse

DEEP: list[object] = []
for _ in range(100_000):
    DEEP = [DEEP]


def filled(how: str, *values: object) -> Payload:
    payload = Payload(BytesBody(b"abc"), "text/plain")
    getattr(payload, how)(*values)
    return payload


@pytest.mark.parametrize(
    "text",
    [
        '{"a":[1,2.50,{"b":null}],"c":"é\\"\\n","d":{},"e":[],"f":true}',
        "[]",
        "{}",
        "1",
        '"x"',
        "null",
        "[[],[[]]]",
    ],
)
def test_json_value_is_spelled_as_it_would_be_sent(text: str) -> None:
    payload = filled("set_json", parse(text))
    assert glimpse(payload, 1000).text == dumps(parse(text))
    assert payload.known_json_text is None


def test_only_the_beginning_of_a_large_json_value_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    payload = filled("set_json", {"rows": [{"n": n} for n in range(100_000)]})
    text = glimpse(payload, 100).text
    assert len(text) == 100 + MARGIN
    assert text.startswith('{"rows":[{"n":0},{"n":1}')


def test_deep_json_ends_in_dots() -> None:
    assert "[[…]]" in glimpse(filled("set_json", DEEP), 1000).text


def test_json_text_is_not_parsed() -> None:
    assert glimpse(filled("set_json_text", b'{"broken": '), 100) == Glimpse("json", '{"broken": ', 11)


def test_only_the_beginning_of_a_large_element_is_written() -> None:
    root = etree.fromstring(b"<a xmlns:p='urn:p'>" + b"<p:b c='1'>\xc3\xa9</p:b>" * 50_000 + b"</a>")
    text = glimpse(filled("set_element", root), 100).text
    assert len(text) == 100 + MARGIN
    assert text.startswith('<a xmlns:p="urn:p"><p:b c="1">é</p:b><p:b')


def test_element_inside_of_a_document_is_shown_alone() -> None:
    root = etree.fromstring("<a><b>1</b>tail</a>")
    assert shown(root[0], 100) == "<b>1</b>"


def test_envelope_is_not_made_to_look_at_xml() -> None:
    payload = filled("set_element", etree.fromstring("<a/>"))
    assert glimpse(payload, 100).text == "<a/>"
    assert payload.bare_root is not None


@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        (filled("set_text", "héllo"), Glimpse("text", "héllo", 6)),
        (filled("set_binary", Blob(b"\x00\x01")), Glimpse("binary", size=2)),
        (filled("clear"), Glimpse("empty", size=0)),
        (Payload(BytesBody(b"")), Glimpse("empty", size=0)),
        (Payload(BytesBody(b"abc")), Glimpse("unread", size=3)),
    ],
)
def test_other_payloads(payload: Payload, seen: Glimpse) -> None:
    assert glimpse(payload, 100) == seen


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.0, "1.0"),
        (7, "7"),
        ("x" * 10_000, "x" * (100 + MARGIN)),
        (JsonValue({"a": [1]}), '{"a":[1]}'),
        (TextNode(Blob(b"text" * 5000)), "text" * ((100 + MARGIN) // 4)),
        (Nodes([etree.fromstring("<a/>"), "b"]), "<a/>b"),
        (
            {"headers": JsonValue({"h": "1"}), "payload": etree.fromstring("<p/>"), "n": float("nan")},
            '{"headers":{"h":"1"},"payload":"<p/>","n":NaN}',
        ),
        (ValueError("wrong"), "ValueError: wrong"),
    ],
)
def test_values_are_shown_by_their_beginning(value: object, text: str) -> None:
    assert shown(value, 100) == text


def test_cut_is_marked_and_secrets_at_it_are_masked() -> None:
    redactor = Redactor()
    redactor.know("test", ["topsecret"])
    assert masked(redactor, "short", 100) == "short"
    assert masked(redactor, "x" * 101, 100) == "x" * 100 + "…"
    assert masked(redactor, "a topsecret", 5) == "a ***…"
    assert masked(redactor, shown("y" * 50 + "topsecret" + "z" * 10_000, 100), 100)[:57] == "y" * 50 + "*****zz"
    assert masked(redactor, shown("topsecret" * 1000, 100), 100) == "…"
    assert masked(redactor, "value", 100, name="clientSecret") == "*****"
