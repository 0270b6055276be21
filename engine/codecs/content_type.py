"""Content-Type and Accept: take them apart the way the reference engine does, whatever a client wrote
there.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from engine.codecs.errors import FormatError, excerpt
from engine.records import dataclass

_LONGEST_CACHED = 256
_NO_PARAMS: Mapping[str, str] = MappingProxyType({})
_LONGEST_CHARSET = 64
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
_QUOTE_OR_BACKSLASH = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class ContentType:
    """A Content-Type header, taken apart.

    `raw` is the header as received, `media` the part before the first `;` (without one: the first `,`) in
    lower case, `type` and `subtype` its halves, `params` the parameters by lower-case name (the first of a
    name wins).
    """

    raw: str
    media: str
    type: str
    subtype: str
    params: Mapping[str, str]

    @property
    def charset(self) -> str:
        """The charset parameter as written, "" when there is none."""
        return self.params.get("charset", "")

    @property
    def boundary(self) -> str:
        """The boundary parameter of a multipart type, "" when there is none."""
        return self.params.get("boundary", "")


def parse_content_type(text: str) -> ContentType:
    """Take a Content-Type apart. Never raises: junk gives a media type nobody has registered.

    Takes time linear in the length of the text; short texts are remembered.
    """
    return _parse_cached(text) if len(text) <= _LONGEST_CACHED else _parse(text)


def accepted_type(accept: str, has_formatter: Callable[[str], bool]) -> str | None:
    """The first type of an Accept header that somebody can write, or None.

    As RelayUtils: the header is cut at its first `;`, weights do not matter, wildcards match nothing and
    text/xml is passed over.
    """
    for part in accept.partition(";")[0].split(","):
        media = part.strip().lower()
        if media and media != "text/xml" and has_formatter(media):
            return media
    return None


def python_codec(charset: str) -> str:
    """The name of the Python codec for a charset label; "" means UTF-8.

    Raises FormatError for a label that names no text encoding.
    """
    label = charset.strip(" \t\r\n\"'")
    if not label:
        return "utf-8"
    if len(label) > _LONGEST_CHARSET:
        raise FormatError(f"unknown charset {excerpt(label)}")
    return _lookup(label)


@lru_cache(maxsize=256)
def _lookup(label: str) -> str:
    try:
        name = codecs.lookup(label).name
        "a".encode(name)
    except (LookupError, ValueError) as error:
        raise FormatError(f"unknown charset {excerpt(label)}") from error
    if name.replace("_", "-") in _NO_CHARSETS:
        raise FormatError(f"unknown charset {excerpt(label)}")
    return name


def _parse(text: str) -> ContentType:
    head, semicolon, rest = text.partition(";")
    if not semicolon:
        head = head.partition(",")[0]
    media = head.strip().lower()
    main, _, subtype = media.partition("/")
    return ContentType(text, media, main.strip(), subtype.strip(), parse_params(rest) if rest else _NO_PARAMS)


_parse_cached = lru_cache(maxsize=512)(_parse)


def parse_params(text: str) -> Mapping[str, str]:
    """Read `name=value; name="quoted value"` pairs; what is no pair is passed over."""
    params: dict[str, str] = {}
    position, end = 0, len(text)
    while position < end:
        stop = text.find(";", position)
        stop = end if stop < 0 else stop
        equals = text.find("=", position, stop)
        if equals < 0:
            position = stop + 1
            continue
        name = text[position:equals].strip().lower()
        value = text[equals + 1 : stop].strip()
        if value.startswith('"'):
            value, behind = _quoted(text, text.index('"', equals) + 1)
            stop = text.find(";", behind)
            stop = end if stop < 0 else stop
        if name:
            params.setdefault(name, value)
        position = stop + 1
    return MappingProxyType(params)


def _quoted(text: str, start: int) -> tuple[str, int]:
    """The rest of a quoted string and the position behind it; an open quote ends at the end of the text."""
    pieces: list[str] = []
    while (mark := _QUOTE_OR_BACKSLASH.search(text, start)) is not None:
        pieces.append(text[start : mark.start()])
        start = mark.end()
        if mark.group() == '"':
            return "".join(pieces), start
        following = text[start : start + 1]
        # Old browsers send file names with bare backslashes: only these two are escapes.
        pieces.append(following if following in ('"', "\\") else "\\" + following)
        start += 1
    pieces.append(text[start:])
    return "".join(pieces), len(text)
