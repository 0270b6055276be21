from __future__ import annotations

import pytest

from engine.source.document import Document, Element, Place, local_name, namespace, parse_document

TEXT = b"""<?xml version="1.0"?>
<!-- <sequence key="no"/> -->
<api xmlns="http://ws.apache.org/ns/synapse" xmlns:x="urn:x">
  <resource><![CDATA[<sequence key="no"/>]]>
    <sequence
        key="a"/><x:sequence key="b">
      word
    </x:sequence>
  </resource>
</api>
"""


@pytest.fixture
def document() -> Document:
    parsed = parse_document("f.xml", TEXT)
    assert isinstance(parsed, Document)
    return parsed


def elements(document: Document, name: str) -> list[Element]:
    return [each for each in document.root.iter() if local_name(each) == name]


def test_elements_attributes_and_texts_know_their_line_and_column(document: Document) -> None:
    first, second = elements(document, "sequence")
    assert document.place(first) == Place("f.xml", 5, 5)
    assert document.place(first, "key") == Place("f.xml", 6, 9)
    assert document.place(second, "key") == Place("f.xml", 6, 30)
    assert document.text_place(second) == Place("f.xml", 7, 7)


def test_a_spot_says_later_what_the_document_says_now(document: Document) -> None:
    for element in [document.root, *elements(document, "sequence")]:
        assert document.spot(element).place == document.place(element)
        assert document.spot(element, "key").place == document.place(element, "key")
        assert document.spot(element, in_text=True).place == document.text_place(element)


def test_a_spot_in_a_piece_taken_out_of_a_file_is_its_line(document: Document) -> None:
    other = parse_document("g.xml", b"<a>\n<b><c/></b></a>")
    assert isinstance(other, Document)
    assert document.spot(other.root[0][0]).place == Place("f.xml", 2)


def test_text_is_that_of_the_declared_encoding_with_line_feeds() -> None:
    parsed = parse_document("f.xml", '<?xml version="1.0" encoding="iso-8859-1"?>\r\n<a>é</a>'.encode("latin-1"))
    assert isinstance(parsed, Document)
    assert parsed.text.splitlines() == ['<?xml version="1.0" encoding="iso-8859-1"?>', "<a>é</a>"]
    assert "\r" not in parsed.text


def test_comments_have_no_name(document: Document) -> None:
    comment = document.root.getprevious()
    assert comment is not None
    assert (local_name(comment), namespace(comment)) == ("", "")
    assert namespace(elements(document, "sequence")[1]) == "urn:x"
