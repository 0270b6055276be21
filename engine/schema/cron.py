"""Cron expressions as Quartz reads them: seconds first, six or seven fields."""

from __future__ import annotations

import re

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...], int], ...] = (
    ("seconds", 0, 59, (), 0),
    ("minutes", 0, 59, (), 0),
    ("hours", 0, 23, (), 0),
    ("day of month", 1, 31, (), 0),
    ("month", 1, 12, _MONTHS, 1),
    ("day of week", 1, 7, _DAYS, 1),
    ("year", 1970, 2099, (), 0),
)


def cron_problem(text: str) -> str:
    """What keeps `text` from being a Quartz cron expression, "" when it is one."""
    fields = text.split()
    if not 6 <= len(fields) <= 7:
        return f"it has {len(fields)} fields, not 6 or 7"
    for value, (name, low, high, names, first) in zip(fields, _FIELDS, strict=False):
        for item in value.upper().split(","):
            problem = _item_problem(item, name, low, high, names, first)
            if problem:
                return f"{problem} in the {name} field"
    if fields[3] != "?" and fields[5] != "?":
        return "one of day of month and day of week must be ?"
    if fields[3] == "?" and fields[5] == "?":
        return "day of month and day of week cannot both be ?"
    return ""


def _item_problem(item: str, name: str, low: int, high: int, names: tuple[str, ...], first: int) -> str:
    if item in ("*", "?"):
        return "" if item == "*" or name.startswith("day") else "? stands"
    if name == "day of month" and re.fullmatch(r"L(-\d{1,2})?W?|LW|\d{1,2}W", item):
        return ""
    if name == "day of week" and re.fullmatch(r"L|[1-7]L|[A-Z]{3}L|([1-7]|[A-Z]{3})#[1-5]", item):
        return ""
    span, slash, step = item.partition("/")
    if slash and not step.isdigit():
        return f"the step {step!r} stands"
    if span == "*" or (slash and not span):
        return ""
    for end in span.split("-", 1):
        number = names.index(end) + first if end in names else int(end) if end.isdigit() else None
        if number is None or not low <= number <= high:
            return f"{end!r} stands"
    return ""
