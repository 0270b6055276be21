from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from connectors.file.content import copy_lines, line_window
from engine.message.blob import Blob

LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.lists(st.tuples(st.text("ab€", max_size=4), LINE_ENDS), max_size=8).map(
    lambda lines: "".join(text + end for text, end in lines)
)


@given(st.lists(st.text("a\n", max_size=6), max_size=6), st.integers(1, 6), st.one_of(st.none(), st.integers(0, 4)))
def test_a_window_is_the_same_however_the_text_is_cut(pieces: list[str], first: int, more: int | None) -> None:
    last = None if more is None else first + more
    lines = "".join(pieces).split("\n")
    if lines[-1] == "":
        lines.pop()
    assert "".join(line_window(iter(pieces), first, last)) == "\n".join(lines[first - 1 : last])


@given(TEXT, st.integers(1, 5), st.one_of(st.none(), st.integers(0, 4)), st.sampled_from(["utf-8", "utf-16"]))
def test_lines_of_any_ending_and_charset(text: str, first: int, more: int | None, codec: str) -> None:
    last = None if more is None else first + more
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    with patch("connectors.file.content.CHUNK", 3):
        found = copy_lines(Blob(text.encode(codec)), codec, first, last)
    assert found.read().decode() == "\n".join(lines[first - 1 : last])
