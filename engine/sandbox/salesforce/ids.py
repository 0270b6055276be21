"""Salesforce record ids: 15 case-sensitive characters, and 3 more that make them safe where case is lost."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CHARACTERS = frozenset(ALPHABET)
_POD = "8d"
_BASE = len(ALPHABET)

JOB_PREFIX = "750"
USER_PREFIX = "005"
ORGANISATION_PREFIX = "00D"


def suffix(short: str) -> str:
    """The three characters that tell which letters of a 15-character id are upper case."""
    out = ""
    for start in (0, 5, 10):
        bits = 0
        for place in range(5):
            if "A" <= short[start + place] <= "Z":
                bits |= 1 << place
        out += _SUFFIX[bits]
    return out


def make_id(prefix: str, number: int) -> str:
    """The 18-character id of the `number`-th thing of the kind that `prefix` stands for."""
    digits = ""
    while number:
        number, rest = divmod(number, _BASE)
        digits = ALPHABET[rest] + digits
    short = f"{prefix}{_POD}{digits:0>10}"
    return short + suffix(short)


def number_of(digits: str) -> int:
    """The number that `digits` write in an id, the reverse of what `make_id` does with it."""
    number = 0
    for digit in digits:
        number = number * _BASE + ALPHABET.index(digit)
    return number


def canonical_id(text: str) -> str | None:
    """The 18-character spelling of a 15- or 18-character id, None when `text` is no id.

    An 18-character id whose case was lost is put right by its suffix, as Salesforce does.
    """
    if not _CHARACTERS.issuperset(text):
        return None
    if len(text) == 15:
        return text + suffix(text)
    if len(text) != 18:
        return None
    if suffix(text) == text[15:]:
        return text
    return _restore_case(text[:15], text[15:].upper())


def _restore_case(short: str, mark: str) -> str | None:
    out: list[str] = []
    for group, character in enumerate(mark):
        bits = _SUFFIX.find(character)
        if bits < 0:
            return None
        for place in range(5):
            letter = short[group * 5 + place]
            upper = bool(bits >> place & 1)
            if upper and not letter.isalpha():
                return None
            out.append(letter.upper() if upper else letter.lower())
    return "".join(out) + mark
