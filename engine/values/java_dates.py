"""Java date patterns (DateTimeFormatter) as far as flows use them: writing and reading, in English."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_MONTHS = list(calendar.month_name)
_DAYS = list(calendar.day_name)
_PIECES = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")
_NUMERIC: dict[str, Callable[[datetime], int]] = {
    "y": lambda at: at.year,
    "u": lambda at: at.year,
    "d": lambda at: at.day,
    "D": lambda at: at.timetuple().tm_yday,
    "H": lambda at: at.hour,
    "k": lambda at: at.hour or 24,
    "h": lambda at: at.hour % 12 or 12,
    "K": lambda at: at.hour % 12,
    "m": lambda at: at.minute,
    "s": lambda at: at.second,
    "A": lambda at: ((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000,
    "w": lambda at: at.isocalendar().week,
}
_DATE_LETTERS = frozenset("yuMLdDEew")
_TIME_LETTERS = frozenset("HkhKmsSnAa")


class DatePatternError(ValueError):
    """A pattern Java would refuse."""


@lru_cache(maxsize=256)
def _tokens(pattern: str) -> tuple[tuple[str, int, str], ...]:
    """Letter, count and literal text of each piece."""
    tokens: list[tuple[str, int, str]] = []
    at = 0
    while at < len(pattern):
        piece = _PIECES.match(pattern, at)
        if piece is None:
            raise DatePatternError(f"date pattern {pattern!r}: the quote at {at + 1} is never closed")
        text = piece.group()
        if piece[1]:
            if piece[1] not in _NUMERIC and piece[1] not in "MLEeaSnzZXxOVG":
                raise DatePatternError(f"date pattern {pattern!r}: unknown letter {piece[1]!r}")
            tokens.append((piece[1], len(text), ""))
        elif text.startswith("'"):
            tokens.append(("", 0, text[1:-1].replace("''", "'") or "'"))
        else:
            tokens.append(("", 0, text))
        at = piece.end()
    return tuple(tokens)


def format_date(at: datetime, pattern: str) -> str:
    """Write a moment. Raises DatePatternError."""
    return "".join(_format(at, letter, count) if letter else text for letter, count, text in _tokens(pattern))


def fields(pattern: str) -> tuple[bool, bool]:
    """Whether a pattern has date letters, and time letters."""
    letters = {letter for letter, _, _ in _tokens(pattern)}
    return bool(letters & _DATE_LETTERS), bool(letters & _TIME_LETTERS)


def _format(at: datetime, letter: str, count: int) -> str:
    if letter in "yu" and count == 2:
        return f"{at.year % 100:02d}"
    if letter in _NUMERIC:
        return f"{_NUMERIC[letter](at):0{count}d}"
    if letter in "ML":
        return f"{at.month:0{count}d}" if count < 3 else _name(_MONTHS[at.month], count)
    if letter in "Ee":
        if letter == "e" and count < 3:
            return f"{at.isoweekday() % 7 + 1:0{count}d}"
        return _name(_DAYS[at.weekday()], count)
    if letter == "a":
        return "AM" if at.hour < 12 else "PM"
    if letter == "S":
        return f"{at.microsecond:06d}000000000"[:count]
    if letter == "n":
        return f"{at.microsecond * 1000:0{count}d}"
    if letter == "G":
        return "AD" if count < 4 else "Anno Domini"
    return _zone(at, letter, count)


def _name(name: str, count: int) -> str:
    return name[:3] if count == 3 else name if count == 4 else name[0]


def _zone(at: datetime, letter: str, count: int) -> str:
    offset = at.utcoffset() or timedelta(0)
    if letter in "zV":
        return at.tzname() or "UTC"
    if letter == "X" and not offset:
        return "Z"
    minutes = int(offset.total_seconds()) // 60
    sign, hours, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
    if letter == "O":
        return "GMT" + (f"{sign}{hours}" + (f":{rest:02d}" if rest else "") if minutes else "")
    if letter in "Xx" and count == 1 and not rest:
        return f"{sign}{hours:02d}"
    colon = ":" if (letter in "Xx" and count in (3, 5)) or (letter == "Z" and count == 5) else ""
    return f"{sign}{hours:02d}{colon}{rest:02d}"


@lru_cache(maxsize=256)
def _reader(pattern: str) -> tuple[re.Pattern[str], tuple[tuple[str, int], ...]]:
    parts: list[str] = []
    groups: list[tuple[str, int]] = []
    tokens = _tokens(pattern)
    for number, (letter, count, text) in enumerate(tokens):
        if not letter:
            parts.append(re.escape(text))
            continue
        adjacent = number + 1 < len(tokens) and tokens[number + 1][0] in _NUMERIC
        groups.append((letter, count))
        parts.append(f"({_field_pattern(letter, count, adjacent)})")
    return re.compile("".join(parts), re.ASCII), tuple(groups)


def _field_pattern(letter: str, count: int, adjacent: bool) -> str:
    if letter in "ML" and count >= 3:
        return "|".join(_name(name, count) for name in _MONTHS[1:])
    if (letter in "Ee" and count >= 3) or letter == "E":
        return "|".join(_name(name, count) for name in _DAYS)
    if letter == "a":
        return "AM|PM"
    if letter == "G":
        return "AD|Anno Domini"
    if letter in "zVOZXx":
        return r"Z|UTC|GMT|[+-]\d\d(?::?\d\d)?"
    if letter == "S" or count == 2 or (adjacent and letter not in "yu"):
        return rf"\d{{{count}}}"
    if letter in "yu":
        return rf"\d{{{count}}}" if adjacent else rf"\d{{{max(count, 1)},9}}"
    return rf"\d{{{max(count, 1)},{max(count, 9)}}}" if count == 1 else rf"\d{{{count}}}"


def parse_date(text: str, pattern: str) -> datetime:
    """Read a date, a time or both; what the pattern lacks is 1970-01-01 00:00, day 31 is a month's last day.

    Raises ValueError for text that does not fit, DatePatternError for a bad pattern.
    """
    reader, groups = _reader(pattern)
    found = reader.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} does not fit the date pattern {pattern!r}")
    read: dict[str, int] = {}
    zone: tzinfo | None = None
    for (letter, count), piece in zip(groups, found.groups(), strict=True):
        if letter in "ML" and count >= 3:
            read["M"] = 1 + [_name(name, count) for name in _MONTHS[1:]].index(piece)
        elif letter == "a":
            read["a"] = 12 if piece == "PM" else 0
        elif letter in "zVOZXx":
            zone = _read_zone(piece)
        elif letter == "S":
            read["S"] = int(f"{piece}000000"[:6])
        elif letter in "yu":
            read["y"] = 2000 + int(piece) if count == 2 else int(piece)
        elif piece.isdigit():
            read["M" if letter == "L" else letter] = int(piece)
    return _assemble(read, text).replace(tzinfo=zone)


def _read_zone(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:4])
    from datetime import timezone

    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _assemble(read: dict[str, int], text: str) -> datetime:
    year, month, day = read.get("y", 1970), read.get("M", 1), read.get("d", 1)
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        raise ValueError(f"{text!r} is no date")
    if "D" in read and "d" not in read:
        moment = date(year, 1, 1) + timedelta(days=read["D"] - 1)
    else:
        moment = date(year, month, min(day, calendar.monthrange(year, month)[1]))
    hour = read.get("H", read.get("k", 0) % 24)
    if "h" in read or "K" in read:
        clock = read["h"] if "h" in read else read["K"] + 1
        if not 1 <= clock <= 12:
            raise ValueError(f"{text!r} is no time")
        hour = (read["h"] % 12 if "h" in read else read["K"]) + read.get("a", 0)
    return datetime.combine(moment, time(hour, read.get("m", 0), read.get("s", 0), read.get("S", 0)))
