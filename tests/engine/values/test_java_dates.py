from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.values.java_dates import DatePatternError, fields, format_date, parse_date

MOMENT = datetime(2024, 3, 5, 7, 8, 9, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-03-05T07:08:09.123+05:30"),
        ("dd.MM.yy", "05.03.24"),
        ("d/M/y", "5/3/2024"),
        ("EEEE, d MMMM yyyy", "Tuesday, 5 March 2024"),
        ("EEE MMM", "Tue Mar"),
        ("D", "65"),
        ("h:mm a", "7:08 AM"),
        ("kk KK", "07 07"),
        ("SSSSSSSSS n", "123456000 123456000"),
        ("Z x XX ZZZZZ O", "+0530 +0530 +0530 +05:30 GMT+5:30"),
        ("'o''clock' ''", "o'clock '"),
        ("G e w", "AD 3 10"),
    ],
)
def test_a_moment_is_written_by_its_pattern(pattern: str, text: str) -> None:
    assert format_date(MOMENT, pattern) == text


def test_utc_and_midnight_have_their_own_spelling() -> None:
    moment = datetime(2024, 1, 1, 0, 5, tzinfo=UTC)
    assert format_date(moment, "XXX Z kk h a O z") == "Z +0000 24 12 AM GMT UTC"


@pytest.mark.parametrize(
    ("text", "pattern", "moment"),
    [
        ("2024-02-29", "yyyy-MM-dd", datetime(2024, 2, 29)),
        ("2023-02-29", "yyyy-MM-dd", datetime(2023, 2, 28)),
        ("5 March 2024", "d MMMM yyyy", datetime(2024, 3, 5)),
        ("20240305070809", "yyyyMMddHHmmss", datetime(2024, 3, 5, 7, 8, 9)),
        ("05/03/24", "dd/MM/yy", datetime(2024, 3, 5)),
        ("11:05 PM", "hh:mm a", datetime(1970, 1, 1, 23, 5)),
        ("12:05 AM", "hh:mm a", datetime(1970, 1, 1, 0, 5)),
        ("2024-060", "yyyy-DDD", datetime(2024, 2, 29)),
        ("Tue 2024-03-05", "EEE yyyy-MM-dd", datetime(2024, 3, 5)),
        ("07:08:09.120", "HH:mm:ss.SSS", datetime(1970, 1, 1, 7, 8, 9, 120000)),
    ],
)
def test_a_text_is_read_by_its_pattern(text: str, pattern: str, moment: datetime) -> None:
    assert parse_date(text, pattern) == moment


def test_zones_are_read() -> None:
    assert parse_date("2024-03-05T07:08+05:30", "yyyy-MM-dd'T'HH:mmXXX").utcoffset() == timedelta(hours=5, minutes=30)
    assert parse_date("2024-03-05Z", "yyyy-MM-ddX").utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("2024/02/29", "yyyy-MM-dd"),
        ("2023-13-01", "yyyy-MM-dd"),
        ("2023-01-32", "yyyy-MM-dd"),
        ("25:00", "HH:mm"),
        ("13:00 PM", "hh:mm a"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(text: str, pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_date(text, pattern)


@pytest.mark.parametrize(("pattern", "reason"), [("yyyy-bb", "unknown letter 'b'"), ("yyyy'T", "never closed")])
def test_a_bad_pattern_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(DatePatternError, match=reason):
        format_date(MOMENT, pattern)


def test_a_pattern_knows_what_it_needs() -> None:
    assert fields("yyyy-MM-dd") == (True, False)
    assert fields("HH:mm") == (False, True)
    assert fields("'dd HH'") == (False, False)
