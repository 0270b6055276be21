from __future__ import annotations

import pytest

from engine.codecs.soap import SoapVersion
from engine.errors import PayloadError
from engine.message.blob import Blob
from engine.message.payload import Payload, PayloadKind
from engine.message.values import serialize
from engine.values.missing import MISSING


def json_payload(text: bytes, *, lenient: bool = False) -> Payload:
    payload = Payload()
    payload.set_json_text(text, lenient=lenient)
    return payload


def test_json_text_is_kept_as_it_came_however_it_is_read() -> None:
    payload = json_payload(b'{ "a": 4.00 }')
    assert payload.json() == {"a": 4.0}
    element = payload.element()
    assert element is not None
    assert serialize(element) == "<jsonObject><a>4.00</a></jsonObject>"
    assert payload.json_text() == b'{ "a": 4.00 }'


def test_names_given_twice_are_both_seen_as_xml() -> None:
    element = json_payload(b'{"k":1,"k":2}').element()
    assert element is not None
    assert serialize(element) == "<jsonObject><k>1</k><k>2</k></jsonObject>"


def test_a_changed_xml_view_replaces_the_json() -> None:
    payload = json_payload(b'{"a":1}')
    element = payload.element()
    assert element is not None
    element[0].text = "2"
    payload.xml_changed()
    assert payload.kind is PayloadKind.XML
    assert payload.json_text() == b'{"a":2}'


def test_a_changed_json_value_replaces_text_and_xml() -> None:
    payload = json_payload(b'{"a":1}')
    _ = payload.element()
    payload.json_changed({"b": [1]})
    element = payload.element()
    assert element is not None
    assert (serialize(element), payload.json_text()) == ("<jsonObject><b>1</b></jsonObject>", b'{"b":[1]}')


@pytest.mark.parametrize("view", ["json", "element"])
def test_text_that_is_no_json_is_told_with_its_place(view: str) -> None:
    payload = json_payload(b'{"a": 1,\n"b" 2}')
    with pytest.raises(PayloadError, match="line 2") as caught:
        getattr(payload, view)()
    assert caught.value.code == 0


def test_lenient_text_is_read_as_gson_does_and_kept() -> None:
    payload = json_payload(b"{a: 'x', b: word}", lenient=True)
    assert payload.json() == {"a": "x", "b": "word"}
    element = payload.element()
    assert element is not None
    assert serialize(element) == "<jsonObject><a>x</a><b>word</b></jsonObject>"
    assert payload.json_text() == b"{a: 'x', b: word}"
    with pytest.raises(PayloadError, match="never closed"):
        json_payload(b"{a: 'x'", lenient=True).json()


def test_a_clone_keeps_what_was_built_and_is_independent() -> None:
    payload = Payload()
    root = Payload()
    root.set_json({"a": [1]})
    twin = root.clone()
    twin.json_changed({"a": []})
    assert root.json() == {"a": [1]}
    payload.set_text_blob(Blob(b"text"), "utf-8")
    other = payload.clone()
    payload.clear()
    assert (other.text(), payload.json()) == ("text", MISSING)


@pytest.mark.parametrize(
    ("content_type", "version"),
    [
        ("application/soap+xml; charset=UTF-8", SoapVersion.SOAP12),
        ("text/xml", SoapVersion.SOAP11),
        ("", SoapVersion.SOAP11),
    ],
)
def test_the_soap_version_is_known_before_the_body_is_read(content_type: str, version: SoapVersion) -> None:
    assert Payload(content_type=content_type).soap is version
