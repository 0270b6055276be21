"""Date literals of SOQL as half-open ranges of days, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def day_range(name: str, today: date | None = None) -> tuple[date, date]:
    """First day of a literal such as TODAY or LAST_N_DAYS:7, and the day after its last."""
    day = today or datetime.now(UTC).date()
    word, _, count = name.partition(":")
    one = timedelta(days=1)
    if count:
        span = timedelta(days=int(count))
        return (day - span, day + one) if word.startswith("LAST") else (day + one, day + one + span)
    if word in ("TODAY", "YESTERDAY", "TOMORROW"):
        start = day + {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}[word] * one
        return start, start + one
    which, _, unit = word.partition("_")
    shift = {"LAST": -1, "THIS": 0, "NEXT": 1}[which]
    if unit == "WEEK":
        start = day - timedelta(days=(day.weekday() + 1) % 7) + shift * 7 * one
        return start, start + 7 * one
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    index = (day.year * 12 + day.month - 1) // months * months + shift * months
    return _month(index), _month(index + months)


def _month(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)
