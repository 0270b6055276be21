"""JSON in all the ways it is read."""

from __future__ import annotations

import json as standard
from collections.abc import Callable

from engine.codecs.errors import FormatError
from engine.codecs.json_reading import json_text, read_json
from engine.codecs.json_to_xml import json_to_element
from engine.codecs.xml_to_json import element_to_json
from engine.expressions.jsonpath import compile_jsonpath
from engine.values.json_document import Json, JsonDocument, JsonSyntaxError, dumps, parse
from engine.values.json_lenient import parse_lenient
from engine.values.json_skim import UNKNOWN
from engine.values.json_slices import parse_in_slices
from tests.fuzz.target import Target, same, shape, true


def json(data: bytes) -> str:
    """Exact, quick and lenient reading agree; what is written reads the same again; XML of it is XML."""
    outcome = "json"
    try:
        value = parse(data)
    except JsonSyntaxError as error:
        true("a place", error.line >= 1 and error.column >= 1)
        outcome = shape(error)
        try:
            standard.loads(data.decode("utf-8-sig"), parse_constant=_refused, parse_int=str)
        except (ValueError, RecursionError):
            pass
        else:
            true(f"refused what is JSON: {error}", "nested deeper" in str(error))
    else:
        written = dumps(value)
        same("written and read again", dumps(parse(written)), written)
        same("lenient reading", dumps(parse_lenient(data.decode("utf-8-sig"))), written)
        true("quick reading", type(JsonDocument(data).quick) is type(value) or isinstance(value, float))
    try:
        parse_lenient(data.decode("utf-8", "replace"))
    except JsonSyntaxError as error:
        true("a place", error.line >= 1 and error.column >= 1)
    try:
        read_json(json_text(data))
        element = json_to_element(data)
        element_to_json(element)
    except FormatError as error:
        return f"{outcome} {shape(error)}"
    return outcome


def _refused(name: str) -> None:
    raise ValueError(name)


def sliced_json(data: bytes) -> str:
    """The reader for large documents gives what the other one gives, errors and their places included."""
    whole = _outcome(lambda: parse(data))
    for size in (1, 7, 60):
        sliced = _outcome(lambda size=size: parse_in_slices(data, size=size)[0])  # type: ignore[misc]
        if not ("nested deeper" in whole or "nested deeper" in sliced):
            same(f"in slices of {size}", sliced, whole)
    return whole.partition(" at line")[0][:40] if whole.startswith("not valid") else "json"


def skimmed_json(data: bytes) -> str:
    """A skimmed value is the one that a whole parse finds."""
    outcome = "left to the parse"
    for path in _SKIMMED:
        assert path.skim is not None
        found = path.skim.read(data)
        if found is UNKNOWN:
            continue
        value = path.value(parse(data))
        same("the value", (type(found), found), (type(value), value))
        outcome = type(found).__name__
    return outcome


def _outcome(read: Callable[[], Json]) -> str:
    try:
        return dumps(read())
    except JsonSyntaxError as error:
        return str(error)


_SKIMMED = tuple(map(compile_jsonpath, ("$.a", "$.a.b", "$['a b']", "$['']", "$.\xe9.a")))
_TOKENS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"null",
    b"true",
    b"false",
    b"-0",
    b"1e999",
    b"1E-5",
    b"\\u0000",
    b"\\ud800",
    b"\\ud83d\\ude00",
    b"NaN",
    b"Infinity",
    b"/*",
    b"*/",
    b"//",
    b"#",
    b"'",
    b"=>",
    b";",
    b"\xef\xbb\xbf",
    b"@a",
    b"$",
    b"12345678901234567890",
    b"0.10",
    b'{"a":',
    b"[[[[",
    b"\xff\xfe",
    b"_JsonReader_PS_",
    b"xmlns",
    b"9" * 400,
)
JSON = Target("json", json, _TOKENS)
SLICED_JSON = Target("sliced_json", sliced_json, _TOKENS)
SKIMMED_JSON = Target("skimmed_json", skimmed_json, _TOKENS)
