"""CSV as the Bulk API takes and gives it: declared delimiter and line ending, rows failing one by one.

The reader goes line by line and holds one record. A row with bad quoting or a wrong number of columns comes
out as a `BadRow`, the rest of the file is not affected; a wrong line ending or a quote that never closes
fails the job.
"""

from __future__ import annotations

from typing import TextIO

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.errors import JobFailed

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}

HEADER_LIMIT = 32_000
RECORD_LIMIT = 400_000


class BadRow(list[str]):
    """The cells of a row that cannot be taken, as far as they can be told apart, and why."""

    __slots__ = ("reason",)

    def __init__(self, cells: list[str], reason: str) -> None:
        super().__init__(cells)
        self.reason = reason


class _BadQuote(Exception):
    """A quote where none may be."""


def split_record(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record without its line ending; None when a quote is still open. Raises _BadQuote."""
    cells: list[str] = []
    position, length = 0, len(text)
    while True:
        if position < length and text[position] == '"':
            end = text.find('"', position + 1)
            while end != -1 and text[end + 1 : end + 2] == '"':
                end = text.find('"', end + 2)
            if end == -1:
                return None
            cells.append(text[position + 1 : end].replace('""', '"'))
            position = end + 1
            if position == length:
                return cells
            if text[position] != delimiter:
                raise _BadQuote
        else:
            end = text.find(delimiter, position)
            cell = text[position:] if end == -1 else text[position:end]
            if '"' in cell:
                raise _BadQuote
            cells.append(cell)
            if end == -1:
                return cells
            position = end
        position += 1


class CsvReader:
    """Header and records of an uploaded file, opened as text whose lines end at line feeds only.

    Set `lenient` to read on after a failed job: endings are not checked then, a bad record is one cell.
    """

    __slots__ = ("_delimiter", "_ending", "_ending_name", "_handle", "_pending", "header", "lenient", "width")

    def __init__(self, handle: TextIO, delimiter: str, line_ending: str, *, strict_bom: bool = False) -> None:
        self._handle = handle
        self._delimiter = DELIMITERS[delimiter]
        self._ending_name = line_ending
        self._ending = LINE_ENDINGS[line_ending]
        self._pending = ""
        self.lenient = False
        self.header: list[str] = []
        self.width = 0
        self._strip_bom(strict_bom)

    def _strip_bom(self, strict: bool) -> None:
        start = self._handle.read(1)
        if start != "\ufeff" or strict:
            self._pending = start + self._handle.readline(RECORD_LIMIT + 1) if start != "\n" else start

    def read_header(self) -> list[str]:
        """The column names; an empty list for an empty file.

        Raises JobFailed; the rows can be read all the same.
        """
        line = self._next_line()
        while line and not line.strip("\r\n"):
            line = self._next_line()
        try:
            cells = split_record(line.rstrip("\r\n"), self._delimiter)
        except _BadQuote:
            cells = None
        self.header = cells if cells is not None else line.rstrip("\r\n").split(self._delimiter)
        self.width = len(self.header)
        if not line:
            self.header, self.width = [], 0
            return []
        if len(line) > HEADER_LIMIT:
            raise JobFailed(errors.HEADER_TOO_LONG.format(limit=HEADER_LIMIT))
        if cells is None:
            raise JobFailed(errors.OPEN_QUOTE)
        try:
            self._without_ending(line)
        finally:
            self._pending = ""
        return self.header

    def read(self, count: int) -> list[list[str]]:
        """Up to `count` next rows, an empty list at the end.

        Raises JobFailed once the rows before are delivered.
        """
        rows: list[list[str]] = []
        while len(rows) < count:
            line = self._next_line()
            if not line:
                break
            try:
                row = self._record(line)
            except JobFailed:
                if not rows:
                    raise
                break
            if row is not None:
                rows.append(row)
        return rows

    def _next_line(self) -> str:
        if self._pending:
            line, self._pending = self._pending, ""
            return line
        return self._handle.readline(RECORD_LIMIT + 1)

    def _fail(self, line: str, reason: str) -> JobFailed:
        self._pending = line
        return JobFailed(reason)

    def _without_ending(self, line: str) -> str:
        """The line without its ending, after a look at whether it is the declared one."""
        if self.lenient:
            return line.rstrip("\r\n")
        if len(line) > RECORD_LIMIT:
            raise self._fail(line, errors.RECORD_TOO_LONG.format(limit=RECORD_LIMIT))
        if not line.endswith("\n"):
            return line
        windows = line.endswith("\r\n")
        if windows != (self._ending == "\r\n"):
            raise self._fail(line, errors.LINE_ENDING.format(ending=self._ending_name))
        return line[: -len(self._ending)]

    def _record(self, line: str) -> list[str] | None:
        if '"' in line:
            return self._quoted(line)
        text = self._without_ending(line)
        if not text:
            return None
        row = text.split(self._delimiter)
        return row if len(row) == self.width else self._misfit(row)

    def _quoted(self, line: str) -> list[str]:
        text = line
        while True:
            try:
                body = self._without_ending(text)
                row = split_record(body, self._delimiter)
            except _BadQuote:
                return BadRow(self._rough(body), errors.QUOTE_IN_VALUE)
            if row is not None:
                return row if len(row) == self.width else self._misfit(row)
            if self.lenient:
                return BadRow(self._rough(body), errors.QUOTE_IN_VALUE)
            text = self._until_odd_quotes(text)

    def _until_odd_quotes(self, text: str) -> str:
        """The record with the lines up to one that may close its open quote."""
        parts, size = [text], len(text)
        while True:
            line = self._handle.readline(RECORD_LIMIT + 1)
            if not line:
                raise self._fail("".join(parts), errors.OPEN_QUOTE)
            parts.append(line)
            size += len(line)
            if size > RECORD_LIMIT:
                raise self._fail("".join(parts), errors.RECORD_TOO_LONG.format(limit=RECORD_LIMIT))
            if line.count('"') & 1:
                return "".join(parts)
            self._check_inner_ending(parts, line)

    def _check_inner_ending(self, parts: list[str], line: str) -> None:
        """Line breaks inside quotes must be of the declared kind as well, as observed with the service."""
        if line.endswith("\r\n") != (self._ending == "\r\n") and line.endswith("\n"):
            raise self._fail("".join(parts), errors.LINE_ENDING.format(ending=self._ending_name))

    def _rough(self, text: str) -> list[str]:
        cells = text.split(self._delimiter, self.width - 1) if self.width else [text]
        return cells + [""] * (self.width - len(cells))

    def _misfit(self, row: list[str]) -> BadRow:
        reason = errors.COLUMN_COUNT.format(found=len(row), expected=self.width)
        cells = [*row[: self.width], *[""] * (self.width - len(row))]
        return BadRow(cells, reason)


class CsvFormat:
    """Writes rows with every value quoted, in a job's delimiter and line ending."""

    __slots__ = ("_between", "_delimiter", "_end")

    def __init__(self, delimiter: str, line_ending: str) -> None:
        self._delimiter = DELIMITERS[delimiter]
        self._between = f'"{self._delimiter}"'
        self._end = '"' + LINE_ENDINGS[line_ending]

    def row(self, cells: list[str]) -> str:
        """One line with its ending."""
        text = self._between.join(cells)
        if text.count('"') != 2 * (len(cells) - 1):
            text = self._between.join([cell.replace('"', '""') for cell in cells])
        return f'"{text}{self._end}'

    def header(self, quoted: tuple[str, ...], plain: list[str]) -> str:
        """A header line: names of the service in quotes, names of the upload as they came."""
        names = [f'"{name}"' for name in quoted]
        for name in plain:
            clean = self._delimiter not in name and '"' not in name
            names.append(name if clean else '"' + name.replace('"', '""') + '"')
        return self._delimiter.join(names) + self._end[1:]
