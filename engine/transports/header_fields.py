"""Header fields between bytes and pairs, for both sides of the engine.

Most fields of a message were in the message before it: the same host, the same user agent, the same media type. Their
lines are remembered, checked, in both directions, so that a head costs a look-up a line. What is remembered is bounded,
and only fields whose values are no secrets and repeat are.
"""

from __future__ import annotations

import re
from typing import Final

from engine.message.body import HeaderPairs

Pair = tuple[bytes, bytes]

NAME: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
VALUE: Final = rb"[^\x00-\x08\x0a-\x1f\x7f]"

_LINE = re.compile(rb"(" + NAME + rb"++):[ \t]*+(" + VALUE + rb"*+)")
_NAME = re.compile(NAME + rb"++")
_REMEMBERED: Final = 1024
_LONGEST: Final = 256
_REPEATED: Final = frozenset(
    (
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"access-control-allow-origin",
        b"cache-control",
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"date",
        b"host",
        b"keep-alive",
        b"origin",
        b"server",
        b"soapaction",
        b"transfer-encoding",
        b"user-agent",
        b"vary",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
    )
)


class BadField(ValueError):
    """A line that is not a header field."""


class TooManyFields(ValueError):
    """More fields than allowed; `count` of them."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"{count} header fields")


class _Read(dict[bytes, Pair]):
    """Line without its end -> name in lower case and value."""

    def __missing__(self, line: bytes) -> Pair:
        match = _LINE.fullmatch(line)
        if match is None:
            raise BadField(f"not a header field: {line[:60]!r}")
        name, value = match.groups()
        pair = (name.lower(), value.rstrip(b" \t"))
        if pair[0] in _REPEATED and len(line) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[line] = pair
        return pair


class _Written(dict[Pair, bytes]):
    """Name and value -> the line with its end."""

    def __missing__(self, pair: Pair) -> bytes:
        name, value = pair
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"{name!r} is not a header name")
        if b"\r" in value or b"\n" in value or b"\0" in value:
            raise ValueError(f"the value of header {name.decode()!r} has a line break or NUL in it")
        line = b"%b: %b\r\n" % pair
        if len(line) <= _LONGEST and name.lower() in _REPEATED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[pair] = line
        return line


_read = _Read()
_written = _Written()


def read_fields(block: bytes, most: int) -> HeaderPairs:
    """The fields of a header block whose lines all end in CR LF: names in lower case, values without blanks around.

    Raises TooManyFields for more than `most`, BadField for a line that two readers could understand differently:
    folded, without a colon, with blanks before it, with a control character or a bare line end. Both are ValueErrors.
    """
    lines = block.split(b"\r\n")
    if lines.pop():
        raise BadField("the last header line has no end")
    if len(lines) > most:
        raise TooManyFields(len(lines))
    known = _read
    return [known[line] for line in lines]


def field_line(pair: Pair) -> bytes:
    """`Name: value` and its line end. Raises ValueError for a name or a value that would change the head's meaning."""
    return _written[pair]
