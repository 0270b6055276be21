import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.codecs import xml as codec
from engine.codecs.errors import FormatError
from engine.codecs.xml import XmlFeed, parse_xml, serialize, serialize_text, text_of


def feed(data: bytes, charset: str = "", size: int = 7, limit: int | None = None) -> etree._Element:
    parser = XmlFeed(charset, limit=limit)
    for start in range(0, len(data), size):
        parser.feed(data[start : start + size])
    return parser.close()


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<r>é</r>".encode(), ""),
        ("<r>é</r>".encode(), "UTF-8"),
        ('<?xml version="1.0" encoding="UTF-8"?><r>é</r>'.encode(), ""),
        ("\ufeff<r>é</r>".encode(), ""),
        ('\ufeff<?xml version="1.0"?><r>é</r>'.encode(), "utf-8"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><r>é</r>".encode("latin-1"), ""),
        ("<r>é</r>".encode("latin-1"), "ISO-8859-1"),
        ("<?xml version='1.0' encoding='UTF-8'?><r>é</r>".encode("latin-1"), "ISO-8859-1"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><r>é</r>".encode(), "utf-8"),
        ("<r>é</r>".encode("utf-16"), ""),
        ("<?xml version='1.0' encoding='UTF-16'?><r>é</r>".encode("utf-16"), ""),
        ("<?xml version='1.0' encoding='utf-16le'?><r>é</r>".encode("utf-16-le"), ""),
        ("<r>é</r>".encode("cp1252"), "windows-1252"),
        (b"\n <?xml version='1.0'?>\n<r>&#233;</r>\n", ""),
        (b"\n<?xml version='1.0' encoding='latin-1'?><r>\xe9</r>", ""),
        (b"<!-- c --><?pi?><r>&#xe9;</r>", ""),
    ],
)
def test_charsets_declarations_and_marks(data: bytes, charset: str) -> None:
    assert parse_xml(data, charset).text == "é"
    if not data.startswith(b"\n"):
        assert feed(data, charset).text == "é"


def test_text_may_declare_any_encoding() -> None:
    assert parse_xml("<?xml version='1.0' encoding='UTF-16'?><r>é</r>").text == "é"


@pytest.mark.parametrize(
    ("data", "words", "line", "column"),
    [
        (b"<r>1", r"near '<r>1'", 1, 5),
        (b"<r><a></r>", r"tag mismatch.*near '<r><a></r>'", 1, 11),
        (b"<r>\n<a>x</a>\n<b>\n</c></r>", r"near '</c></r>'", 4, 5),
        (b"\n\n<?xml version='1.0'?><r>\n<a></r>", r"near '<a></r>'", 4, 8),
        (b"text", "near 'text'", 1, 1),
        (b"", "empty", 0, 0),
        (b" \n ", "empty", 0, 0),
        (b"<r>&nope;</r>", "nope", 1, 10),
        (b"<a:r/>", "prefix a", 1, 5),
        (b"<r/><r/>", "near", 1, 5),
        (b"<r>\x00</r>", "not", 1, 4),
    ],
)
def test_malformed_text_is_named_with_its_place(data: bytes, words: str, line: int, column: int) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        parse_xml(data)
    assert (caught.value.line, caught.value.column) == (line, column)
    with pytest.raises(FormatError):
        feed(data)


def test_bytes_outside_the_charset_are_an_error() -> None:
    for parse in (parse_xml, feed):
        with pytest.raises(FormatError, match="not"):
            parse(b"<r>\xff</r>", "utf-8")
        with pytest.raises(FormatError, match="not readable"):
            parse(b"<r>\x81</r>", "cp1252")
        with pytest.raises(FormatError, match="unknown charset"):
            parse(b"<r/>", "nope")
    with pytest.raises(FormatError, match="half of a pair"):
        parse_xml("<r>\ud800</r>")


