import json
from dataclasses import replace

import pytest
from lxml import etree

from engine.codecs.errors import FormatError
from engine.codecs.json_reading import Members, read_json
from engine.codecs.json_to_xml import (
    json_to_element,
    json_to_xml,
    json_to_xml_text,
    json_value_to_element,
    json_value_to_xml_text,
)
from engine.codecs.json_xml_settings import DEFAULT_SETTINGS
from engine.codecs.xml import parse_xml, serialize_text

NIL = replace(DEFAULT_SETTINGS, nil=True)
MULTIPLE = replace(DEFAULT_SETTINGS, write_multiple=True)


def canonical(text: str) -> bytes:
    return etree.tostring(parse_xml(text), method="c14n")


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (
            '{"id":"0001","ok":true,"no":false,"n":5250}',
            "<id>0001</id><ok>true</ok><no>false</no><n>5250</n>",
        ),
        ('{"a":[1,2,3]}', "<a>1</a><a>2</a><a>3</a>"),
        (
            '{"a":[1,[[],[{"i":6}]]]}',
            "<a>1</a><a><jsonArray><jsonElement><jsonArray/></jsonElement><jsonElement><jsonArray><jsonElement>"
            "<i>6</i></jsonElement></jsonArray></jsonElement></jsonArray></a>",
        ),
        ('{"n":null,"o":{},"p":"","q":[]}', "<n/><o/><p></p>"),
        (
            '{"l":["x",null,"",{},[],true,{"a":1}]}',
            "<l>x</l><l/><l></l><l/><l><jsonArray/></l><l>true</l><l><a>1</a></l>",
        ),
        (
            '{"a":1.0,"b":1e3,"c":-0,"d":12345678901234567890123,"e":1E+5}',
            "<a>1.0</a><b>1e3</b><c>-0</c><d>12345678901234567890123</d><e>1E+5</e>",
        ),
        (
            '{"$s":"u","12X12":"i","a b":1,"":2}',
            "<_JsonReader_PS_s>u</_JsonReader_PS_s><_JsonReader_PD_12X12>i</_JsonReader_PD_12X12>"
            "<a_JsonReader_32_b>1</a_JsonReader_32_b><_JsonReader_PE_>2</_JsonReader_PE_>",
        ),
        (
            '{"o":{"@a":"V","c":{"@t":5,"@u":true,"@n":null,"$":"Text"}}}',
            '<o a="V"><c t="5" u="true" n="">Text</c></o>',
        ),
        ('{"a":{"@xmlns":"urn:u","b":1}}', '<a xmlns="urn:u"><b>1</b></a>'),
        ('{"a":{"@xmlns":{"$":"urn:u","p":"urn:v"}}}', '<a xmlns="urn:u" xmlns:p="urn:v"/>'),
        ('{"a":{"@xmlns":{"@p":"urn:v"}}}', '<a xmlns:p="urn:v"/>'),
        ('{"a":{"@x":{"b":"1","$":"2"}}}', '<a b="1" x="2"/>'),
        ('{"a":{"@x":1,"@x":2,"@1 y":3}}', '<a x="2" _JsonReader_PD_1_JsonReader_32_y="3"/>'),
        ('{"a":{"@x":"\\"<&\\n\\t>"}}', '<a x="&quot;&lt;&amp;&#10;&#9;>"/>'),
        ('{"@":1,"k":1,"k":2}', "<_JsonReader_64_>1</_JsonReader_64_><k>1</k><k>2</k>"),
        ('{"a":{"$":null},"b":{"$":""},"c":{"$":7,"d":1}}', "<a></a><b></b><c>7<d>1</d></c>"),
        (
            '{"m":"<b>&\\"\' ]]> \\r\\n\\u00e9€/\\/\\ud83d\\ude00"}',
            "<m>&lt;b>&amp;\"' ]]&gt; &#xd;\né€//😀</m>",
        ),
        (
            '{"jsonObject":{"a":1},"jsonArray":[1,2]}',
            "<jsonObject><a>1</a></jsonObject><jsonArray>1</jsonArray><jsonArray>2</jsonArray>",
        ),
        (' {"a" : {"b":{"c":"d"}}}\n', "<a><b><c>d</c></b></a>"),
    ],
)
def test_objects(text: str, inside: str) -> None:
    expected = f"<jsonObject>{inside}</jsonObject>"
    assert json_to_xml_text(text) == expected
    assert json_value_to_xml_text(read_json(text)) == expected
    assert json_to_xml(text.encode()).decode() == expected
    assert json_to_xml_text(text, wrapped=False) == inside
    tree = json_to_element(text)
    assert etree.tostring(tree, method="c14n") == canonical(expected)
    assert canonical(serialize_text(tree)) == canonical(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "<jsonObject/>"),
        ("[]", "<jsonArray/>"),
        ("[{}]", "<jsonArray><jsonElement/></jsonArray>"),
        (
            '["a","",null,true]',
            "<jsonArray><jsonElement>a</jsonElement><jsonElement></jsonElement><jsonElement/><jsonElement>true</jsonElement></jsonArray>",
        ),
        ('{"@id":"5","v":"x"}', '<jsonObject id="5"><v>x</v></jsonObject>'),
        (' "Hello <\\u00e9>" ', '<jsonValue>"Hello &lt;\\u00e9>"</jsonValue>'),
        ("12.50", "<jsonValue>12.50</jsonValue>"),
        ("true", "<jsonValue>true</jsonValue>"),
        ("null", "<jsonValue>null</jsonValue>"),
    ],
)
def test_roots(text: str, expected: str) -> None:
    assert json_to_xml_text(text) == expected
    assert canonical(serialize_text(json_to_element(text))) == canonical(expected)
    if "\\u" not in text:
        assert json_value_to_xml_text(read_json(text)) == expected


