from __future__ import annotations

import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.values.json_document import LARGE, MAX_DEPTH, JsonDocument, JsonSyntaxError, json_document, parse
from engine.values.json_number import Json, JsonNumber
from engine.values.json_slices import LargeDocument, parse_in_slices

BLANKS = st.text(" \t\r\n", max_size=3)
NUMBERS = st.sampled_from(
    ["0", "-0", "-1", "7", "1.50", "1E2", "9223372036854775807", "9223372036854775808", "1" * 30, "2" * 1025, "-0.0"]
)
TEXTS = st.one_of(
    st.text(max_size=6).map(json.dumps),
    st.text('{}[],:"\\/ é', max_size=8).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.sampled_from(['"\\ud800"', '"\\\\"', '"\\u0041"', '"' + "long " * 20 + '"']),
)
WORDS = st.sampled_from(["true", "false", "null"])
NAMES = st.one_of(TEXTS, st.sampled_from(['"a"', '"b"', '""', '"\\u0061"']))


@st.composite
def _container(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    if draw(st.booleans()):
        items = [f"{draw(BLANKS)}{each}{draw(BLANKS)}" for each in draw(st.lists(inside, max_size=4))]
        return "[" + (",".join(items) or draw(BLANKS)) + "]"
    pairs = [
        f"{draw(BLANKS)}{name}{draw(BLANKS)}:{draw(BLANKS)}{value}{draw(BLANKS)}"
        for name, value in draw(st.lists(st.tuples(NAMES, inside), max_size=4))
    ]
    return "{" + (",".join(pairs) or draw(BLANKS)) + "}"


DOCUMENTS = st.recursive(st.one_of(NUMBERS, TEXTS, WORDS), _container, max_leaves=25)


SPOILING = [b"", b",", b"]", b"}", b"[", b"{", b'"', b":", b" ", b"\n", b"\\", b"1", b"\xff", b"x", b"\x00"]


@st.composite
def _spoilt(draw: st.DrawFn) -> bytes:
    """A document with something put in, taken out or cut off."""
    data = bytearray(draw(DOCUMENTS).encode())
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 3))
        data[place : place + cut] = draw(st.sampled_from(SPOILING))
    return bytes(data)


def outcome(text: str | bytes, size: int = 0) -> object:
    try:
        return exact(parse_in_slices(text, size=size)[0] if size else parse(text))
    except JsonSyntaxError as error:
        return str(error)


def exact(value: Json) -> object:
    """The value with kinds, spellings and the order of members."""
    if isinstance(value, dict):
        return [(name, exact(item)) for name, item in value.items()], dict
    if isinstance(value, list):
        return [exact(item) for item in value]
    return (type(value), value.text) if isinstance(value, JsonNumber) else (type(value), value)


@given(DOCUMENTS, st.sampled_from([1, 2, 3, 7, 20, 60]), st.booleans())
@example('{"a":[1,2],"a":[3]}', 2, False)
@example('{"a":1,"b":2,"a":{"c":[[[[[[[[1]]]]]]]]}}', 9, True)
@example("[" + '"\\\\\\"",' * 5 + "1]", 1, True)
def test_slices_give_what_parse_gives(document: str, size: int, encoded: bool) -> None:
    text = document.encode() if encoded else document
    assert outcome(text, size) == outcome(text)


@given(_spoilt(), st.sampled_from([1, 2, 3, 7, 20, 60]))
@example(b"[1,]", 1)
@example(b"[,1]", 1)
@example(b"[1,,2]", 1)
@example(b"[1] , [2]", 1)
@example(b'{"a":1,}', 1)
@example(b'{"a":1 "b"}', 1)
@example(b'{"a" 1}', 1)
@example(b'[1,\n 2,\n {"a": [1, 2}]]', 3)
@example(b'["abc', 2)
@example(b'["a\nb"]', 2)
@example('["é", \n"éé" x]'.encode(), 4)
@example(b'[1,"\xff"', 3)
@example(b"[" + b"3" * 2000 + b"]", 60)
@example(b"[NaN]", 3)
def test_errors_are_those_of_parse(data: bytes, size: int) -> None:
    assert outcome(data, size) == outcome(data)


