"""JSON in all the ways it is read."""

from __future__ import annotations

import json as standard

from engine.codecs.errors import FormatError
from engine.codecs.json_reading import json_text, read_json
from engine.codecs.json_to_xml import json_to_element
from engine.codecs.xml_to_json import element_to_json
from engine.values.json_document import JsonDocument, JsonSyntaxError, dumps, parse
from engine.values.json_lenient import parse_lenient
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


JSON = Target(
    "json",
    json,
    (
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
    ),
)
