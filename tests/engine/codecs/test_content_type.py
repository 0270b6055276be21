import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codecs.content_type import accepted_type, parse_content_type, python_codec
from engine.codecs.errors import FormatError


@pytest.mark.parametrize(
    ("text", "media", "charset", "boundary"),
    [
        ("application/json", "application/json", "", ""),
        ("Application/JSON; Charset=utf-8", "application/json", "utf-8", ""),
        ('application/json ;charset="UTF-8" ; x=1', "application/json", "UTF-8", ""),
        ("text/xml,application/json", "text/xml", "", ""),
        ('multipart/form-data; boundary="a;b\\"c=d"; charset=x', "multipart/form-data", "x", 'a;b"c=d'),
        ("multipart/form-data; boundary=----X;;;", "multipart/form-data", "", "----X"),
        ("a/b; charset=one; charset=two", "a/b", "one", ""),
        ("a/b; charset", "a/b", "", ""),
        ('a/b; charset="x\\y\\\\"', "a/b", "x\\y\\", ""),
        ("a/b; =x; charset=y", "a/b", "y", ""),
        ('a/b; charset="open', "a/b", "open", ""),
        ("", "", "", ""),
    ],
)
def test_headers_as_clients_write_them(text: str, media: str, charset: str, boundary: str) -> None:
    parsed = parse_content_type(text)
    assert (parsed.raw, parsed.media, parsed.charset, parsed.boundary) == (text, media, charset, boundary)


def test_halves_of_a_type() -> None:
    parsed = parse_content_type("Text/ CSV")
    assert (parsed.type, parsed.subtype) == ("text", "csv")


@given(st.text(alphabet=st.sampled_from(list('ab/;=", \\\t\x00é')), max_size=80))
def test_junk_never_raises(text: str) -> None:
    parsed = parse_content_type(text)
    assert parsed.raw == text
    assert ";" not in parsed.media
    assert all(name == name.lower() and name for name in parsed.params)


token = st.text(alphabet="abcXYZ0-9.!", min_size=1, max_size=8)


@given(st.dictionaries(token.map(str.lower), st.text(alphabet='ab;=" \\,é', max_size=10), max_size=4))
def test_quoted_parameters_come_back(params: dict[str, str]) -> None:
    quoted = "".join(f'; {n}="' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for n, v in params.items())
    assert dict(parse_content_type("a/b" + quoted).params) == params


@pytest.mark.parametrize("unit", [";", '"', "\\", "a=", 'a="', ";=", '="\\', " ", 'a="\\;'])
def test_long_junk_is_read_in_linear_work(unit: str) -> None:
    # Quadratic work on three million characters would not come back.
    assert parse_content_type("a/b;" + unit * 300_000).media == "a/b"
    assert parse_content_type("a/b;" + 'x="' + unit * 300_000).media == "a/b"


def test_accept_takes_the_first_type_somebody_can_write() -> None:
    known = {"application/json", "application/xml", "text/xml"}
    assert accepted_type("text/html, application/json;q=0.1, application/xml", known.__contains__) == "application/json"
    assert accepted_type("text/html;q=0.9, application/json", known.__contains__) is None
    assert accepted_type("text/xml, Application/XML", known.__contains__) == "application/xml"
    assert accepted_type("*/*", known.__contains__) is None
    assert accepted_type("", known.__contains__) is None


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("", "utf-8"),
        ("UTF-8", "utf-8"),
        (' "utf8" ', "utf-8"),
        ("ISO-8859-1", "iso8859-1"),
        ("Cp1252", "cp1252"),
    ],
)
def test_charset_labels(label: str, codec: str) -> None:
    assert python_codec(label) == codec


@pytest.mark.parametrize(
    "label", ["klingon", "base64", "rot13", "idna", "unicode_escape", "hex", "x" * 1000, "a\x00b", "é"]
)
def test_unknown_charsets_are_named(label: str) -> None:
    with pytest.raises(FormatError, match="unknown charset"):
        python_codec(label)
