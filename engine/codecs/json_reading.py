"""Read JSON keeping what a conversion must not lose: repeated names, member order, the spelling of
numbers.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from engine.codecs.errors import FormatError

Json = Any
"""A JSON value: None, bool, str, NumberText or another number, list, dict or Members."""


class NumberText(str):
    """A number as it was spelled."""

    __slots__ = ()


class Members(list[tuple[str, Json]]):
    """An object as its members in order, repeated names included."""

    __slots__ = ()


def read_json(text: str) -> Json:
    """Read a JSON text; objects become Members, numbers NumberText.

    Raises FormatError with line and column.
    """
    return decode_with(_DECODER, text)


def decode_with(decoder: json.JSONDecoder, text: str) -> Json:
    """Run a decoder and say what is wrong in one kind of error."""
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise FormatError(f"not JSON: {error.msg}", line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise FormatError("the JSON text has too many levels inside each other") from error


def json_text(data: bytes | str) -> str:
    """The text of JSON bytes: UTF-8 unless a byte order mark or the pattern of zeros (RFC 4627) says
    otherwise.
    """
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(f"not JSON: byte {error.start} is no {encoding} text") from error


def no_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which the standard library would read."""
    raise FormatError(f"not JSON: {name} is no JSON value")


_DECODER = json.JSONDecoder(
    object_pairs_hook=Members, parse_int=NumberText, parse_float=NumberText, parse_constant=no_constant
)
