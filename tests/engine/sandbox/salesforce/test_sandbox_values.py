from __future__ import annotations

import pytest

from engine.sandbox.salesforce.errors import RowError
from engine.sandbox.salesforce.schema import Field, FieldType
from engine.sandbox.salesforce.values import (
    converter,
    csv_formatter,
    java_double,
    json_value,
    parse_date,
    parse_moment,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (912260031.0, "9.12260031E8"),
        (12500000.0, "1.25E7"),
        (1.0, "1.0"),
        (2676.25, "2676.25"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (-123456789.5, "-1.234567895E8"),
        (1e100, "1.0E100"),
    ],
)
def test_doubles_are_written_as_java_writes_them(value: float, text: str) -> None:
    assert java_double(value) == text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2024-02-29T10:00:00Z", "2024-02-29T10:00:00.000Z"),
        ("2024-02-29T10:00:00.1234567+02:00", "2024-02-29T08:00:00.123Z"),
        ("2024-02-29T10:00:00-0530", "2024-02-29T15:30:00.000Z"),
        ("2024-02-29T10:00:00", "2024-02-29T10:00:00.000Z"),
        ("2024-02-30T10:00:00Z", None),
        ("2024-02-29T25:00:00Z", None),
        ("2024-02-29", None),
        ("0001-01-01T00:00:00+10:00", None),
    ],
)
def test_points_in_time_become_utc(text: str, stored: str | None) -> None:
    assert parse_moment(text) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [("2024-02-29", "2024-02-29"), ("2024-02-29Z", "2024-02-29"), ("2023-02-29", None), ("29.02.2024", None)],
)
def test_dates_are_real_days(text: str, stored: str | None) -> None:
    assert parse_date(text) == stored


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        (
            Field("AnnualRevenue", FieldType.CURRENCY, "Annual Revenue"),
            "1,5",
            "INVALID_FIELD:Failed to deserialize field at col 3. Due to, '1,5' is not a valid value for the type "
            "xsd:double:AnnualRevenue --",
        ),
        (
            Field("NumberOfEmployees", FieldType.INT),
            "2.5",
            "INVALID_FIELD:Failed to deserialize field at col 3. Due to, '2.5' is not a valid value for the type "
            "xsd:int:NumberOfEmployees --",
        ),
        (
            Field("NumberOfEmployees", FieldType.INT),
            "2147483648",
            "INVALID_FIELD:Failed to deserialize field at col 3. Due to, '2147483648' is not a valid value for the "
            "type xsd:int:NumberOfEmployees --",
        ),
        (
            Field("Birthdate", FieldType.DATE),
            "6/15/19",
            "INVALID_FIELD:Failed to deserialize field at col 3. Due to, '6/15/19' is not a valid value for the type "
            "xsd:date:Birthdate --",
        ),
        (
            Field("Active", FieldType.BOOLEAN),
            "maybe",
            "INVALID_FIELD:Failed to deserialize field at col 3. Due to, 'maybe' is not a valid value for the type "
            "xsd:boolean:Active --",
        ),
        (
            Field("Name", FieldType.STRING, "Account Name", 3),
            "abcd",
            "STRING_TOO_LONG:Account Name: data value too large: abcd (max length=3):Name --",
        ),
        (
            Field("Email", FieldType.EMAIL, length=80),
            "a@b",
            "INVALID_EMAIL_ADDRESS:Email: invalid email address: a@b:Email --",
        ),
        (
            Field("OwnerId", FieldType.REFERENCE, "Owner ID"),
            "me",
            "MALFORMED_ID:Owner ID: id value of incorrect type: me:OwnerId --",
        ),
        (
            Field("AnnualRevenue", FieldType.CURRENCY, "Annual Revenue"),
            "1e20",
            "NUMBER_OUTSIDE_VALID_RANGE:Annual Revenue: value outside of valid range on numeric field: "
            "1.0E20:AnnualRevenue --",
        ),
        (
            Field("State__c", FieldType.PICKLIST, "State", 40, values=("Open",), restricted=True),
            "Shut",
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST:State: bad value for restricted picklist field: Shut:State__c --",
        ),
    ],
)
def test_values_that_do_not_fit_are_refused_in_salesforces_words(field: Field, text: str, error: str) -> None:
    with pytest.raises(RowError) as caught:
        converter(field, 3)(text)
    assert str(caught.value) == error


@pytest.mark.parametrize("text", ["nan", "inf", "1_000", "0x10", "١٢", "", "1e9999"])
def test_numbers_only_python_would_take_are_refused(text: str) -> None:
    with pytest.raises(RowError):
        converter(Field("Amount", FieldType.DOUBLE), 0)(text)


def test_a_rest_value_that_does_not_fit_is_worded_without_a_column() -> None:
    with pytest.raises(RowError, match="Employees: value not of required type: x") as caught:
        converter(Field("NumberOfEmployees", FieldType.INT, "Employees"))("x")
    assert caught.value.code == "INVALID_TYPE_ON_FIELD_IN_RECORD"


@pytest.mark.parametrize(
    ("kind", "stored", "csv", "json"),
    [
        (FieldType.BOOLEAN, 1, "true", True),
        (FieldType.BOOLEAN, None, "false", False),
        (FieldType.CURRENCY, 912260031.0, "9.12260031E8", 912260031.0),
        (FieldType.CURRENCY, None, "", None),
        (FieldType.STRING, "x", "x", "x"),
        (
            FieldType.DATETIME,
            "2024-02-29T10:00:00.000Z",
            "2024-02-29T10:00:00.000Z",
            "2024-02-29T10:00:00.000+0000",
        ),
    ],
)
def test_stored_values_are_shown_per_format(
    kind: FieldType, stored: str | int | float | None, csv: str, json: object
) -> None:
    field = Field("F", kind)
    assert csv_formatter(field)(stored) == csv
    assert json_value(field, stored) == json
