"""JSON member names as XML element names, and back.

As the JSON reader of the reference engine a leading digit becomes `_JsonReader_PD_1x` and a leading `$`
`_JsonReader_PS_x`; flows address these names in XPath. Every other character XML forbids becomes
`_JsonReader_<decimal code>_` (there only under `buildValidNCNames`; here always, because a tree cannot hold
the name otherwise) and the empty name `_JsonReader_PE_`.
"""

from __future__ import annotations

import re
from functools import lru_cache

PREFIX = "_JsonReader_"

_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_INSIDE = f"-.0-9\u00b7\u0300-\u036f\u203f-\u2040{_START}"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_CODED = re.compile(PREFIX + r"([0-9]{1,7})_")


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A whole name, a character no name has inside, and one that names begin with.

    Made when a name asks for them: so many ranges take milliseconds to compile.
    """
    return re.compile(f"[{_START}][{_INSIDE}]*"), re.compile(f"[^{_INSIDE}]"), re.compile(f"[{_START}]")


@lru_cache(maxsize=4096)
def encode_name(name: str) -> str:
    """The element name for a member name; valid names stay as they are."""
    if _PLAIN.fullmatch(name):
        return name
    whole, bad_inside, good_start = _patterns()
    if whole.fullmatch(name):
        return name
    if not name:
        return PREFIX + "PE_"
    first = name[0]
    if first.isascii() and first.isdigit():
        return PREFIX + "PD_" + bad_inside.sub(_code, name)
    if first == "$":
        return PREFIX + "PS_" + bad_inside.sub(_code, name[1:])
    head = first if good_start.match(first) else f"{PREFIX}{ord(first)}_"
    return head + bad_inside.sub(_code, name[1:])


@lru_cache(maxsize=4096)
def decode_name(name: str) -> str:
    """The member name an element name stands for."""
    if PREFIX not in name:
        return name
    if name.startswith(PREFIX + "PD_"):
        name = name[len(PREFIX) + 3 :]
    elif name.startswith(PREFIX + "PS_"):
        name = "$" + name[len(PREFIX) + 3 :]
    elif name == PREFIX + "PE_":
        return ""
    return _CODED.sub(_decode, name)


def _code(match: re.Match[str]) -> str:
    return f"{PREFIX}{ord(match.group())}_"


def _decode(match: re.Match[str]) -> str:
    code = int(match.group(1))
    return chr(code) if code < 0x110000 else match.group()
