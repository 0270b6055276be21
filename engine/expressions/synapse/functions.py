"""Functions of `${...}` (PredefinedFunctionNode). Arguments are evaluated, and never null or MISSING."""

from __future__ import annotations

import base64
import binascii
import math
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias
from urllib.parse import quote, unquote_to_bytes

from engine.expressions.synapse.errors import EvaluationError, EvaluationFault
from engine.expressions.synapse.operators import is_long, is_number, kind, power, round_half_up
from engine.expressions.synapse.texts import unquoted
from engine.values.java_dates import DatePatternError, format_date, parse_date
from engine.values.java_dates import fields as date_fields
from engine.values.java_regex import JavaRegexError, compile_java_regex
from engine.values.java_text import INT_MAX, INT_MIN
from engine.values.json_document import Json, JsonNumber, JsonSyntaxError, parse
from engine.values.missing import MISSING, Missing

Function: TypeAlias = Callable[[Sequence[object], Callable[[object], str]], object]
"""Called with the arguments and the function that gives any value its text."""

_JAVA_INT = re.compile(r"[+-]?[0-9]+", re.ASCII)
_JAVA_DOUBLE = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[dDfF]?\s*", re.ASCII)
_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _string(value: object, what: str) -> str:
    if isinstance(value, str):
        return unquoted(value)
    raise EvaluationError(f"{what} needs a text, not {kind(value)}")


def _number(value: object, what: str) -> int | float:
    if isinstance(value, int | float) and is_number(value):
        return value
    raise EvaluationError(f"{what} needs a number, not {kind(value)}")


