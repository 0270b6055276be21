import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codecs.errors import FormatError
from engine.codecs.form import element_to_fields, form_to_element, parse_form, write_form
from engine.codecs.xml import parse_xml, serialize


def test_fields_in_document_order_with_repeats_and_coded_names() -> None:
    fields = parse_form(b"a=x%20y+z&b=1&b=2&1x=d&$y=e&c=")
    assert fields == [("a", "x y z"), ("b", "1"), ("b", "2"), ("1x", "d"), ("$y", "e"), ("c", "")]
    assert serialize(form_to_element(fields)) == (
        b"<xformValues><a>x y z</a><b>1</b><b>2</b><_JsonReader_PD_1x>d</_JsonReader_PD_1x>"
        b"<_JsonReader_PS_y>e</_JsonReader_PS_y><c/></xformValues>"
    )


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"", []),
        (b"&&", []),
        (b"a", [("a", "")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"=v", [("", "v")]),
        (b"a=%zz%4", [("a", "%zz%4")]),
        (b"a=%C3%A9%26%3D", [("a", "é&=")]),
        (b"a=%ff", [("a", "\ufffd")]),
        (b"a=1\r\n", [("a", "1")]),
    ],
)
def test_what_clients_send(data: bytes, fields: list[tuple[str, str]]) -> None:
    assert parse_form(data) == fields


def test_query_fields_come_first_and_the_charset_counts() -> None:
    assert parse_form(b"b=%E9", "ISO-8859-1", query="a=%E9") == [("a", "é"), ("b", "é")]


def test_written_as_java_does_with_percent_for_blank() -> None:
    assert write_form([("a", "x y"), ("b", "&=/"), ("1x", "~*-._é")]) == b"a=x%20y&b=%26%3D%2F&1x=%7E*-._%C3%A9"
    assert write_form([("a", "é")], "ISO-8859-1") == b"a=%E9"


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6))
def test_fields_survive_writing_and_reading(fields: list[tuple[str, str]]) -> None:
    fields = [(n.encode("utf-8", "replace").decode(), v.encode("utf-8", "replace").decode()) for n, v in fields]
    assert parse_form(write_form(fields)) == fields


def test_an_element_is_written_child_by_child() -> None:
    element = parse_xml(b"<r><a>1</a><!-- no --><b>x<c>y</c><!-- no --></b><_JsonReader_PS_z/></r>")
    assert element_to_fields(element) == [("a", "1"), ("b", "xy"), ("$z", "")]


def test_limits_and_characters_xml_cannot_hold() -> None:
    with pytest.raises(FormatError, match="3 fields, more than the 2 allowed"):
        parse_form(b"a=1&b=2&c=3", max_fields=2)
    with pytest.raises(FormatError, match="'a' holds characters"):
        form_to_element([("a", "\x00")])
    with pytest.raises(FormatError, match="unknown charset"):
        parse_form(b"a=1", "nope")
