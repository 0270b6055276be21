import copy
import json
import pickle
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.values import json_document, json_writer
from engine.values.json_document import (
    MAX_DEPTH,
    JsonDocument,
    JsonNumber,
    JsonSyntaxError,
    clone,
    dumps,
    java_number,
    parse,
)
from engine.values.missing import MISSING


@pytest.fixture(params=[True, False], ids=["orjson", "stdlib"])
def _reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not json_document.HAVE_ORJSON:
        pytest.skip("orjson is not installed")
    monkeypatch.setattr(json_document, "HAVE_ORJSON", request.param)
    monkeypatch.setattr(json_writer, "HAVE_ORJSON", request.param)


pytestmark = pytest.mark.usefixtures("_reader")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":4.00,"b":1E2,"c":12345678901234567890,"d":-0,"z":0}',
        "[9223372036854775807,-9223372036854775808,9223372036854775808]",
        "[-0,-0.0,0,1e-7,1.0E+5]",
        '{"2024-01-05":"-0","k":-0}',
        '["ä€😀","\\u001f\\n\\t\\"\\\\/","\\u2028"]',
        "null",
        "true",
        '"x"',
        "17",
        "1" * 1024,
        "[]",
        "{}",
        '{"a":[{},[],[[1]]]}',
    ],
)
def test_numbers_and_texts_come_out_as_they_went_in(text: str) -> None:
    assert dumps(parse(text)) == text
    assert dumps(parse(text.encode())) == text


def test_integers_within_64_bits_are_plain_and_the_rest_keep_their_spelling() -> None:
    value = parse("[1,-5,9223372036854775807,9223372036854775808,4.00,-0]")
    assert [type(item) for item in value] == [int, int, int, JsonNumber, JsonNumber, JsonNumber]
    assert value[4] == 4.0
    assert str(value[4]) == "4.00"
    assert value[3].decimal == Decimal("9223372036854775808")


def test_of_duplicate_keys_the_last_wins() -> None:
    assert parse('{"a":1,"b":2,"a":3}') == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ("", "empty", 1, 1),
        ('{"a":1,}', "expecting property name", 1, 8),
        ('{\n "a": x}', "expecting value", 2, 7),
        ("[1,\n2", "ends too early", 2, 2),
        ('"abc', "unterminated string", 1, 1),
        ("1 2", "extra data", 1, 3),
        ("[1.5, NaN]", "NaN is not a JSON number", 1, 7),
        ('["NaN", -Infinity]', "-Infinity is not a JSON number", 1, 9),
        ("01", "extra data", 1, 2),
        ("{'a':1}", "double quotes", 1, 2),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(text: str, reason: str, line: int, column: int) -> None:
    with pytest.raises(JsonSyntaxError, match=reason) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_bytes_that_are_not_utf8_are_refused_with_their_place() -> None:
    with pytest.raises(JsonSyntaxError, match="UTF-8") as caught:
        parse(b'["a",\n "\xff"]')
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse(b"\xef\xbb\xbf[1]") == [1]
    assert parse("\ufeff[1]") == [1]


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000_000])
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_too_deep_nesting_is_an_error_and_no_crash(depth: int, bracket: str) -> None:
    closing = "]" if bracket == "[" else "}"
    with pytest.raises(JsonSyntaxError, match="deeper than 255 levels"):
        parse(bracket * depth + "1" + closing * depth)


def test_the_deepest_allowed_nesting_is_read_and_written() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert dumps(parse(text)) == text


def test_doubles_are_written_as_java_writes_them() -> None:
    assert dumps([5.0, 1e7, 1e-5, {"x": 0.5}]) == '[5.0,1.0E7,1.0E-5,{"x":0.5}]'
    assert dumps(1e7) == "1.0E7"
    assert dumps([Decimal("1.50"), (1, 2)]) == "[1.50,[1,2]]"


@pytest.mark.parametrize(
    "value", [float("nan"), [float("inf")], {"a": object()}, {1: 2}, [MISSING], datetime(2024, 1, 1)]
)
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON"):
        dumps(value)


def test_a_copy_shares_no_container() -> None:
    value = parse('{"a":[{"b":1.0}]}')
    copied = clone(value)
    copied["a"][0]["b"] = 2
    assert dumps(value) == '{"a":[{"b":1.0}]}'


def test_numbers_survive_copying_and_pickling() -> None:
    number = JsonNumber("4.00")
    assert copy.deepcopy([number])[0].text == "4.00"
    assert pickle.loads(pickle.dumps(number)).text == "4.00"
    assert repr(number) == "JsonNumber('4.00')"


@pytest.mark.parametrize(
    ("spelled", "text"),
    [
        ("4.00", "4.0"),
        ("12.50", "12.5"),
        ("1E2", "100"),
        ("12345678.90", "1.23456789E7"),
        ("0.00001", "1.0E-5"),
        ("12345678901234567890", "12345678901234567890"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("1E30", "1E+30"),
        ("-0", "0"),
        ("0E5", "0"),
        ("1E1000000000", "1E+1000000000"),
        ("1E99999999999999999999", "1E99999999999999999999"),
    ],
)
def test_a_member_number_becomes_what_java_makes_of_it(spelled: str, text: str) -> None:
    assert str(java_number(JsonNumber(spelled))) == text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_both_writers_and_both_readers_agree_with_the_standard_library(value: Any) -> None:
    expected = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    expected = expected.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    assert dumps(value) == expected
    assert json_writer._write(value).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") == expected
    assert parse(expected) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_spelled_number_is_kept(value: float) -> None:
    assert dumps(parse(f"[{value!r}]")) == f"[{value!r}]"


def test_a_document_is_read_when_somebody_looks() -> None:
    document = JsonDocument(b'{"a":"x","n":4.00}')
    assert document.quick["a"] == "x"
    assert dumps(document.exact) == '{"a":"x","n":4.00}'
    assert document.quick is document.exact


def test_the_two_views_share_what_needs_no_second_reading() -> None:
    document = JsonDocument('{"a":["x",1,null]}')
    assert document.quick is document.exact
    assert dumps(JsonDocument("[-0]").exact) == "[-0]"
    zero = JsonDocument("[-0]")
    assert zero.quick == [0]
    assert dumps(zero.exact) == "[-0]"


@pytest.mark.parametrize("view", ["quick", "exact"])
def test_a_document_that_is_not_json_says_so(view: str) -> None:
    with pytest.raises(JsonSyntaxError):
        getattr(JsonDocument("{"), view)


def test_texts_with_half_a_character_are_kept() -> None:
    assert dumps(["\ud83d"]) == '["\ud83d"]'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": ' + "9" * 2000 + "}", "a number of 2000 characters; 1024 are the most at line 1, column 7"),
        ('{"a": "' + "9" * 2000 + '",\n"b":1.' + "9" * 2000 + "}", "1024 are the most at line 2, column 5"),
        ('["NaN",\n"\\"[[[[", NaN]', "NaN is not a JSON number at line 2, column 11"),
        ('["[[[[\\"", ' + "[" * 300 + "]" * 300 + "]", "nested deeper than 255 levels at line 1, column 266"),
    ],
    ids=["integer", "decimal", "constant", "depth"],
)
def test_what_is_refused_is_told_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(JsonSyntaxError, match=reason):
        parse(text)


def test_number_of_many_digits_within_the_limit_keeps_them() -> None:
    assert dumps(parse("[" + "9" * 1024 + "]")) == "[" + "9" * 1024 + "]"
