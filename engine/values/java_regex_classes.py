"""Character classes as sorted code point ranges: unions and intersections become plain arithmetic."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Disjoint, sorted, inclusive ranges of code points."""

LAST_CODE_POINT = 0x10FFFF
EVERYTHING: Final[Ranges] = ((0, LAST_CODE_POINT),)

_LOWER: Ranges = ((0x61, 0x7A),)
_UPPER: Ranges = ((0x41, 0x5A),)
_DIGIT: Ranges = ((0x30, 0x39),)
_PUNCT: Ranges = ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E))
_SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
_HORIZONTAL: Ranges = (
    (0x09, 0x09), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E),
    (0x2000, 0x200A), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
_VERTICAL: Ranges = ((0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029))

_POSIX: dict[str, Ranges] = {
    "Lower": _LOWER,
    "Upper": _UPPER,
    "ASCII": ((0, 0x7F),),
    "Alpha": _UPPER + _LOWER,
    "Digit": _DIGIT,
    "Alnum": _DIGIT + _UPPER + _LOWER,
    "Punct": _PUNCT,
    "Graph": ((0x21, 0x7E),),
    "Print": ((0x20, 0x7E),),
    "Blank": ((0x09, 0x09), (0x20, 0x20)),
    "Cntrl": ((0, 0x1F), (0x7F, 0x7F)),
    "XDigit": (*_DIGIT, (0x41, 0x46), (0x61, 0x66)),
    "Space": _SPACE,
}
_UNICODE_POSIX = {"Lower": "Ll", "Upper": "Lu", "Alpha": "L", "Digit": "Nd", "Punct": "P", "Cntrl": "Cc"}
_BINARY: dict[str, tuple[str, ...]] = {
    "alphabetic": ("L", "Nl"),
    "whitespace": ("Z",),
    "letter": ("L",),
    "digit": ("Nd",),
    "lowercase": ("Ll",),
    "uppercase": ("Lu",),
    "titlecase": ("Lt",),
    "punctuation": ("P",),
    "control": ("Cc",),
}
_JAVA: dict[str, tuple[str, ...]] = {
    "LC": ("Lu", "Ll", "Lt"),
    "javaAlphabetic": ("L", "Nl"),
    "javaDigit": ("Nd",),
    "javaLetter": ("L",),
    "javaLetterOrDigit": ("L", "Nd"),
    "javaLowerCase": ("Ll",),
    "javaUpperCase": ("Lu",),
}
_NAMED: dict[str, Ranges] = {"L1": ((0, 0xFF),), "all": EVERYTHING, "javaWhitespace": _SPACE}
_BLOCKS: dict[str, Ranges] = {
    "latin": (
        (0x41, 0x5A),
        (0x61, 0x7A),
        (0xAA, 0xAA),
        (0xBA, 0xBA),
        (0xC0, 0xD6),
        (0xD8, 0xF6),
        (0xF8, 0x24F),
    ),
    "basiclatin": ((0, 0x7F),),
    "latin1supplement": ((0x80, 0xFF),),
    "greek": ((0x370, 0x3FF),),
    "cyrillic": ((0x400, 0x52F),),
    "hebrew": ((0x591, 0x5F4),),
    "arabic": ((0x600, 0x6FF),),
    "han": (
        (0x2E80, 0x2FD5),
        (0x3005, 0x3007),
        (0x3021, 0x3029),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0x20000, 0x323AF),
    ),
    "hiragana": ((0x3041, 0x309F),),
    "katakana": ((0x30A1, 0x30FF),),
}


def union(one: Ranges, other: Ranges) -> Ranges:
    """Code points in either."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(one + other):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Code points in none of the ranges."""
    gaps: list[tuple[int, int]] = []
    start = 0
    for low, high in union(ranges, ()):
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= LAST_CODE_POINT:
        gaps.append((start, LAST_CODE_POINT))
    return tuple(gaps)


def intersect(one: Ranges, other: Ranges) -> Ranges:
    """Code points in both."""
    return complement(union(complement(one), complement(other)))


def class_text(ranges: Ranges) -> str:
    """The class as Python's `re` writes it."""
    if not ranges:
        return "(?!)"
    if ranges == EVERYTHING:
        return "[\\s\\S]"
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _character(ranges[0][0])
    inverse = complement(ranges)
    negated = ranges[-1][1] == LAST_CODE_POINT and len(inverse) < len(ranges)
    parts = [
        _character(low) if low == high else f"{_character(low)}-{_character(high)}"
        for low, high in (inverse if negated else ranges)
    ]
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _character(code: int) -> str:
    char = chr(code)
    if char.isascii() and char.isalnum():
        return char
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def short_class(letter: str, *, unicode: bool) -> Ranges:
    r"""`\d`, `\w`, `\s`, `\h`, `\v` and their negations."""
    ranges: Ranges
    match letter.lower():
        case "d":
            ranges = category("Nd") if unicode else _DIGIT
        case "w":
            ranges = union(_DIGIT + _UPPER + _LOWER, ((0x5F, 0x5F),))
            if unicode:
                ranges = union(ranges, _categories("L", "Nl", "M", "Nd", "Pc"))
        case "s":
            ranges = union(union(_HORIZONTAL, _VERTICAL), ()) if unicode else _SPACE
        case "h":
            ranges = _HORIZONTAL
        case _:
            ranges = _VERTICAL
    return complement(ranges) if letter.isupper() else ranges


def named_class(name: str, *, unicode: bool) -> Ranges:
    r"""The class of `\p{name}`. Raises KeyError for a name that is not known."""
    if name in _POSIX:
        return _categories(_UNICODE_POSIX[name]) if unicode and name in _UNICODE_POSIX else _POSIX[name]
    if name in _NAMED:
        return _NAMED[name]
    if name in _JAVA:
        return _categories(*_JAVA[name])
    plain = name.partition("=")[2] or name
    bare = plain[2:] if plain[:2] in ("Is", "In") else plain
    if bare in _CATEGORIES:
        return category(bare)
    key = bare.lower().replace("_", "").replace("-", "")
    if key in _BINARY:
        return _categories(*_BINARY[key])
    return _BLOCKS[key]


def _categories(*names: str) -> Ranges:
    ranges: Ranges = ()
    for name in names:
        ranges = union(ranges, category(name))
    return ranges


@lru_cache(maxsize=64)
def category(name: str) -> Ranges:
    """Code points whose general category is, or starts with, this name; () when there is none such."""
    found = [ranges for exact, ranges in _by_category().items() if exact.startswith(name)]
    return union(tuple(pair for ranges in found for pair in ranges), ())


@lru_cache(maxsize=1)
def _by_category() -> dict[str, list[tuple[int, int]]]:
    """The ranges of every general category; one pass over all code points, made when first asked for."""
    table: dict[str, list[tuple[int, int]]] = {}
    start = 0
    current = unicodedata.category("\0")
    for code in range(1, LAST_CODE_POINT + 1):
        name = unicodedata.category(chr(code))
        if name != current:
            table.setdefault(current, []).append((start, code - 1))
            start, current = code, name
    table.setdefault(current, []).append((start, LAST_CODE_POINT))
    return table


_CATEGORIES = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "C",
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
    ]
)