BOMB = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10)
)


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>',
        b"<!DOCTYPE r><r/>",
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>',
        b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]><r>&e;</r>',
        BOMB + b"]><r>&k;</r>",
        BOMB + b']><r a="&k;"/>',
        BOMB + b'<!ATTLIST r a CDATA "&k;">]><r/>',
    ],
)
def test_document_types_and_entities_are_refused(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding in ("utf-8", "utf-16"):
        recoded = data.decode().encode(encoding)
        with pytest.raises(FormatError):
            parse_xml(recoded)
        with pytest.raises(FormatError, match="DOCTYPE"):
            feed(recoded)
        monkeypatch.setattr(codec, "_BIG", 1)
        with pytest.raises(FormatError):
            parse_xml(recoded)
        monkeypatch.undo()


def test_a_document_type_may_be_allowed_but_stays_bounded() -> None:
    assert text_of(parse_xml(b'<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>', allow_dtd=True)) == "x"
    with pytest.raises(FormatError, match="not well-formed"):
        parse_xml(BOMB + b"]><r>&k;</r>", allow_dtd=True)
    external = b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]><r>&e;</r>'
    with pytest.raises(FormatError, match="not well-formed"):
        parse_xml(external, allow_dtd=True)


def test_depth_and_size_are_bounded() -> None:
    assert len(list(parse_xml(b"<a>" * 256 + b"</a>" * 256).iter())) == 256
    with pytest.raises(FormatError, match="depth"):
        parse_xml(b"<a>" * 300 + b"</a>" * 300)
    with pytest.raises(FormatError, match="depth"):
        feed(b"<a>" * 5000 + b"</a>" * 5000, size=1000)
    for parse in (parse_xml, feed):
        with pytest.raises(FormatError, match="10"):
            parse(b"<r>12345678</r>", limit=10)


def test_large_text_is_not_refused() -> None:
    body = b"x" * 10_500_000
    assert len(parse_xml(b"<r>" + body + b"</r>").text or "") == len(body)
    latin = "<?xml version='1.0' encoding='latin-1'?><r>é</r>".encode("latin-1").replace(b"</r>", body + b"</r>")
    assert (parse_xml(latin).text or "")[:2] == "éx"


def test_spelling_follows_axiom() -> None:
    text = '<r xmlns:u="urn:u" a="&gt;&quot;&lt;"><e/>x&gt;y ]]&gt; &amp;&lt;é<!-- c --></r>'
    assert serialize_text(parse_xml(text)) == text
    plain = text.replace("<!-- c -->", "")
    assert serialize_text(parse_xml(plain)) == plain.replace("x&gt;y", "x>y").replace('"&gt;', '">')
    assert serialize(parse_xml(b"<r>\xc3\xa9</r>"), declaration=True) == (
        b"<?xml version='1.0' encoding='UTF-8'?><r>\xc3\xa9</r>"
    )
    assert serialize(parse_xml("<r>é€</r>"), "ISO-8859-1", declaration=True) == (
        b"<?xml version='1.0' encoding='ISO-8859-1'?><r>\xe9&#8364;</r>"
    )
    assert parse_xml(serialize(parse_xml("<r>é</r>"), "UTF-16", declaration=True)).text == "é"


def test_an_element_out_of_a_tree_carries_the_declarations_it_needs() -> None:
    root = parse_xml(
        '<r xmlns="d" xmlns:a="u:a" xmlns:b="u:b" xmlns:c="u:c"><b:x xmlns:k="u:k"><y a:q="1"/></b:x>tail</r>'
    )
    out = serialize_text(root[0])
    assert out == '<b:x xmlns:k="u:k" xmlns:b="u:b" xmlns="d" xmlns:a="u:a"><y a:q="1"/></b:x>'
    assert root[0].getparent() is root


def test_text_of_leaves_out_comments() -> None:
    assert text_of(parse_xml("<r>a<!-- b --><c>d</c><?e f?>g</r>")) == "adg"


tree = st.recursive(
    st.text(alphabet=st.sampled_from(list("ab<>&]\"'\r\n\t é€😀")), max_size=6),
    lambda inner: st.tuples(st.sampled_from("abc"), st.lists(inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.tuples(st.sampled_from("abc"), st.lists(tree, max_size=4)), st.integers(1, 9))
def test_what_is_written_is_read_again(shape: tuple[str, list[object]], size: int) -> None:
    def build(node: tuple[str, list[object]]) -> etree._Element:
        element = etree.Element(node[0])
        for inner in node[1]:
            if isinstance(inner, str):
                if len(element):
                    element[-1].tail = (element[-1].tail or "") + inner
                else:
                    element.text = (element.text or "") + inner
            else:
                element.append(build(inner))  # type: ignore[arg-type]
        return element

    element = build(shape)
    written = serialize(element)
    expected = etree.tostring(element, method="c14n")
    assert etree.tostring(parse_xml(written), method="c14n") == expected
    assert etree.tostring(feed(written, size=size), method="c14n") == expected
