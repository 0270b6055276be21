import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.codecs import csv as csv_codec
from engine.codecs.csv import Delimiter, LineEnding, read_records, write_records
from engine.codecs.csv_json import CsvToJson, csv_to_json_records
from engine.codecs.errors import FormatError


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    position = 0
    for size in sizes:
        yield data[position : position + size]
        position += size
    yield data[position:]


def convert(data: bytes, *, sizes: tuple[int, ...] = (), **options: object) -> bytes:
    conversion = CsvToJson(**options)  # type: ignore[arg-type]
    out = [piece for chunk in cut(data, list(sizes)) for piece in conversion.feed(chunk)]
    return b"".join([*out, *conversion.finish()])


def oracle(data: str, delimiter: str = ",") -> list[dict[str, str]]:
    rows = [row for row in csv.reader(io.StringIO(data, newline=""), delimiter=delimiter) if row]
    header = rows.pop(0)
    return [dict(zip(header, row + [""] * (len(header) - len(row)), strict=True)) for row in rows]


cells = st.text(alphabet=st.sampled_from(list('ab",;\n\r\\\t\x00\x01é€😀 \u2028')), max_size=8)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12)
)


@settings(max_examples=300, deadline=None)
@given(
    table=tables,
    delimiter=st.sampled_from(Delimiter),
    ending=st.sampled_from(LineEnding),
    quote_all=st.booleans(),
    sizes=st.lists(st.integers(0, 9), max_size=30),
    block=st.integers(1, 64),
    final_end=st.booleans(),
)
def test_every_table_comes_out_as_the_csv_module_reads_it(
    table: list[list[str]],
    delimiter: Delimiter,
    ending: LineEnding,
    quote_all: bool,
    sizes: list[int],
    block: int,
    final_end: bool,
) -> None:
    width = len(table[0])
    table[0] = [f"h{number}{name}" for number, name in enumerate(table[0])]
    data = write_records(table, delimiter, ending, quote_all=quote_all)
    if not final_end:
        data = data[: -len(ending.value)]
    got = convert(data, sizes=tuple(sizes), delimiter=delimiter, block=block)
    assert json.loads(got) == oracle(data.decode(), delimiter.value)
    assert all(len(row) == width for row in json.loads(got))


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(alphabet=st.sampled_from(list('ab",\n\r\\ \x00\t')), max_size=60),
    sizes=st.lists(st.integers(0, 9), max_size=20),
    block=st.integers(1, 40),
)
@example(text='a,b\n"x","\n","y"\n', sizes=[], block=4)
@example(text='a\n"x","\n","y"\n', sizes=[], block=4)
@example(text='a,b\n1,x"y\n2,"z\n3,4"\n', sizes=[], block=5)
@example(text='a,b\r1,2\r"x\r\ny",3\r', sizes=[3], block=3)
@example(text='a\n"b\n', sizes=[], block=1)
def test_any_text_comes_out_as_the_csv_module_reads_it(text: str, sizes: list[int], block: int) -> None:
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    data = text.encode()
    too_long = next((i for i, row in enumerate(rows, 1) if len(row) > len(rows[0])), None)
    if too_long is not None:
        with pytest.raises(FormatError, match=f"CSV row {too_long} has"):
            convert(data, sizes=tuple(sizes), block=block)
        return
    got = json.loads(convert(data, sizes=tuple(sizes), block=block))
    if not rows:
        assert got == {}
    else:
        assert got == oracle(text)


@pytest.mark.parametrize("pretty", [False, True])
@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,2\n3,4\n",
        b'a,b\n"1","2"\n"3","4"\n',
        b'a,b\n"1,1",2\n3,"4"\n',
        b'a,b\n"1""1",2\n3,"4\n5"\n',
        b"a,a\n1,2\n3,4\n",
        b'"q""k",b\nx,\n',
    ],
)
def test_pretty_output_is_what_the_json_module_writes(data: bytes, pretty: bool) -> None:
    expected = oracle(data.decode())
    text = (
        json.dumps(expected, ensure_ascii=False, indent=2)
        if pretty
        else json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
    )
    assert convert(data, pretty=pretty).decode() == text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b"{}"),
        (b"\n\r\n", b"{}"),
        (b"\xef\xbb\xbf", b"{}"),
        (b"Id,Name\n", b"[]"),
        (b"Id,Name", b"[]"),
        (b"\xef\xbb\xbfId,Name\n1,\n", b'[{"Id":"1","Name":""}]'),
        (b"Id,Name\n1\n", b'[{"Id":"1","Name":""}]'),
        (b"Id,Name\n\n1,2\n\n", b'[{"Id":"1","Name":"2"}]'),
        (b"Id;x\n1,2;3", b'[{"Id;x":"1"}]'),
        ("N\n\u00e9\n".encode("latin-1"), '[{"N":"é"}]'.encode()),
        ("\ufeffN\n\u20ac\n".encode("utf-16-le"), '[{"N":"€"}]'.encode()),
    ],
)
def test_edges_of_a_text(data: bytes, expected: bytes) -> None:
    charset = {b"N\n\xe9\n": "ISO-8859-1"}.get(data, "utf-16" if b"\x00" in data else "")
    if data.startswith(b"Id;x"):
        with pytest.raises(FormatError, match="row 2 has 2 cells, the header has 1"):
            convert(data)
        return
    for size in range(1, 8):
        assert convert(data, sizes=(size,) * 20, charset=charset) == expected


