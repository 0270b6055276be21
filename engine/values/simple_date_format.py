"""Dates as Java's SimpleDateFormat writes them: the patterns of get-property(SYSTEM_DATE).

Its letters are not those of DateTimeFormatter (`java_dates`): `u` is the day of the week here and a year there.
"""

from __future__ import annotations

import re
from datetime import datetime

_FIELD = re.compile(r"'((?:[^']|'')*)'|''|([A-Za-z])\2*|[^A-Za-z']+")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def format_simple_date(moment: datetime, pattern: str | None = None) -> str:
    """`moment` by a SimpleDateFormat pattern; without one the short English date and time (`11/25/26, 6:28 PM`).

    Raises ValueError for a letter that is no field or a quote that is never closed.
    """
    if not pattern:
        hour = moment.hour % 12 or 12
        half = "AM" if moment.hour < 12 else "PM"
        return f"{moment.month}/{moment.day}/{moment.year % 100:02d}, {hour}:{moment.minute:02d} {half}"
    out: list[str] = []
    position = 0
    while position < len(pattern):
        match = _FIELD.match(pattern, position)
        if match is None:
            raise ValueError(f"date pattern {pattern!r}: the quote at character {position + 1} is never closed")
        position = match.end()
        text = match.group()
        if text == "''":
            out.append("'")
        elif match.group(1) is not None:
            out.append(match.group(1).replace("''", "'"))
        elif match.group(2) is not None:
            out.append(_field(moment, match.group(2), len(text), pattern))
        else:
            out.append(text)
    return "".join(out)


def _field(moment: datetime, letter: str, width: int, pattern: str) -> str:
    numbers = {
        "d": moment.day,
        "H": moment.hour,
        "k": moment.hour or 24,
        "K": moment.hour % 12,
        "h": moment.hour % 12 or 12,
        "m": moment.minute,
        "s": moment.second,
        "S": moment.microsecond // 1000,
        "D": moment.timetuple().tm_yday,
        "w": moment.isocalendar().week,
        "F": (moment.day - 1) // 7 + 1,
        "W": (moment.day + moment.replace(day=1).weekday() - 1) // 7 + 1,
        "u": moment.isoweekday(),
    }
    if letter in numbers:
        return str(numbers[letter]).zfill(width)
    if letter in "yY":
        year = moment.isocalendar().year if letter == "Y" else moment.year
        return f"{year % 100:02d}" if width == 2 else str(year).zfill(width)
    if letter in "ML":
        name = _MONTHS[moment.month - 1]
        return name if width >= 4 else name[:3] if width == 3 else str(moment.month).zfill(width)
    if letter == "E":
        name = _DAYS[moment.weekday()]
        return name if width >= 4 else name[:3]
    if letter == "a":
        return "AM" if moment.hour < 12 else "PM"
    if letter == "G":
        return "AD"
    return _zone(moment, letter, width, pattern)


def _zone(moment: datetime, letter: str, width: int, pattern: str) -> str:
    offset = moment.strftime("%z") or "+0000"
    if letter == "Z":
        return offset
    if letter == "X":
        if offset == "+0000":
            return "Z"
        return offset[:3] if width == 1 else offset if width == 2 else f"{offset[:3]}:{offset[3:5]}"
    if letter == "z":
        return moment.strftime("%Z") or "UTC"
    raise ValueError(f"date pattern {pattern!r}: {letter!r} is no field of a date")