def test_plain_python_values_convert_too() -> None:
    value = {"a": [1, 2.5, (True, None)], "@b": {"c": 1}, "s": "x<"}
    expected = (
        '<jsonObject c="1"><a>1</a><a>2.5</a><a><jsonArray><jsonElement>true</jsonElement><jsonElement/>'
        "</jsonArray></a><s>x&lt;</s></jsonObject>"
    )
    assert json_value_to_xml_text(value) == expected
    assert json_value_to_element(value).get("c") == "1"
    assert json_value_to_xml_text('a\n"') == '<jsonValue>"a\\n\\""</jsonValue>'
    assert (
        json_value_to_xml_text([55, 76], wrapped=False) == "<jsonElement>55</jsonElement><jsonElement>76</jsonElement>"
    )
    assert json_value_to_xml_text(5, wrapped=False) == "5"
    with pytest.raises(FormatError, match="nan"):
        json_value_to_xml_text([float("nan")])


def test_nil_and_multiple_modes() -> None:
    assert json_to_xml_text('{"a":null,"b":[null]}', NIL) == '<jsonObject><a nil="true"/><b nil="true"/></jsonObject>'
    assert json_to_xml_text('{"1":[1],"e":[]}', MULTIPLE) == (
        "<jsonObject><?xml-multiple  1?><_JsonReader_PD_1>1</_JsonReader_PD_1><?xml-multiple  e?></jsonObject>"
    )
    assert json_to_xml_text("[[]]", MULTIPLE) == (
        "<jsonArray><?xml-multiple  jsonElement?><jsonElement><jsonArray>"
        "<?xml-multiple  jsonElement?></jsonArray></jsonElement></jsonArray>"
    )
    assert "?>" not in json_to_xml_text('{"a?>b":[]}', MULTIPLE).split("<?xml-multiple  ")[1][:3]


@pytest.mark.parametrize(
    ("text", "words", "line", "column"),
    [
        ('{"a":1', "delimiter", 1, 7),
        ('{\n"a":1} x', "Extra data", 2, 8),
        ('{"a":NaN}', "NaN is no JSON value", 0, 0),
        ('{"a":-Infinity}', "-Infinity", 0, 0),
        ('{"a":"\n"}', "control character", 1, 7),
        ("", "Expecting value", 1, 1),
    ],
)
def test_what_is_no_json_is_named_with_its_place(text: str, words: str, line: int, column: int) -> None:
    for convert in (json_to_xml, json_to_element, read_json):
        with pytest.raises(FormatError, match=words) as caught:
            convert(text)
        assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a":{"@x":[1]}}', "@x is an attribute"),
        ('{"a":{"@x":{"b":{}}}}', "@b is an attribute"),
        ('{"a":{"$":{"b":1}}}', r"member \$ is the text"),
        ('{"a":{"$":[1]}}', r"member \$ is the text"),
        ('{"a":"x\\u0000"}', r"U\+0000"),
        ('{"a":"\\ud800"}', r"U\+D800"),
        ('{"a":"\uffff"}', r"U\+FFFF"),
        ('{"@a":"\\u0001"}', r"U\+0001"),
    ],
)
def test_what_xml_cannot_hold_is_refused(text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        json_to_xml(text)
    with pytest.raises(FormatError, match=words):
        json_value_to_xml_text(read_json(text))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]"), ('{"a":[', "]}")])
def test_depth_is_bounded_and_what_passes_can_be_parsed(opening: str, closing: str) -> None:
    def nested(levels: int) -> str:
        return opening * levels + "1" + closing * levels

    levels = next(n for n in range(1, 400) if not _converts(nested(n)))
    assert levels > 60
    assert json_to_element(nested(levels - 1)).tag
    for depth in (levels, 600, 100_000):
        with pytest.raises(FormatError, match="levels inside each other"):
            json_to_xml(nested(depth))
    with pytest.raises(FormatError, match="levels inside each other"):
        json_value_to_xml_text(read_json(nested(levels)))


def _converts(text: str) -> bool:
    try:
        json_to_xml(text)
    except FormatError:
        return False
    return True


def test_bytes_in_other_encodings() -> None:
    expected = b"<jsonObject><a>\xc3\xa9</a></jsonObject>"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"):
        assert json_to_xml('{"a":"é"}'.encode(encoding)) == expected
    assert json_to_xml('\ufeff{"a":"é"}') == expected
    with pytest.raises(FormatError, match="byte 6 is no utf-8"):
        json_to_xml(b'{"a":"\xe9"}')


def test_reading_keeps_repeats_order_and_spelling() -> None:
    value = read_json('{"b":1.50,"a":1E2,"b":[12345678901234567890]}')
    assert value == Members([("b", "1.50"), ("a", "1E2"), ("b", ["12345678901234567890"])])
    assert json.loads('{"b":1.50}') == {"b": 1.5}