def test_empty_text_gives_what_the_caller_asks_for() -> None:
    assert convert(b"", empty=b"[]") == b"[]"


def test_row_numbers_in_errors_count_from_the_header() -> None:
    data = b"a,b\n" + b"1,2\n" * 50 + b"1,2,3\n" + b"1,2\n" * 5
    with pytest.raises(FormatError, match="CSV row 52 has 3 cells, the header has 2"):
        convert(data, block=16)


def test_bytes_outside_the_charset_are_an_error_that_names_the_row() -> None:
    for quoted in (b"1,\xff\n", b'"1","\xff"\n', b'1,"\xff"\n'):
        with pytest.raises(FormatError, match=r"not UTF-8: byte 0xFF about row 3"):
            convert(b"a,b\n1,2\n" + quoted, block=4)
    with pytest.raises(FormatError, match="charset"):
        convert(b"a,b\n\x81,2\n", charset="cp1252")


def test_a_quoted_cell_of_many_blocks_is_read_in_few_attempts() -> None:
    attempts = 0
    conversion = CsvToJson(block=64)
    reader = conversion._reader
    read = type(reader)._carry

    def counted(self: object, text: str, line: int, last: list[str]) -> None:
        nonlocal attempts
        attempts += 1
        read(reader, text, line, last)

    patch = pytest.MonkeyPatch()
    patch.setattr(type(reader), "_carry", counted)
    try:
        cell = "line\n" * 20_000
        out = list(conversion.feed(f'a,b\n1,"{cell}"\n2,3\n'.encode()))
        out += list(conversion.finish())
    finally:
        patch.undo()
    assert json.loads(b"".join(out)) == [{"a": "1", "b": cell}, {"a": "2", "b": "3"}]
    assert attempts < 25


def test_a_quote_that_never_closes_is_named_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_codec, "MAX_RECORD", 10_000)
    conversion = CsvToJson(block=64)
    with pytest.raises(FormatError, match="CSV row 3 is longer than 10000 bytes; a quote may be missing"):
        list(conversion.feed(b'a,b\n1,2\n3,"' + b"x\n" * 20_000))
    with pytest.raises(FormatError, match="a line of the CSV text is longer than 10000 bytes"):
        list(CsvToJson(block=64).feed(b"a,b\n" + b"x" * 20_000))


def test_streaming_gives_pieces_before_the_text_has_ended() -> None:
    async def run() -> None:
        seen: list[bytes] = []

        async def chunks() -> AsyncIterator[bytes]:
            yield b"a,b\n" + b"1,2\n" * 50_000
            assert seen
            yield b'3,"4"\n'

        async for piece in csv_to_json_records(chunks()):
            seen.append(piece)
        rows = json.loads(b"".join(seen))
        assert len(rows) == 50_001
        assert rows[-1] == {"a": "3", "b": "4"}

    asyncio.run(run())


def test_other_tasks_run_between_blocks() -> None:
    async def run() -> None:
        turns = 0
        done = False

        async def other() -> None:
            nonlocal turns
            while not done:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        blocks = 0
        async for _ in csv_to_json_records([b"a,b\n" + b"1,2\n" * 200_000]):
            blocks += 1
        done = True
        await task
        assert blocks > 5
        assert turns >= blocks - 2

    asyncio.run(run())


def test_a_record_of_many_megabytes_is_read_in_a_thread_and_survives() -> None:
    cell = "x\n" * 1_500_000

    async def run() -> bytes:
        return b"".join([p async for p in csv_to_json_records([b'a,b\n1,"', cell.encode(), b'"\n'])])

    assert json.loads(asyncio.run(run())) == [{"a": "1", "b": cell}]


def test_records_round_trip_through_reader_and_writer() -> None:
    rows = [["a", "b"], ['q"', "x,y"], ["l1\nl2", ""], ["\\", "\x00"]]
    data = write_records(rows, Delimiter.PIPE, LineEnding.CRLF)

    async def chunks() -> AsyncIterator[bytes]:
        for byte in data:
            yield bytes([byte])

    async def run() -> list[list[str]]:
        return [row async for block in read_records(chunks(), delimiter=Delimiter.PIPE) for row in block]

    assert asyncio.run(run()) == rows
    assert write_records([["a", None, 1]], quote_all=True) == b'"a","","1"\n'
