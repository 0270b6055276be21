"""Field values: from the text of a CSV cell or a JSON value to what is stored, and back to text.

A converter gets trimmed, non-empty text and raises RowError in the words Salesforce uses. Texts come back
as they were stored; doubles as Java's Double.toString writes them, which is what results files of the Bulk
API show.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from math import copysign

from engine.sandbox.salesforce.errors import RowError
from engine.sandbox.salesforce.ids import canonical_id
from engine.sandbox.salesforce.schema import ID_TYPES, TEXT_TYPES, Field, FieldType

SqlValue = str | int | float | None
Converter = Callable[[str], SqlValue]

_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\".][^@\s,;<>()\[\]\"]*\.[A-Za-z0-9-]+", re.ASCII)
_TRUE = frozenset({"true", "1", "yes", "y", "t", "on"})
_FALSE = frozenset({"false", "0", "no", "n", "f", "off"})
_INT_LIMIT = 2**31


def java_double(value: float) -> str:
    """A double as Java's Double.toString writes it: 2676.0, 9.12260031E8, 1.0E-5."""
    magnitude = abs(value)
    if magnitude == 0:
        return "-0.0" if copysign(1.0, value) < 0 else "0.0"
    if 1e-3 <= magnitude < 1e7:
        return repr(value)
    _, digits, exponent = Decimal(repr(magnitude)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    power = len(digits) + int(exponent) - 1
    return f"{'-' if value < 0 else ''}{text[0]}.{text[1:] or '0'}E{power}"


def moment_text(moment: datetime) -> str:
    """A point in time as it is stored: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now_text() -> str:
    """This moment as it is stored; Salesforce keeps whole seconds."""
    return moment_text(datetime.now(UTC).replace(microsecond=0))


def json_moment(stored: str) -> str:
    """The same point in time as Salesforce's JSON writes it, offset without colon."""
    return stored.removesuffix("Z") + "+0000"


def parse_moment(text: str) -> str | None:
    """The stored form of an xsd:dateTime, None when it is none. Without an offset it is UTC."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        return None
    moment = moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]), tzinfo=_zone(offset))
    try:
        return moment_text(moment)
    except OverflowError:
        return None


def parse_date(text: str) -> str | None:
    """The stored form of an xsd:date, None when it is none."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date.fromisoformat(match[1]).isoformat()
    except ValueError:
        return None


def _zone(offset: str | None) -> timezone:
    if offset is None or offset == "Z":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))


def converter(field: Field, column: int | None = None) -> Converter:
    """What turns the text of one cell of `field` into its stored value.

    `column` is the place in the file, counted from 0, that parse errors of the Bulk API name; None words
    them as the REST API does.
    """
    kind = field.type
    if kind in TEXT_TYPES:
        return _text_converter(field)
    if kind in ID_TYPES:
        return _id_converter(field)

    def malformed(text: str) -> RowError:
        if column is None:
            return RowError(
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
                f"{field.title}: value not of required type: {text}",
                field.name,
            )
        return RowError(
            "INVALID_FIELD",
            f"Failed to deserialize field at col {column}. Due to, '{text}' is not a valid value for the "
            f"type {kind.xsd}",
            field.name,
        )

    if kind is FieldType.INT:
        return _integer_converter(malformed)
    if kind is FieldType.BOOLEAN:
        return _boolean_converter(malformed)
    if kind in (FieldType.DATE, FieldType.DATETIME):
        return _time_converter(parse_date if kind is FieldType.DATE else parse_moment, malformed)
    return _double_converter(field, malformed)


def _text_converter(field: Field) -> Converter:
    limit = field.length or 255
    allowed = frozenset(value.lower() for value in field.values) if field.restricted else None
    is_email = field.type is FieldType.EMAIL

    def convert(text: str) -> SqlValue:
        if len(text) > limit:
            raise RowError(
                "STRING_TOO_LONG",
                f"{field.title}: data value too large: {text} (max length={limit})",
                field.name,
            )
        if is_email and _EMAIL.fullmatch(text) is None:
            raise RowError("INVALID_EMAIL_ADDRESS", f"{field.title}: invalid email address: {text}", field.name)
        if allowed is not None and text.lower() not in allowed:
            raise RowError(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{field.title}: bad value for restricted picklist field: {text}",
                field.name,
            )
        return text

    return convert


def _id_converter(field: Field) -> Converter:
    def convert(text: str) -> SqlValue:
        record_id = canonical_id(text)
        if record_id is None:
            raise RowError("MALFORMED_ID", f"{field.title}: id value of incorrect type: {text}", field.name)
        return record_id

    return convert


def _integer_converter(malformed: Callable[[str], RowError]) -> Converter:
    def convert(text: str) -> SqlValue:
        if _INTEGER.fullmatch(text) is None:
            raise malformed(text)
        number = int(text)
        if not -_INT_LIMIT <= number < _INT_LIMIT:
            raise malformed(text)
        return number

    return convert


def _double_converter(field: Field, malformed: Callable[[str], RowError]) -> Converter:
    def convert(text: str) -> SqlValue:
        if _NUMBER.fullmatch(text) is None:
            raise malformed(text)
        number = float(text)
        if abs(number) >= 1e18:
            raise RowError(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"{field.title}: value outside of valid range on numeric field: {java_double(number)}",
                field.name,
            )
        return number

    return convert


def _boolean_converter(malformed: Callable[[str], RowError]) -> Converter:
    def convert(text: str) -> SqlValue:
        lowered = text.lower()
        if lowered in _TRUE:
            return 1
        if lowered in _FALSE:
            return 0
        raise malformed(text)

    return convert


def _time_converter(parse: Callable[[str], str | None], malformed: Callable[[str], RowError]) -> Converter:
    def convert(text: str) -> SqlValue:
        stored = parse(text)
        if stored is None:
            raise malformed(text)
        return stored

    return convert


def csv_formatter(field: Field) -> Callable[[SqlValue], str]:
    """What writes a stored value of `field` into a results file; null is the empty text."""
    if field.type in (FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT):
        return lambda value: "" if value is None else java_double(float(value))
    if field.type is FieldType.BOOLEAN:
        return lambda value: "true" if value else "false"
    return lambda value: "" if value is None else str(value)


def json_value(field: Field, value: SqlValue) -> SqlValue | bool:
    """A stored value as the REST API's JSON shows it."""
    if field.type is FieldType.BOOLEAN:
        return bool(value)
    if field.type is FieldType.DATETIME and isinstance(value, str):
        return json_moment(value)
    return value