@pytest.mark.parametrize("size", [1, 10, 100, 1000])
@pytest.mark.parametrize("depth", [7, 100, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}"), ('[0,{"b":1,"a":', "}]")])
def test_depth_has_the_same_limit(depth: int, start: str, end: str, size: int) -> None:
    levels = depth // (1 + start.startswith("[0"))
    text = start * levels + "1" + end * levels
    assert outcome(text, size) == outcome(text)
    assert outcome(f"[{text},{text}]", size) == outcome(f"[{text},{text}]")


def test_long_containers_are_the_spine() -> None:
    inner = "[" + ",".join(['{"b":1}'] * 20) + "]"
    value, spine = parse_in_slices(f'{{"a":{inner},"c":[1]}}', size=40)
    assert [container for container, _ in spine] == [value, value["a"]]
    assert [around for _, around in spine] == [-1, 0]


def test_a_slice_is_no_longer_than_asked_for() -> None:
    seen: list[int] = []

    def noting(text: bytes) -> Json:
        seen.append(len(text))
        return parse(text)

    text = json.dumps(
        {"a": [{"b": [number, {"c": "d"}]} for number in range(1000)], **{f"k{n}": n for n in range(500)}}
    )
    assert parse_in_slices(text, noting, size=200)[0] == json.loads(text)
    assert max(seen) <= 202
    assert len(seen) < 3 * len(text) / 200


def test_half_a_character_in_a_text() -> None:
    assert parse_in_slices('["\ud800"]', size=1)[0] == ["\ud800"]


def test_byte_order_mark() -> None:
    assert parse_in_slices(b"\xef\xbb\xbf[1]", size=1)[0] == [1]


@pytest.mark.parametrize("value", [b'"text"', b" 12 ", b"1.50"])
def test_scalars_have_no_spine(value: bytes) -> None:
    assert parse_in_slices(value, size=1) == (parse(value), [])


def test_large_document_in_both_views() -> None:
    text = b'{"a":"b","n":[' + b"1.50," * (LARGE // 5) + b"2]}"
    document = json_document(text)
    assert document.quick is document.exact
    assert document.exact == parse(text)
    assert type(document.exact["n"][0]) is JsonNumber


def test_changed_large_document_is_still_taken_care_of() -> None:
    before = json_document(b'{"a":1' + b" " * LARGE + b"}")
    value = before.exact
    value["a"] = 2
    after = before.changed(value)
    assert type(after) is type(before) is LargeDocument
    assert after.exact is after.quick is value
    assert type(before.changed({})) is JsonDocument
    assert type(json_document(b"{}").changed({})) is JsonDocument


def test_number_that_only_the_quick_view_of_a_large_document_can_hold() -> None:
    document = json_document(b'{"b":1.' + b"9" * LARGE + b',"a":1}')
    with pytest.raises(JsonSyntaxError, match="1024 are the most"):
        _ = document.exact
    assert document.quick["a"] == 1


def test_wrong_large_document_tells_the_place() -> None:
    document = json_document(b"[\n" + b'"a",\n' * LARGE + b"?]")
    with pytest.raises(JsonSyntaxError) as caught:
        _ = document.exact
    assert (caught.value.line, caught.value.column) == (LARGE + 2, 1)


def test_recursion_is_not_used() -> None:
    depth = sys.getrecursionlimit() * 2
    with pytest.raises(JsonSyntaxError, match="nested deeper than 255 levels"):
        parse_in_slices("[" * depth + "]" * depth, size=50)


@pytest.mark.parametrize(
    "spelling", ["9" * 2000, "-" + "9" * 2000, "1." + "5" * 2000, "1e" + "5" * 2000, "9" * 2000 + "x"]
)
@pytest.mark.parametrize("around", ['{{"é": [1,\n "a", {}]}}', "[{}, oops", '{{"a": {}'])
def test_a_number_that_is_too_long_is_told_as_by_parse(spelling: str, around: str) -> None:
    text = around.format(spelling).encode()
    assert outcome(text, 7) == outcome(text)