def _place(value: object, what: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if type(value) is JsonNumber and _JAVA_INT.fullmatch(value.text) is not None:
        return int(value.text)
    raise EvaluationError(f"{what} needs whole numbers as places, not {kind(value)}")


class Utf16:
    """A text by Java's places: characters beyond U+FFFF take two."""

    __slots__ = ("units",)

    def __init__(self, text: str) -> None:
        self.units = text.encode("utf-16-le", "surrogatepass")

    def __len__(self) -> int:
        return len(self.units) // 2

    def cut(self, start: int, end: int) -> str:
        """The text between two places; half a character stays half."""
        return self.units[start * 2 : end * 2].decode("utf-16-le", "surrogatepass")


def _length(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = arguments[0]
    if isinstance(value, list):
        return len(value)
    return len(Utf16(_string(value, "length()")))


def _substring(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    units = Utf16(_string(arguments[0], "subString()"))
    start = _place(arguments[1], "subString()")
    end = _place(arguments[2], "subString()") if len(arguments) > 2 else len(units)
    if not 0 <= start <= end <= len(units):
        raise EvaluationError(f"subString() from {start} to {end} leaves a text of length {len(units)}")
    return units.cut(start, end)


def _index_of(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value, wanted = (_string(argument, "indexOf()") for argument in arguments[:2])
    start = max(_place(arguments[2], "indexOf()"), 0) if len(arguments) > 2 else 0
    units = Utf16(value)
    rest = units.cut(start, len(units))
    found = rest.find(wanted) if start <= len(units) else -1
    return found if found < 0 else start + len(Utf16(rest[:found]))


def _char_at(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    units = Utf16(_string(arguments[0], "charAt()"))
    place = _place(arguments[1], "charAt()")
    if not 0 <= place < len(units):
        raise EvaluationError(f"charAt() {place} is outside a text of length {len(units)}")
    return units.cut(place, place + 1)


def _split(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value, pattern = (_string(argument, "split()") for argument in arguments)
    try:
        compiled = compile_java_regex(pattern)
    except JavaRegexError as error:
        raise EvaluationFault(str(error)) from error
    parts: list[Json] = []
    start = 0
    for match in compiled.finditer(value):
        if match.end() == 0 or match.start() == match.end() == len(value):
            continue  # Java: an empty match at the beginning gives no empty part
        parts.append(value[start : match.start()])
        start = match.end()
    if not start:
        return [value]
    parts.append(value[start:])
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _pairwise(name: str, test: Callable[[str, str], bool]) -> Function:
    return lambda arguments, text: test(*(_string(argument, f"{name}()") for argument in arguments))


def _replace(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value, old, new = (_string(argument, "replace()") for argument in arguments)
    return value.replace(old, new)


def _trim(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    return _string(arguments[0], "trim()").strip("".join(map(chr, range(33))))


def _round(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = _number(arguments[0], "round()")
    if len(arguments) == 1:
        if isinstance(value, int):
            return value
        if value != value:
            return 0
        return max(min(math.floor(value + 0.5), INT_MAX), INT_MIN) if math.isfinite(value) else (
            INT_MAX if value > 0 else INT_MIN
        )  # fmt: skip
    places = arguments[1]
    if not isinstance(places, int) or isinstance(places, bool) or not 0 < places <= 300:
        raise EvaluationError("round() needs a whole number above 0 as decimals")
    return value if isinstance(value, int) or not math.isfinite(value) else round_half_up(float(value), places)


def _whole(name: str, operation: Callable[[float], int]) -> Function:
    def apply(arguments: Sequence[object], text: Callable[[object], str]) -> object:
        value = _number(arguments[0], f"{name}()")
        return value if isinstance(value, int) or not math.isfinite(value) else float(operation(value))

    return apply


def _abs(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = _number(arguments[0], "abs()")
    return abs(value) if isinstance(value, int) else abs(float(value))


def _sqrt(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = float(_number(arguments[0], "sqrt()"))
    return math.sqrt(value) if value >= 0 else math.nan


def _pow(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    base, exponent = (_number(argument, "pow()") for argument in arguments)
    return power(float(base), float(exponent))


def _java_log(value: float, log: Callable[[float], float]) -> float:
    if value == 0:
        return -math.inf
    return math.nan if value < 0 or value != value else log(value)


def _log(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = float(_number(arguments[0], "log()"))
    if len(arguments) == 1:
        return _java_log(value, math.log10)
    base = _java_log(float(_number(arguments[1], "log()")), math.log)
    if base == 0:
        top = _java_log(value, math.log)
        return math.nan if top == 0 or top != top else math.copysign(math.inf, top)
    return _java_log(value, math.log) / base


def _charset(arguments: Sequence[object], what: str) -> str:
    name = _string(arguments[1], what) if len(arguments) > 1 else "UTF-8"
    try:
        "".encode(name)
    except LookupError:
        raise EvaluationError(f"{what}: unknown character set {name!r}") from None
    return name


def _encode(value: str, charset: str) -> bytes:
    return value.encode(charset, "replace")


def _base64_encode(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value, charset = _string(arguments[0], "base64encode()"), _charset(arguments, "base64encode()")
    return base64.b64encode(_encode(value, charset)).decode()


def _base64_decode(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = _string(arguments[0], "base64decode()")
    try:
        padded = value if value.endswith("=") else value + "=" * (-len(value) % 4)
        return base64.b64decode(padded.encode("ascii"), validate=True).decode("utf-8", "replace")
    except (binascii.Error, UnicodeEncodeError) as error:
        raise EvaluationFault(f"base64decode(): {value[:40]!r} is not base64") from error


def _url_encode(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value, charset = _string(arguments[0], "urlEncode()"), _charset(arguments, "urlEncode()")
    encoded = quote(_encode(value, charset), safe="-._").replace("~", "%7E")
    if len(arguments) > 1 and arguments[1] != "UTF-8":
        encoded = encoded.replace("%20", "+").replace("%2A", "*")
    return encoded


def _url_decode(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = _string(arguments[0], "urlDecode()")
    if _ESCAPES.search(value) is not None:
        raise EvaluationFault(f"urlDecode(): bad escape in {value[:40]!r}")
    return unquote_to_bytes(value.replace("+", " ")).decode("utf-8", "replace")


def _parsed(value: object, wanted: type) -> Json | Missing:
    if isinstance(value, wanted):
        return value
    if isinstance(value, str):
        try:
            parsed = parse(unquoted(value).replace("\\", ""))
        except JsonSyntaxError:
            return MISSING
        return parsed if isinstance(parsed, wanted) else MISSING
    return MISSING


def _container(name: str, wanted: type) -> Function:
    def apply(arguments: Sequence[object], text: Callable[[object], str]) -> object:
        parsed = _parsed(arguments[0], wanted)
        if parsed is MISSING:
            raise EvaluationError(f"{name}() cannot make one of {kind(arguments[0])}")
        return parsed

    return apply


def _integer(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = arguments[0]
    written = text(value) if isinstance(value, str) or is_number(value) else ""
    if _JAVA_INT.fullmatch(written) is None or len(written) > 12 or is_long(int(written)):
        raise EvaluationError(f"integer() cannot read {written!r}" if written else f"integer() of {kind(value)}")
    return int(written)


def _float(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = arguments[0]
    if is_number(value) and isinstance(value, int | float):
        return float(value)
    written = text(value) if isinstance(value, str) else ""
    found = _JAVA_DOUBLE.fullmatch(written)
    if found is not None:
        return float(found[1])
    names = {"NaN": math.nan, "Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
    if written.strip() in names:
        return names[written.strip()]
    raise EvaluationError(f"float() cannot read {written!r}" if written else f"float() of {kind(value)}")


def _boolean(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    value = arguments[0]
    return value if isinstance(value, bool) else text(value).lower() == "true"


def _not(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    if not isinstance(arguments[0], bool):
        raise EvaluationError(f"not() needs a boolean, not {kind(arguments[0])}")
    return not arguments[0]


def _format_date(arguments: Sequence[object], text: Callable[[object], str]) -> object:
    if len(arguments) == 2:
        millis = arguments[0]
        if not isinstance(millis, int) or isinstance(millis, bool):
            raise EvaluationError("formatDateTime() with two arguments needs milliseconds")
        try:
            moment = datetime.fromtimestamp(millis / 1000).astimezone()
            return format_date(moment, _string(arguments[1], "formatDateTime()"))
        except DatePatternError as error:
            raise EvaluationFault(str(error)) from error
        except (OverflowError, OSError, ValueError) as error:
            raise EvaluationError(f"formatDateTime(): {millis} is no moment") from error
    value, pattern, wanted = (text(argument) for argument in arguments)
    try:
        moment = parse_date(value, pattern)
        has_date, has_time = date_fields(pattern)
        needs_date, needs_time = date_fields(wanted)
        if (needs_date and not has_date) or (needs_time and not has_time):
            raise EvaluationError(f"formatDateTime(): {wanted!r} asks for more than {pattern!r} gives")
        return format_date(moment, wanted)
    except ValueError as error:
        raise EvaluationError(f"formatDateTime(): {error}") from error


FUNCTIONS: dict[str, Function] = {
    "length": _length,
    "toUpper": lambda arguments, text: _string(arguments[0], "toUpper()").upper(),
    "toLower": lambda arguments, text: _string(arguments[0], "toLower()").lower(),
    "subString": _substring,
    "startsWith": _pairwise("startsWith", str.startswith),
    "endsWith": _pairwise("endsWith", str.endswith),
    "contains": _pairwise("contains", lambda value, wanted: wanted in value),
    "trim": _trim,
    "replace": _replace,
    "split": _split,
    "indexOf": _index_of,
    "charAt": _char_at,
    "abs": _abs,
    "ceil": _whole("ceil", math.ceil),
    "floor": _whole("floor", math.floor),
    "round": _round,
    "sqrt": _sqrt,
    "pow": _pow,
    "log": _log,
    "base64encode": _base64_encode,
    "base64decode": _base64_decode,
    "urlEncode": _url_encode,
    "urlDecode": _url_decode,
    "isNumber": lambda arguments, text: is_number(arguments[0]),
    "isString": lambda arguments, text: isinstance(arguments[0], str),
    "isArray": lambda arguments, text: _parsed(arguments[0], list) is not MISSING,
    "isObject": lambda arguments, text: _parsed(arguments[0], dict) is not MISSING,
    "string": lambda arguments, text: text(arguments[0]),
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "object": _container("object", dict),
    "array": _container("array", list),
    "not": _not,
    "now": lambda arguments, text: time.time_ns() // 1_000_000,
    "formatDateTime": _format_date,
}
