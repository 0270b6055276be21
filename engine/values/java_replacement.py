"""Replacement texts of Java's `replaceAll`: `$1`, `${name}` and backslashes."""

from __future__ import annotations

import re
from collections.abc import Callable

_PIECES = re.compile(r"\\(?P<plain>.)|\$(?P<number>\d)|\$\{(?P<name>[A-Za-z][A-Za-z0-9]*)\}|(?P<bad>[\\$])", re.DOTALL)


def compile_java_replacement(text: str, pattern: re.Pattern[str]) -> Callable[[re.Match[str]], str]:
    """A function for `pattern.sub`. Groups that took no part give nothing.

    Raises ValueError for a group the pattern does not have and for a lone `$` or backslash.
    """
    parts: list[str | int] = []
    at = 0
    while (found := _PIECES.search(text, at)) is not None:
        parts.append(text[at : found.start()])
        at = found.end()
        if found["bad"]:
            raise ValueError(f"replacement {text!r}: {found['bad']!r} at {found.start() + 1} needs a \\ before it")
        if found["plain"] is not None:
            parts.append(found["plain"])
        elif found["name"] is not None:
            if found["name"] not in pattern.groupindex:
                raise ValueError(f"replacement {text!r}: the pattern has no group named {found['name']!r}")
            parts.append(pattern.groupindex[found["name"]])
        else:
            number, at = _group_number(text, found.start() + 1, pattern.groups)
            parts.append(number)
    parts.append(text[at:])
    return lambda match: "".join(part if isinstance(part, str) else match[part] or "" for part in parts)


def _group_number(text: str, at: int, groups: int) -> tuple[int, int]:
    """Java takes further digits as long as such a group exists."""
    number = int(text[at])
    if number > groups:
        raise ValueError(f"replacement {text!r}: the pattern has no group {number}")
    at += 1
    while at < len(text) and text[at].isascii() and text[at].isdigit() and number * 10 + int(text[at]) <= groups:
        number = number * 10 + int(text[at])
        at += 1
    return number, at
