"""XML bytes to trees and back: no DTD, no entities, no network, bounded depth; spelled as the reference
engine spells it.
"""

from __future__ import annotations

import codecs
import copy
import re
import threading

from lxml import etree

from engine.codecs.content_type import python_codec
from engine.codecs.errors import FormatError, excerpt

_BIG = 10_000_000
"""libxml2 refuses text nodes above this size unless told that the document is huge."""

_LONGEST_DECLARATION = 512
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s[^>]{0,400}\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,60})["']""")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_NO_DOCTYPE = "the XML document has a DOCTYPE, which is not accepted"
_EMPTY = "the XML document is empty"
_WHERE = re.compile(r",? line \d+, column \d+$")
_STRING_VALUE = etree.XPath("string()", smart_strings=False)
_SPACE = b" \t\r\n"
_TAG = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?P<closing>/)[^>]*>"
    r'|<[^\s<>/!?]+(?P<attributes>(?:\s+[^\s=]+="[^"]*")*)\s*(?P<empty>/)?>',
    re.DOTALL,
)
_DEFAULT = re.compile(r'\sxmlns="([^"]*)"')


class _Parsers(threading.local):
    """One parser of each kind for each thread; lxml locks a parser while it works."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[bool, bool, bool], etree.XMLParser] = {}

    def get(self, utf8: bool, huge: bool, dtd: bool) -> etree.XMLParser:
        """The parser for bytes known to be UTF-8 (or that say so themselves), for huge documents, with a
        DTD allowed.
        """
        kind = (utf8, huge, dtd)
        parser = self.kinds.get(kind)
        if parser is None:
            parser = self.kinds[kind] = new_parser(utf8=utf8, huge=huge, dtd=dtd)
        return parser


_PARSERS = _Parsers()


def new_parser(
    *, utf8: bool = False, huge: bool = False, dtd: bool = False, keep_cdata: bool = False
) -> etree.XMLParser:
    """A parser that reaches for nothing outside the document and expands nothing inside it.

    `dtd` expands entities declared inside the document itself, within libxml2's bounds. With `keep_cdata` a CDATA
    section is written as one again.
    """
    return etree.XMLParser(
        encoding="utf-8" if utf8 else None,
        resolve_entities="internal" if dtd else False,  # type: ignore[arg-type]
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=huge,
        strip_cdata=not keep_cdata,
        collect_ids=False,
    )


def parse_xml(
    data: bytes | str,
    charset: str = "",
    *,
    limit: int | None = None,
    allow_dtd: bool = False,
    made_here: bool = False,
) -> etree._Element:
    """Parse a document and return its root.

    `charset` is the one of the Content-Type; it outranks the declaration of the document. Without one the
    byte order mark, the declaration, then UTF-8 count. `limit` is the most bytes accepted. `made_here` says
    that the text was made by this package and needs no look for a DTD. Raises FormatError (a ValueError) with
    line and column: malformed text, a DTD unless allowed, too deep, too large.
    """
    size = len(data)
    if limit is not None and size > limit:
        raise FormatError(f"the XML document has {size} bytes, more than the {limit} allowed")
    if not data or data.isspace():
        raise FormatError(_EMPTY)
    utf8 = True
    if isinstance(data, str):
        raw = _encode(data)
    elif charset:
        raw = _recode(data, python_codec(charset))
    else:
        raw, utf8 = data, False
    huge = size > _BIG and not allow_dtd
    if huge and not made_here:
        if not utf8:
            raw, utf8 = _recode(raw, _own_codec(raw)), True
        huge = b"<!DOCTYPE" not in raw
    try:
        root = etree.fromstring(raw, _PARSERS.get(utf8, huge, allow_dtd))
    except etree.XMLSyntaxError as error:
        blanked = _without_late_declaration(raw, utf8)
        if blanked is not None:
            return parse_xml(blanked, "utf-8", allow_dtd=allow_dtd)
        raise _syntax_error(error, raw) from error
    except (LookupError, ValueError) as error:
        raise FormatError(f"not readable as XML: {error}") from error
    if not allow_dtd and not made_here and root.getroottree().docinfo.internalDTD is not None:
        raise FormatError(_NO_DOCTYPE)
    return root


class XmlFeed:
    """Parse a document that arrives in pieces.

    Raises the same errors as parse_xml, as early as the pieces show them. `charset` as in parse_xml.
    """

    __slots__ = ("_decoder", "_head", "_limit", "_parser", "_size", "_tail")

    def __init__(self, charset: str = "", *, limit: int | None = None) -> None:
        self._decoder = _decoder(python_codec(charset)) if charset else None
        self._parser = new_parser(utf8=True, huge=True)
        self._limit = limit
        self._size = 0
        self._head = b""
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        self._size += len(data)
        if self._limit is not None and self._size > self._limit:
            raise FormatError(f"the XML document has more than the {self._limit} bytes allowed")
        if self._decoder is None:
            self._head += data
            if len(self._head) < _LONGEST_DECLARATION:
                return
            data, self._head = self._head, b""
            self._decoder = _decoder(_own_codec(data))
        self._parse(self._decoder, data)

    def close(self) -> etree._Element:
        """Return the root; to be called once, after the last piece."""
        if not self._size:
            raise FormatError(_EMPTY)
        decoder = self._decoder or _decoder(_own_codec(self._head))
        self._parse(decoder, self._head, final=True)
        try:
            return self._parser.close()
        except etree.XMLSyntaxError as error:
            raise _syntax_error(error, b"") from error

    def _parse(self, decoder: codecs.IncrementalDecoder, data: bytes, final: bool = False) -> None:
        try:
            data = decoder.decode(data, final).encode()
        except UnicodeError as error:
            raise FormatError(f"not readable as XML: {error}") from error
        if not data:
            return
        seen = self._tail + data
        if b"<!DOCTYPE" in seen:
            raise FormatError(_NO_DOCTYPE)
        self._tail = seen[-16:]
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError as error:
            raise _syntax_error(error, b"") from error


def serialize(element: etree._Element, charset: str = "utf-8", *, declaration: bool = False) -> bytes:
    """Write an element as the reference engine writes it: no declaration unless asked for, `>` not escaped,
    no tail.

    An element taken out of a tree carries the namespace declarations it needs and no others of its ancestors.
    Characters the charset lacks become character references.
    """
    parent = element.getparent()
    if parent is not None and parent.nsmap:
        element = copy.deepcopy(element)
    written = etree.tostring(element, encoding="utf-8", xml_declaration=False, with_tail=False)
    if b"&gt;" in written and b"<!" not in written and b"<?" not in written:
        written = written.replace(b"]]&gt;", b"]]\x00gt;").replace(b"&gt;", b">").replace(b"]]\x00gt;", b"]]&gt;")
    codec = python_codec(charset)
    if codec == "utf-8":
        return b"<?xml version='1.0' encoding='UTF-8'?>" + written if declaration else written
    head = f"<?xml version='1.0' encoding='{charset}'?>" if declaration else ""
    return (head + written.decode()).encode(codec, "xmlcharrefreplace")


def serialize_text(element: etree._Element) -> str:
    """Write an element as text."""
    return serialize(element).decode()


def standalone(element: etree._Element) -> etree._Element:
    """A copy of an element that was written inside another document, without the `xmlns=""` it needed there only."""
    markup = serialize_text(element)
    if ' xmlns=""' not in markup:
        twin = copy.deepcopy(element)
        twin.tail = None
        return twin
    return parse_xml(without_empty_defaults(markup), made_here=True)


def without_empty_defaults(markup: str) -> str:
    """Serialised XML without `xmlns=""` where no default namespace is in scope anyway."""
    if ' xmlns=""' not in markup:
        return markup
    scopes = [False]

    def shortened(tag: re.Match[str]) -> str:
        attributes = tag.group("attributes")
        if tag.group("closing"):
            if len(scopes) > 1:
                scopes.pop()
        elif attributes is not None:
            text = tag.group()
            default = _DEFAULT.search(attributes)
            if default is not None and not default.group(1) and not scopes[-1]:
                text = text.replace(default.group(), "", 1)
            if not tag.group("empty"):
                scopes.append(bool(default.group(1)) if default is not None else scopes[-1])
            return text
        return tag.group()

    return _TAG.sub(shortened, markup)


def text_of(element: etree._Element) -> str:
    """All character data inside an element, without that of comments and instructions."""
    return str(_STRING_VALUE(element))


def _decoder(codec: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(codec)()


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise FormatError(f"the character at {error.start} is half of a pair and cannot stand in XML") from error


def _recode(data: bytes, codec: str) -> bytes:
    """The document as UTF-8."""
    if codec == "utf-8":
        return data
    try:
        return data.decode(codec).encode()
    except UnicodeError as error:
        raise FormatError(f"not readable as XML: {error}") from error


def _own_codec(head: bytes) -> str:
    """The codec a document asks for itself: byte order mark, the pattern of zeros, declaration, else
    UTF-8.
    """
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    declared = _DECLARATION.match(head)
    label = _ENCODING.search(declared.group()) if declared is not None else None
    return python_codec(label.group(1).decode("ascii")) if label is not None else "utf-8"


def _without_late_declaration(raw: bytes, utf8: bool) -> bytes | None:
    """A document whose declaration does not come first, with blanks in its place; None when that is not
    the matter.
    """
    start = raw.lstrip(_SPACE)
    declared = _DECLARATION.match(start)
    if declared is None or len(start) == len(raw):
        return None
    rest = b" " * declared.end() + start[declared.end() :]
    return raw[: len(raw) - len(start)] + (rest if utf8 else _recode(rest, _own_codec(start)))


def _syntax_error(error: etree.XMLSyntaxError, raw: bytes) -> FormatError:
    line, column = error.position
    message = _WHERE.sub("", error.msg or "malformed")
    start = 0
    for _ in range(min(line - 1, 100_000)):
        start = raw.find(b"\n", start) + 1
    near = raw[start + max(column - 21, 0) : start + column + 20].split(b"\n")[0].strip()
    if near:
        message += ", near " + excerpt(near.decode("utf-8", "replace"), 60)
    return FormatError(f"not well-formed XML: {message}", line=line, column=column)
