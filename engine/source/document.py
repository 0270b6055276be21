"""One XML file as a tree whose every element and attribute knows its line and column."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache

from lxml import etree

from engine.codecs.xml import new_parser
from engine.diagnostics import Problem, Severity
from engine.records import dataclass

SYNAPSE = "http://ws.apache.org/ns/synapse"
Element = etree._Element

# What is not a start tag is skipped whole, so that markup inside comments, CDATA sections and processing instructions
# never counts as an element. The patterns are compiled (and kept, by re) for the first place that is asked for.
_SKIPPED = r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!DOCTYPE(?:[^\[>]|\[.*?\])*>"
_START = _SKIPPED + r"|(?P<start><)(?=[^\s/>!?])"
_CONSTRUCT = (
    _SKIPPED + r"|</[^>]*>"
    r"|<(?P<name>[^\s/>!?]+)(?P<attributes>(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>"
)
_ATTRIBUTE = r"([^\s=/>]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')"

_PARSER = new_parser(keep_cdata=True)
"""Shared by all threads: lxml lets one in at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; `line` and `column` count from 1."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Spot:
    """The place of an element of a file, of one of its attributes or of its text, which is seldom asked for.

    It is worked out, from the file's content kept for that, when it is.
    """

    __slots__ = ("_data", "_place", "_spot")

    def __init__(self, file: str, data: bytes, element: Element, attribute: str | None, in_text: bool) -> None:
        self._data = data
        self._spot = (file, element.getroottree().getelementpath(element), line_of(element), attribute, in_text)
        self._place: Place | None = None

    @property
    def place(self) -> Place:
        """File, line and column."""
        if self._place is None:
            self._place = self._found()
        return self._place

    def _found(self) -> Place:
        file, path, line, attribute, in_text = self._spot
        document = _parsed_again(file, self._data)
        element = None if document is None else document.root.find(path)
        if document is None or element is None:
            return Place(file, line)
        return document.text_place(element) if in_text else document.place(element, attribute)


@dataclass(slots=True)
class Document:
    """A parsed file. Its text and columns are worked out only when somebody needs them."""

    file: str
    data: bytes
    root: Element
    notes: tuple[Problem, ...] = ()
    _text: str | None = field(default=None, repr=False)
    _starts: dict[Element, int] | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The file as text, lines ended by a line feed."""
        if self._text is None:
            encoding = self.root.getroottree().docinfo.encoding or "utf-8"
            try:
                text = self.data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
            except (UnicodeDecodeError, LookupError):
                text = self.data.decode("latin-1")
            self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._text

    def place(self, element: Element, attribute: str | None = None) -> Place:
        """Where `element`, or one of its attributes (by its written name), stands."""
        start = self._start_tag(element)
        if start is None:
            return Place(self.file, line_of(element))
        offset = start.start()
        if attribute is not None:
            for match in re.finditer(_ATTRIBUTE, start.group("attributes"), re.DOTALL):
                if match.group(1) == attribute or match.group(1).rpartition(":")[2] == attribute:
                    offset = start.start("attributes") + match.start()
                    break
        return self._at(offset)

    def text_place(self, element: Element) -> Place:
        """Where the first non-blank text of `element` starts, else the element itself."""
        start = self._start_tag(element)
        if start is None:
            return self.place(element)
        for text in [element.text, *(child.tail for child in element)]:
            if text and text.strip():
                first = text.strip().splitlines()[0]
                found = self.text.find(first, start.end())
                return self._at(found if found >= 0 else start.end())
        return self._at(start.start())

    def end_place(self, element: Element) -> Place:
        """Right behind the end of `element`: where something that is missing after it would go."""
        start = self._start_tag(element)
        if start is None:
            return self.place(element)
        depth = 0
        for match in re.compile(_CONSTRUCT, re.DOTALL).finditer(self.text, start.start()):
            if match.group("name"):
                depth += not match.group().endswith("/>")
            elif match.group().startswith("</"):
                depth -= 1
            else:
                continue
            if depth == 0:
                return self._at(match.end())
        return self.place(element)

    def spot(self, element: Element, attribute: str | None = None, *, in_text: bool = False) -> Spot:
        """The place of `element`, of one of its attributes or of its text, for whoever wants to know it later."""
        return Spot(self.file, self.data, element, attribute, in_text)

    def line_text(self, line: int) -> str:
        """The source text of a line, for showing it under a problem."""
        lines = self.text.splitlines()
        return lines[line - 1] if 0 < line <= len(lines) else ""

    def _at(self, offset: int) -> Place:
        line = self.text.count("\n", 0, offset) + 1
        return Place(self.file, line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1)

    def _start_tag(self, element: Element) -> re.Match[str] | None:
        if self._starts is None:
            found = (match.start() for match in re.finditer(_START, self.text, re.DOTALL) if match["start"])
            self._starts = dict(zip(self.root.iter(etree.Element), found, strict=False))
        offset = self._starts.get(element)
        return None if offset is None else re.compile(_CONSTRUCT, re.DOTALL).match(self.text, offset)


def parse_document(file: str, data: bytes) -> Document | Problem:
    """Parse one file; a file that is not well-formed comes back as its Problem, with line and column.

    Entities are not expanded, nothing is fetched, and text after the root element is a problem of its own.
    """
    notes: tuple[Problem, ...] = ()
    try:
        try:
            root = etree.fromstring(data, _PARSER)
        except etree.XMLSyntaxError as error:
            kept = _up_to_end_of_root(data, error)
            if kept is None:
                raise
            root = etree.fromstring(kept, _PARSER)
            line, column = error.position
            notes = (
                Problem(
                    "SYN004",
                    Severity.WARNING,
                    "what stands behind the end of the root element is ignored",
                    file,
                    line or 1,
                    max(column, 1),
                    hint="remove it",
                ),
            )
    except etree.XMLSyntaxError as error:
        line, column = error.position
        what = (error.msg or "not well-formed XML").split(", line ")[0]
        return Problem(
            "SYN001",
            Severity.ERROR,
            f"not well-formed XML: {what}",
            file,
            line or 1,
            max(column, 1),
            hint="nothing of this file is deployed until it is well-formed",
        )
    return Document(file, data, root, notes)


@lru_cache(maxsize=1)
def _parsed_again(file: str, data: bytes) -> Document | None:
    """A file that has been parsed before; the last one is kept, since places are asked for file by file."""
    parsed = parse_document(file, data)
    return parsed if isinstance(parsed, Document) else None


def _up_to_end_of_root(data: bytes, error: etree.XMLSyntaxError) -> bytes | None:
    """The document without what follows its root element (the reference engine reads no further); None otherwise."""
    if "Extra content at the end of the document" not in (error.msg or ""):
        return None
    line, column = error.position
    lines = data.splitlines(keepends=True)
    return b"".join(lines[: line - 1]) + lines[line - 1][: column - 1] if 0 < line <= len(lines) else None


def line_of(element: Element) -> int:
    """The line of an element's start tag (its end, when it runs over several lines); 0 when unknown."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


@lru_cache(maxsize=4096)
def split_tag(tag: object) -> tuple[str, str]:
    """Namespace and local name out of an element's tag, "" for none; both "" for comments and the like."""
    if not isinstance(tag, str):
        return "", ""
    space, _, name = tag.rpartition("}")
    return space[1:], name


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return split_tag(element.tag)[1]


def namespace(element: Element) -> str:
    """The element's namespace, "" for none."""
    return split_tag(element.tag)[0]
