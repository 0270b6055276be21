from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.values.simple_date_format import format_simple_date

MOMENT = datetime(2026, 11, 5, 8, 7, 9, 45_000, tzinfo=timezone(timedelta(hours=1), "CET"))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-11-05T08:07:09.045+0100"),
        ("yy d MMM MMMM E EEEE a h K k", "26 5 Nov November Thu Thursday AM 8 8 8"),
        ("XXX z u D", "+01:00 CET 4 309"),
        ("'it''s' ''yyyy''", "it's '2026'"),
        (None, "11/5/26, 8:07 AM"),
    ],
)
def test_patterns_of_simple_date_format(pattern: str | None, expected: str) -> None:
    assert format_simple_date(MOMENT, pattern) == expected


def test_midnight_and_utc() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert format_simple_date(moment, "H k K h a X") == "0 24 0 12 AM Z"


@pytest.mark.parametrize(("pattern", "message"), [("yyyy 'open", "never closed"), ("yyyy-bb", "'b' is no field")])
def test_a_wrong_pattern_is_named(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        format_simple_date(MOMENT, pattern)
