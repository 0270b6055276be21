"""JSON of many megabytes read slice by slice, so that other threads run between two slices.

A parser in C keeps the interpreter lock to its end: some 20 ms for each megabyte. Here a compiled pattern finds runs of
whole elements (or members) of some 32 KiB, and each run is parsed by itself. Containers longer than that are opened
and read in the same way; they are the *spine* of the document, which `engine.values.dismantling` takes apart again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from engine.values.dismantling import Container, LargeValue, Spine, dismantle, held_off
from engine.values.json_document import (
    LONG_NUMBER,
    MAX_DEPTH,
    MAX_NUMBER,
    JsonDocument,
    JsonSyntaxError,
    long_number,
    not_utf8,
    parse,
    parse_exactly,
    quickly,
    without_marks,
)
from engine.values.json_number import Json

SLICE = 1 << 15
"""Bytes of a slice: some 1 ms."""

_LEVELS = 6
_CHECKED_AT_ONCE = 1 << 20
_BLANKS = rb"[ \t\r\n]*+"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = rb"[-+.\w]++"


def _nest(levels: int) -> bytes:
    """A container of up to so many levels; which bracket closes which is left to the parser."""
    inner = rb'[^"\[\]{}]++|' + _STRING + (rb"|" + _nest(levels - 1) if levels > 1 else b"")
    return rb"[\[{](?:" + inner + rb")*+[\]}]"


_VALUE = rb"(?:" + _STRING + rb"|" + _SCALAR + rb"|" + _nest(_LEVELS) + rb")" + _BLANKS + rb"(?=[,\]}])"
_MEMBER = _STRING + _BLANKS + rb":" + _BLANKS + _VALUE
_BLANK_RUN = re.compile(_BLANKS)
_ELEMENTS = re.compile(_VALUE + rb"(?:," + _BLANKS + _VALUE + rb")*+", re.DOTALL)
_MEMBERS = re.compile(_MEMBER + rb"(?:," + _BLANKS + _MEMBER + rb")*+", re.DOTALL)
_NAME = re.compile(rb"(" + _STRING + rb")" + _BLANKS + rb":", re.DOTALL)
_TOKENS = re.compile(rb"[\[\]{}]|" + _STRING + rb'|"', re.DOTALL)
_NUMBER = re.compile(rb"-?+(?:0|[1-9][0-9]*+)(?P<more>\.[0-9]++(?:[eE][-+]?+[0-9]++)?+|[eE][-+]?+[0-9]++)?+")
_NUMBER_PART = re.compile(_SCALAR)
_STRING_PART = re.compile(rb"[^\"\\]*+(?:\\.[^\"\\]*+)*+", re.DOTALL)


class LargeDocument(JsonDocument):
    """A document read in slices. Both views are one, unless a number in it is too long for the exact one."""

    __slots__ = ("_large", "_large_quick")

    def __init__(self, source: str | bytes, large: LargeValue | None = None) -> None:
        super().__init__(source)
        self._large = large
        self._large_quick: LargeValue | None = None

    def changed(self, value: Json) -> JsonDocument:
        large = self._large
        return super().changed(value) if large is None or large.value is not value else LargeDocument("", large)

    @property
    def exact(self) -> Json:
        if self._large is None:
            with held_off():
                self._large = LargeValue(*parse_in_slices(self.source))
        return self._large.value

    @property
    def quick(self) -> Json:
        if self._large_quick is None:
            try:
                return self.exact
            except JsonSyntaxError as error:
                if not error.reason.startswith(LONG_NUMBER):
                    raise
            with held_off():
                self._large_quick = LargeValue(*parse_in_slices(self.source, quickly))
        return self._large_quick.value


def parse_in_slices(
    text: str | bytes, parse_slice: Callable[[bytes], Json] = parse, *, size: int = SLICE
) -> tuple[Json, Spine]:
    """What `parse` makes of the same text, and its spine.

    `parse_slice` reads one slice; slices have some `size` bytes. Raises JsonSyntaxError as `parse` does. (Where a
    text is both too deep and, further on, no JSON, either may be told.)
    """
    if isinstance(text, str):
        try:
            data = text.removeprefix("\ufeff").encode()
        except UnicodeEncodeError:  # half a character, which bytes cannot hold
            return parse(text), []
    else:
        data = without_marks(text)
    reader = _Reader(data, parse_slice, size)
    start = reader.after_blanks(0)
    if data[start : start + 1] not in (b"{", b"["):
        return parse(data), []
    try:
        return reader.read(start), reader.spine
    except JsonSyntaxError as error:
        told = error.reason, error.line, error.column
    dismantle(reader.spine)
    raise JsonSyntaxError(*told)


class _Reader:
    """One pass over one document."""

    __slots__ = ("_data", "_ends", "_fresh", "_open", "_parse", "_scanned", "_size", "spine")

    def __init__(self, data: bytes, parse_slice: Callable[[bytes], Json], size: int) -> None:
        self._data = data
        self._parse = parse_slice
        self._size = size
        self._open: list[int] = []  # places in the spine, outermost first
        self._fresh = True  # nothing was read yet of the container opened last
        self._ends: dict[int, int] = {}
        self._scanned = range(0)
        self.spine: Spine = []

    def read(self, start: int) -> Json:
        """The document whose outermost container starts here."""
        data = self._data
        self._enter({} if data[start] == 0x7B else [])
        at = start + 1
        while self._open:
            at = self._next(at)
        if self.after_blanks(at) < len(data):
            # Whether the rest is a comma or anything else: the decoder has one word for it.
            raise self._wrong(at)
        return self.spine[0][0]

    def after_blanks(self, at: int) -> int:
        """Where the next character that is no blank stands; the length of the text when there is none."""
        data = self._data
        while at < len(data) and data[at] in b" \t\r\n":
            found = _BLANK_RUN.match(data, at, at + self._size)
            assert found is not None
            at = found.end()
        return at

    def _next(self, before: int) -> int:
        """Take a run of elements, or open or close a container; where that ended. `before` is where the last ended."""
        data = self._data
        container, _ = self.spine[self._open[-1]]
        is_object = isinstance(container, dict)
        at = self.after_blanks(before)
        if data[at : at + 1] == (b"}" if is_object else b"]"):
            self._open.pop()
            self._fresh = False
            return at + 1
        if not self._fresh:
            if data[at : at + 1] != b",":
                raise self._wrong(before)
            at = self.after_blanks(at + 1)
        run = (_MEMBERS if is_object else _ELEMENTS).match(data, at, at + self._size)
        if run is not None:
            end = run.end()
            self._take(container, before, at, end, wrapped=len(self._open) > MAX_DEPTH - _LEVELS)
            self._fresh = False
            return end
        return self._single(container, before, at)

    def _single(self, container: Container, before: int, at: int) -> int:
        """One element or member that is longer than a slice, or deeper than the pattern goes, or wrong."""
        data = self._data
        value_at, name = at, ""
        if isinstance(container, dict):
            value_at, name = self._name(before, at)
        first = data[value_at : value_at + 1]
        if first and first in b"[{":
            end = self._end(value_at)
            if end is None:
                if len(self._open) >= MAX_DEPTH:
                    raise self._wrong(before, value_at, b"[]")
                below: Container = {} if first == b"{" else []
                if isinstance(container, dict):
                    container[name] = below
                else:
                    container.append(below)
                self._enter(below)
                return value_at + 1
        elif first == b'"':
            end = self._string_end(value_at)
        else:
            end = value_at
            while (part := _NUMBER_PART.match(data, end, end + self._size)) is not None:
                end = part.end()
        if end is None or end == value_at:
            raise self._wrong(before)
        if first not in (b"[", b"{", b'"') and end - value_at > MAX_NUMBER:
            number = _NUMBER.fullmatch(data, value_at, end)
            # One of digits alone is too long for the quick reader too.
            if number is not None and (self._parse is parse or number["more"] is None):
                raise self._long_number(value_at, end)
        self._take(container, before, at, end, wrapped=True)
        self._fresh = False
        return end

    def _name(self, before: int, at: int) -> tuple[int, str]:
        """Where the value of the member that starts here stands, and the member's name."""
        data = self._data
        name_end = self._string_end(at) if data[at : at + 1] == b'"' else None
        colon = self.after_blanks(name_end) if name_end is not None else len(data)
        if name_end is None or data[colon : colon + 1] != b":":
            raise self._wrong(before)
        try:
            name = parse(data[at:name_end])
        except JsonSyntaxError:
            raise self._wrong(before) from None
        assert isinstance(name, str)
        return self.after_blanks(colon + 1), name

    def _enter(self, container: Container) -> None:
        self.spine.append((container, self._open[-1] if self._open else -1))
        self._open.append(len(self.spine) - 1)
        self._fresh = True

    def _take(self, container: Container, before: int, start: int, end: int, *, wrapped: bool) -> None:
        """Parse what lies between and put it into the container. `wrapped`: it may be too deep where it stands."""
        around = len(self._open) - 1 if wrapped else 0
        piece = self._data[start:end]
        text = b"{" + piece + b"}" if isinstance(container, dict) else b"[" + piece + b"]"
        try:
            value: Any = self._parse(b"[" * around + text + b"]" * around if around else text)
        except ValueError:
            raise self._wrong(before, end) from None
        for _ in range(around):
            value = value[0]
        if isinstance(container, dict):
            container.update(value)
        else:
            container.extend(value)

    def _end(self, start: int) -> int | None:
        """Where the container that starts here ends; None when that is further than a slice away.

        Each part of the text is looked through once: the ends of all containers in it are kept.
        """
        if start not in self._scanned:
            self._scan(start)
        return self._ends.get(start)

    def _scan(self, start: int) -> None:
        data = self._data
        self._ends = ends = {}
        opened: list[int] = []
        stop = min(start + self._size, len(data))
        for token in _TOKENS.finditer(data, start, stop):
            at = token.start()
            if data[at] in b"[{":
                opened.append(at)
            elif data[at] != 0x22:
                if opened:
                    ends[opened.pop()] = at + 1
            elif token.end() == at + 1:
                stop = at  # a string that goes on beyond
                break
        self._scanned = range(start, max(stop, start + 1))

    def _string_end(self, start: int) -> int | None:
        """Where the string that starts here ends, its quote included; None when it never does."""
        data = self._data
        at = start + 1
        while at < len(data):
            part = _STRING_PART.match(data, at, at + self._size)
            assert part is not None
            if data[part.end() : part.end() + 1] == b'"':
                return part.end() + 1
            if part.end() == at:
                # A backslash as the last of its slice, or of the text.
                at += 2
            else:
                at = part.end()
        return None

    # -- errors
    def _long_number(self, start: int, end: int) -> JsonSyntaxError:
        """What `_wrong` would find, without parsing millions of digits for it."""
        data = self._data
        _check_utf8(data)
        column = len(data[data.rfind(b"\n", 0, start) + 1 : start].decode()) + 1
        return JsonSyntaxError(long_number(end - start), data.count(b"\n", 0, start) + 1, column)

    def _wrong(self, before: int, end: int | None = None, more: bytes = b"") -> ValueError:
        """The error that `parse` has for this document, given that all of it is right up to `before`.

        What was read is left out, only the brackets around stay; `end` and `more` say where a wrong piece ends.
        """
        data = self._data
        _check_utf8(data)
        kinds = [isinstance(self.spine[place][0], dict) for place in self._open]
        head = b"".join([b'{"":' if is_object else b"[" for is_object in kinds[:-1]])
        if not kinds:
            head = b"[]"
        elif kinds[-1]:
            head += b"{" if self._fresh else b'{"":""'
        else:
            head += b"[" if self._fresh else b'[""'
        tail = b"" if end is None else b"".join([b"}" if is_object else b"]" for is_object in reversed(kinds)])
        try:
            parse_exactly(head + data[before:end] + more + tail)
        except JsonSyntaxError as error:
            line, column = error.line, error.column
            if line == 1:
                column += len(data[data.rfind(b"\n", 0, before) + 1 : before].decode()) - len(head)
            return JsonSyntaxError(error.reason, line + data.count(b"\n", 0, before), column)
        raise AssertionError(f"the slice from byte {before} is taken by one reader and refused by the other")


def _check_utf8(data: bytes) -> None:
    start = 0
    while start < len(data):
        end = min(start + _CHECKED_AT_ONCE, len(data))
        while end < len(data) and end > start + 4 and data[end] & 0xC0 == 0x80:
            end -= 1  # not in the middle of a character
        try:
            data[start:end].decode()
        except UnicodeDecodeError as error:
            raise not_utf8(data[: start + error.start]) from error
        start = end
