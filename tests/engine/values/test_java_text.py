from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.values.java_text import (
    java_boolean_text,
    java_decimal_text,
    java_double_text,
    java_float_text,
    java_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5.0"),
        (-0.0, "-0.0"),
        (0.0, "0.0"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (0.0001, "1.0E-4"),
        (1e-5, "1.0E-5"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (2e9, "2.0E9"),
        (12345678.9, "1.23456789E7"),
        (-123456789.5, "-1.234567895E8"),
        (1e300, "1.0E300"),
        (2e23, "2.0E23"),
        (5e-324, "4.9E-324"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (1e22, "1.0E22"),
        (nan, "NaN"),
        (inf, "Infinity"),
        (-inf, "-Infinity"),
    ],
)
def test_a_double_is_written_as_java_writes_it(value: float, text: str) -> None:
    assert java_double_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_reads_back_as_the_same_value(value: float) -> None:
    text = java_double_text(value)
    assert float(text) == value
    assert "e" not in text
    assert "." in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (123.456, "123.456"),
        (3.4028235e38, "3.4028235E38"),
        (1e10, "1.0E10"),
        (1e39, "Infinity"),
        (-1e39, "-Infinity"),
        (nan, "NaN"),
        (16777216.0, "1.6777216E7"),
    ],
)
def test_a_float_is_the_shortest_text_of_its_32_bits(value: float, text: str) -> None:
    assert java_float_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("4.00", "4.00"),
        ("25e1", "2.5E+2"),
        ("7.1e1", "71"),
        ("-0", "0"),
        ("-0.00", "0.00"),
        ("0.0000001", "1E-7"),
        ("1E30", "1E+30"),
    ],
)
def test_a_decimal_is_written_as_java_writes_it(value: str, text: str) -> None:
    assert java_decimal_text(value) == text
    assert java_decimal_text(Decimal(value)) == text


@pytest.mark.parametrize("value", ["x", "", "1,5"])
def test_text_that_is_no_decimal_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a decimal number"):
        java_decimal_text(value)


def test_an_infinite_decimal_is_refused() -> None:
    with pytest.raises(ValueError, match="not a decimal number"):
        java_decimal_text(Decimal("Infinity"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (5, "5"),
        (5.0, "5.0"),
        (Decimal("1E2"), "1E+2"),
    ],
)
def test_scalars_have_the_text_of_string_value_of(value: object, text: str) -> None:
    assert java_text(value) == text


def test_booleans_are_lower_case() -> None:
    assert (java_boolean_text(True), java_boolean_text(False)) == ("true", "false")
