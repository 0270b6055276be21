from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.csv_codec import RECORD_LIMIT, BadRow, CsvFormat, CsvReader
from engine.sandbox.salesforce.errors import JobFailed

_TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r"), max_size=12)


def reader(text: str, delimiter: str = "COMMA", ending: str = "LF", *, strict_bom: bool = False) -> CsvReader:
    handle = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="\n")
    return CsvReader(handle, delimiter, ending, strict_bom=strict_bom)


def rows(text: str, delimiter: str = "COMMA", ending: str = "LF") -> list[list[str]]:
    source = reader(text, delimiter, ending)
    source.read_header()
    return source.read(1000)


@given(st.lists(st.lists(_TEXT, min_size=3, max_size=3), max_size=5), st.sampled_from(["COMMA", "TAB", "PIPE"]))
def test_what_the_writer_writes_the_reader_reads(table: list[list[str]], delimiter: str) -> None:
    layout = CsvFormat(delimiter, "LF")
    text = layout.header((), ["A", "B", "C"]) + "".join(layout.row(row) for row in table)
    source = reader(text, delimiter)
    assert source.read_header() == ["A", "B", "C"]
    assert source.read(10) == table


@given(st.lists(st.lists(_TEXT, min_size=2, max_size=2), max_size=5))
def test_the_reader_agrees_with_the_standard_library(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["A", "B"], *table])
    assert rows(out.getvalue()) == table


def test_a_last_line_without_ending_is_a_row() -> None:
    assert rows("A,B\n1,2\n3,") == [["1", "2"], ["3", ""]]


def test_blank_lines_are_no_rows() -> None:
    assert rows("\nA\n\n1\n\n") == [["1"]]


def test_quoted_values_keep_breaks_delimiters_quotes_and_spaces() -> None:
    assert rows('A,B\n" a, ""b""\nc ", d\n') == [[' a, "b"\nc ', " d"]]


@pytest.mark.parametrize("line", ['"John", "Smith"', '"John" ,Smith', '5" pipe,x', 'x,"a"b'])
def test_a_stray_quote_spoils_its_row_only(line: str) -> None:
    found = rows(f"A,B\n{line}\n1,2\n")
    assert isinstance(found[0], BadRow)
    assert found[0].reason == errors.QUOTE_IN_VALUE
    assert len(found[0]) == 2
    assert found[1] == ["1", "2"]


@pytest.mark.parametrize(("line", "count"), [("1", 1), ("1,2,3", 3), ('"1",2,"3"', 3)])
def test_a_row_of_another_width_is_bad(line: str, count: int) -> None:
    (row,) = rows(f"A,B\n{line}\n")
    assert isinstance(row, BadRow)
    assert row.reason == f"Row has {count} columns, header has 2"
    assert len(row) == 2


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("A\r\n1\r\n", "LF"),
        ("A\n1\n", "CRLF"),
    ],
)
def test_another_line_ending_than_declared_fails_the_job(text: str, ending: str) -> None:
    source = reader(text, ending=ending)
    with pytest.raises(JobFailed, match=f"LineEnding is invalid on user data. Current LineEnding setting is {ending}"):
        source.read_header()
    assert source.header == ["A"]


def test_a_wrong_ending_half_way_delivers_the_rows_before_and_can_be_read_on() -> None:
    source = reader("A\n1\n2\r\n3\n")
    source.read_header()
    assert source.read(10) == [["1"]]
    with pytest.raises(JobFailed):
        source.read(10)
    source.lenient = True
    assert source.read(10) == [["2"], ["3"]]


def test_a_wrong_ending_inside_quotes_fails_the_job_too() -> None:
    source = reader('A\n"x\r\ny"\n')
    source.read_header()
    with pytest.raises(JobFailed, match="LineEnding is invalid"):
        source.read(1)


def test_a_quote_that_never_closes_fails_the_job() -> None:
    source = reader('A\n1\n"x\ny\n')
    source.read_header()
    assert source.read(5) == [["1"]]
    with pytest.raises(JobFailed, match="EOF reached before closing an opened quote"):
        source.read(5)


def test_a_record_without_end_is_given_up_at_the_limit() -> None:
    source = reader('A\n"' + "x\n" * RECORD_LIMIT)
    source.read_header()
    with pytest.raises(JobFailed, match="longer than"):
        source.read(1)


def test_a_long_field_within_the_limit_is_read() -> None:
    value = "x" * 131_073
    assert rows(f'A\n{value}\n"{value}"\n') == [[value], [value]]


def test_a_header_that_is_too_long_fails_the_job() -> None:
    with pytest.raises(JobFailed, match="Header row is longer"):
        reader("A" * 32_001 + "\n").read_header()


def test_a_byte_order_mark_is_dropped_unless_told_otherwise() -> None:
    assert reader("\ufeffA,B\n").read_header() == ["A", "B"]
    assert reader('\ufeff"A"\n').read_header() == ["A"]
    assert reader("\ufeffA,B\n", strict_bom=True).read_header() == ["\ufeffA", "B"]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n"])
def test_an_empty_file_has_no_columns_and_no_rows(text: str) -> None:
    source = reader(text)
    assert source.read_header() == []
    assert source.read(5) == []


def test_a_null_character_is_an_ordinary_one() -> None:
    assert rows("A\na\x00b\n") == [["a\x00b"]]


def test_header_names_are_copied_unquoted_where_they_can_be() -> None:
    layout = CsvFormat("SEMICOLON", "CRLF")
    assert layout.header(("sf__Id",), ["Name", "a;b", 'c"d']) == '"sf__Id";Name;"a;b";"c""d"\r\n'
    assert layout.row(["", 'x"y']) == '"";"x""y"\r\n'
