"""A skimmed value is the one that a whole parse finds."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.expressions.json_payload import scalar_in, text_in
from engine.expressions.jsonpath import compile_jsonpath
from engine.message.body import EMPTY_BODY
from engine.message.payload import Payload
from engine.values import json_skim
from engine.values.json_skim import UNKNOWN, Skim
from engine.values.missing import MISSING

NAMES = st.sampled_from(["a", "b", "é", "a b", 'q"', "\\", ""])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**53, 2**63 - 1, 2**63, -(2**63), 10**30, 1.5, -0.0, 1e300]),
    st.text(max_size=5),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


def reading(text: bytes) -> Payload:
    payload = Payload(EMPTY_BODY, "application/json")
    payload.set_json_text(text)
    return payload


def path_text(names: list[str]) -> str:
    return "$" + "".join(f"[{json.dumps(name)}]" for name in names)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"a":{"b":"x"}}', "x"),
        (b'{"a":{"b":true}}', True),
        (b'{"a":{"b":null}}', None),
        (b'{"a":{"b":7}}', 7),
        (b'{"a":{"b":1},"a":{}}', MISSING),
        (b'{"a":{"b":1},"a":{"b":2}}', 2),
        (b'{"a":{}}', MISSING),
        (b"{}", MISSING),
        (b'{"a":{"b":0}}', UNKNOWN),
        (b'{"a":{"b":-1}}', UNKNOWN),
        (b'{"a":{"b":1.0}}', UNKNOWN),
        (b'{"a":{"b":9223372036854775808}}', UNKNOWN),
        (b'{"a":{"b":{}}}', UNKNOWN),
        (b'{"a":[]}', UNKNOWN),
        (b'{"a":null}', UNKNOWN),
        (b"[]", UNKNOWN),
        (b'{"a":{"b":1}', UNKNOWN),
        (b'{"a":{"b":1}}x', UNKNOWN),
        (b'{"c":"\\q","a":{"b":1}}', UNKNOWN),
        (b'{"c":"\xff","a":{"b":1}}', UNKNOWN),
        (b'{"c":' + b"[" * 100_000 + b"]" * 100_000 + b',"a":{"b":1}}', UNKNOWN),
    ],
)
def test_what_is_found(text: bytes, found: object) -> None:
    answer = Skim(("a", "b")).read(text)
    assert answer == found
    assert type(answer) is type(found)


def test_a_name_that_is_no_unicode_text_is_left_to_the_parse() -> None:
    assert Skim(("\ud800",)).read(b"{}") is UNKNOWN


@given(DOCUMENTS, st.lists(NAMES, min_size=1, max_size=3), st.booleans())
@example({"a": "\ud800"}, ["a"], True)
def test_the_answer_is_that_of_the_parse(document: object, names: list[str], ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    path = compile_jsonpath(path_text(names))
    skimmed = Skim(tuple(names)).read(text)
    if skimmed is UNKNOWN:
        return
    parsed = reading(text).document()
    assert path.skim is not None
    assert path.skim.names == tuple(names)
    value = path.value(parsed.exact)
    assert (value, type(value)) == (skimmed, type(skimmed))
    padded = reading(text + b" " * json_skim.SKIM_FROM)
    assert text_in(padded, path) == path.text_of(parsed)
    assert scalar_in(padded, path) == path.scalar_of(parsed)


def test_after_a_few_skims_the_document_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    payload = reading(json.dumps({name: name * 900 for name in "abcdef"}).encode())
    seen = []
    monkeypatch.setattr(Skim, "read", lambda self, text: seen.append(self.names[0]) or self.names[0])
    answers = [text_in(payload, compile_jsonpath(f"$.{name}"))[0] for name in "abcdef"]
    assert answers == list("abcdef")
    assert seen == ["a", "b", "c"]


@pytest.mark.parametrize("expression", ["$[0]", "$.a[0]", "$.*", "$..a", "$.a.length()", "$['a','b']", "$"])
def test_other_paths_are_not_skimmed(expression: str) -> None:
    assert compile_jsonpath(expression).skim is None
