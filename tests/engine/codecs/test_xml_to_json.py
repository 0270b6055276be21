import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.codecs.errors import FormatError
from engine.codecs.json_to_xml import json_to_element
from engine.codecs.json_xml_settings import (
    DEFAULT_SETTINGS,
    PROPERTY_NAMES,
    TOML_NAMES,
    JsonXmlSettings,
)
from engine.codecs.xml import parse_xml
from engine.codecs.xml_to_json import element_to_json, number_text


def convert(text: str, settings: JsonXmlSettings = DEFAULT_SETTINGS) -> str:
    return element_to_json(parse_xml(text), settings)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<name>WSO2</name>", '{"name":"WSO2"}'),
        ("<jsonObject><p>x</p><q>y</q></jsonObject>", '{"p":"x","q":"y"}'),
        ('<jsonObject id="5"><v>x</v></jsonObject>', '{"@id":"5","v":"x"}'),
        ("<jsonArray><jsonElement>10</jsonElement><jsonElement>20</jsonElement></jsonArray>", "[10,20]"),
        ("<jsonArray><jsonElement>X</jsonElement></jsonArray>", '"X"'),
        ("<jsonArray/>", "null"),
        ("<jsonObject/>", "null"),
        ("<jsonElement>1</jsonElement>", "1"),
        ('<jsonValue>"x"</jsonValue>', '"x"'),
        ("<jsonValue/>", "null"),
        ("<r><jsonObject><a>1</a></jsonObject></r>", '{"r":{"a":1}}'),
        ("<r><jsonObject><a>1</a></jsonObject><b>2</b></r>", '{"r":{"jsonObject":{"a":1},"b":2}}'),
        ("<r><jsonObject/><jsonObject/></r>", '{"r":{"jsonObject":[null,null]}}'),
        (
            "<r><a><jsonArray><jsonElement>1</jsonElement><jsonElement>2</jsonElement></jsonArray></a></r>",
            '{"r":{"a":[1,2]}}',
        ),
        ("<t><x>a</x><x>b</x><y/></t>", '{"t":{"x":["a","b"],"y":null}}'),
        ("<t><x><n>1</n></x><x/></t>", '{"t":{"x":[{"n":1},null]}}'),
        ("<r><a/><b/><a/></r>", '{"r":{"a":null,"b":null,"a":null}}'),
        ("<r> \n <a/>\t<c> </c></r>", '{"r":{"a":null,"c":null}}'),
        ('<p name="M" a="&#10;"><price>500.0</price></p>', '{"p":{"@name":"M","@a":"\\n","price":500.0}}'),
        ('<t c="N">Steak</t>', '{"t":{"@c":"N","$":"Steak"}}'),
        ('<r id="1"/>', '{"r":{"@id":"1"}}'),
        ('<r id="1"> </r>', '{"r":{"@id":"1"}}'),
        (
            '<p:r xmlns:p="u" p:x="1" x="2"><p:a>1</p:a><b xmlns="v">2</b></p:r>',
            '{"r":{"@x":"2","a":1,"b":2}}',
        ),
        (
            '<r xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a i:nil="true"/></r>',
            '{"r":{"a":{"@nil":"true"}}}',
        ),
        ("<r><!-- c --><a>1<!-- c -->2</a><?pi x?></r>", '{"r":{"a":12}}'),
        ("<r><a>x<?pi y?> z</a><b><!-- c --></b></r>", '{"r":{"a":"x z","b":null}}'),
        ('<r><a><![CDATA[<b>&]]></a><c>"\\/\té€</c></r>', '{"r":{"a":"<b>&","c":"\\"\\\\/\\té€"}}'),
        (
            "<r><_JsonReader_PD_1a>3</_JsonReader_PD_1a><_JsonReader_PS_x>4</_JsonReader_PS_x></r>",
            '{"r":{"1a":3,"$x":4}}',
        ),
        ("<a_JsonReader_34_b>1</a_JsonReader_34_b>", '{"a\\"b":1}'),
        ('<a _JsonReader_PD_1="x"/>', '{"a":{"@1":"x"}}'),
        ("<r><?xml-multiple bob?><bob>c</bob></r>", '{"r":{"bob":["c"]}}'),
        ("<r><?xml-multiple  bob?><bob>c</bob><bob>d</bob><x/></r>", '{"r":{"bob":["c","d"],"x":null}}'),
        ("<r><?xml-multiple bob?></r>", '{"r":{"bob":[]}}'),
        ("<r><?xml-multiple bob?><a/></r>", '{"r":{"bob":[],"a":null}}'),
        ("<r><a>1</a><?xml-multiple?><i>1</i></r>", '{"r":{"a":1,"i":[1]}}'),
        ("<r><a/><?xml-multiple?></r>", '{"r":{"a":null}}'),
        ("<r>t<?xml-multiple?></r>", '{"r":"t"}'),
        ("<?xml-multiple r?><r>1</r>", '{"r":1}'),
        ("<r><?xml-multiple 1?><_JsonReader_PD_1>x</_JsonReader_PD_1></r>", '{"r":{"1":["x"]}}'),
        ('<x:r xmlns:x="u"><?xml-multiple x:i?><x:i>1</x:i></x:r>', '{"r":{"i":[1]}}'),
        (
            "<jsonArray><?xml-multiple jsonElement?><jsonElement><a>1</a></jsonElement></jsonArray>",
            '[{"a":1}]',
        ),
        ("<jsonArray><?xml-multiple jsonElement?></jsonArray>", "[]"),
        ("<r><i>a</i><?xml-multiple i?><i>b</i></r>", '{"r":{"i":"a","i":["b"]}}'),
    ],
)
def test_elements(xml: str, expected: str) -> None:
    assert convert(xml) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4.00", "4.00"),
        ("9999", "9999"),
        ("001", '"001"'),
        ("-0.5", "-0.5"),
        (".5", '".5"'),
        ("+5", '"+5"'),
        ("25e1", "2.5E+2"),
        ("7.1e1", "71"),
        ("1e3", "1E+3"),
        ("1E-7", "1E-7"),
        ("100000000.0", "100000000.0"),
        ("0.0000001", "1E-7"),
        ("0.000001", "0.000001"),
        ("-0", "0"),
        ("-0.0", "0.0"),
        ("-0.05", "-0.05"),
        ("0e5", "0E+5"),
        ("-0e5", "0E+5"),
        ("5.", '"5."'),
        ("0x10", '"0x10"'),
        ("NaN", '"NaN"'),
        (" 5", '" 5"'),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
        ("TRUE", '"TRUE"'),
        ("5 ", '"5 "'),
        ("1e99999999999999999999", "1e99999999999999999999"),
        ("-", '"-"'),
        ("\u0665", '"\u0665"'),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_text_that_looks_like_a_value_becomes_one(text: str, expected: str) -> None:
    assert convert(f"<r>{text}</r>") == f'{{"r":{expected}}}'
    json.loads(convert(f"<r>{text}</r>"), parse_float=str)


def test_number_spelling_matches_the_table() -> None:
    assert [number_text(n) for n in ("1.10", "1e3", "-0.0000001", "123E+2")] == [
        "1.10",
        "1E+3",
        "-1E-7",
        "1.23E+4",
    ]


@pytest.mark.parametrize(
    "xml", ["<a>txt<b/></a>", "<a><b/>txt</a>", "<a>x<?xml-multiple y?></a>", "<r><a><b/>t</a></r>"]
)
def test_mixed_content_is_refused(xml: str) -> None:
    with pytest.raises(FormatError, match="Mixed content is not supported: the element a"):
        convert(xml)


def with_properties(**properties: str) -> JsonXmlSettings:
    names = {name.rpartition(".")[2]: name for name in PROPERTY_NAMES}
    return DEFAULT_SETTINGS.with_properties({names[short]: text for short, text in properties.items()})


NUMBERS = "<r><a>25e1</a><b>true</b><c>x</c></r>"


@pytest.mark.parametrize(
    ("settings", "xml", "expected"),
    [
        (with_properties(autoPrimitive="false"), NUMBERS, '{"r":{"a":"25e1","b":"true","c":"x"}}'),
        (with_properties(regex="[0-9e]+"), NUMBERS, '{"r":{"a":"25e1","b":true,"c":"x"}}'),
        (with_properties(regex="[0-9]+"), NUMBERS, '{"r":{"a":2.5E+2,"b":true,"c":"x"}}'),
        (
            with_properties(customReplaceRegex="([0-9])([0-9])", customReplaceSequence="$2\\$1$3"),
            NUMBERS,
            '{"r":{"a":"5$1e1","b":true,"c":"x"}}',
        ),
        (with_properties(customReplaceRegex="true"), NUMBERS, '{"r":{"a":2.5E+2,"b":"","c":"x"}}'),
        (
            with_properties(regex="x", customReplaceRegex="true"),
            NUMBERS,
            '{"r":{"a":2.5E+2,"b":true,"c":"x"}}',
        ),
        (with_properties(jsonoutAutoArray="false"), "<r><a/><a>1</a></r>", '{"r":{"a":null,"a":1}}'),
        (
            with_properties(jsonoutAutoArray="false"),
            "<r><?xml-multiple a?><a/><a>1</a></r>",
            '{"r":{"a":[null,1]}}',
        ),
        (with_properties(jsonoutMultiplePI="false"), "<r><?xml-multiple a?><a>1</a></r>", '{"r":{"a":1}}'),
        (with_properties(jsonoutMultiplePI="false"), "<r><?xml-multiple a?></r>", '{"r":null}'),
        (
            with_properties(enableXmlNilReadWrite="true"),
            '<r><a nil="true"/><b nil="false"/></r>',
            '{"r":{"a":null,"b":{"@nil":"false"}}}',
        ),
        (
            with_properties(enableXmlNilReadWrite="TRUE", enableXmlNullForEmptyElement="false"),
            '<r xmlns:i="urn:i"><a i:nil="true"/><b/></r>',
            '{"r":{"a":null,"b":""}}',
        ),
        (
            with_properties(namespace="true"),
            '<n:s xmlns:n="u" n:q="1"><n:x>W</n:x><y/></n:s>',
            '{"n_s":{"@n_q":"1","n_x":"W","y":null}}',
        ),
        (
            with_properties(namespace="true", enableNSDeclarations="true", namespaceSepChar="^"),
            '<n:s xmlns:n="u"><n:x xmlns="d">W</n:x></n:s>',
            '{"n^s":{"@xmlns^n":"u","n^x":{"@xmlns":"d","$":"W"}}}',
        ),
        (replace(DEFAULT_SETTINGS, preserve_spaces=True), "<r> <a> </a> </r>", '{"r":{"a":" "}}'),
        (with_properties(buildValidNCNames="true"), "<a_JsonReader_32_b>1</a_JsonReader_32_b>", '{"a b":1}'),
    ],
)
def test_settings_of_the_reference_engine(settings: JsonXmlSettings, xml: str, expected: str) -> None:
    assert convert(xml, settings) == expected


def test_properties_that_belong_elsewhere_change_nothing_and_bad_ones_are_named() -> None:
    assert DEFAULT_SETTINGS.with_properties({"other": "true"}) is DEFAULT_SETTINGS
    with pytest.raises(ValueError, match=r"disableAutoPrimitive.regex: '\[' is no regular expression"):
        with_properties(regex="[")
    assert with_properties(regex="").string_regex is None
    fields = set(JsonXmlSettings.__dataclass_fields__)
    assert set(PROPERTY_NAMES.values()) | set(TOML_NAMES.values()) <= fields


def test_depth_costs_no_recursion_and_is_bounded() -> None:
    root = leaf = etree.Element("a")
    for _ in range(5000):
        leaf = etree.SubElement(leaf, "a")
    with pytest.raises(FormatError, match="more than 256 levels"):
        element_to_json(root)
    text = element_to_json(root, replace(DEFAULT_SETTINGS, max_depth=10_000))
    assert text == '{"a":' * 5001 + "null" + "}" * 5001


def test_only_the_element_given_is_converted() -> None:
    root = parse_xml('<e xmlns:p="u"><a p:x="1">1</a>tail<b/></e>')
    assert element_to_json(root[0]) == '{"a":{"@x":"1","$":1}}'


keys = st.text(alphabet=st.sampled_from(list("abc1$ é:")), max_size=4).filter(lambda k: k != "$")
strings = st.text(alphabet=st.sampled_from(list('ab<>&"\\é \n')), max_size=6).map(lambda s: "z" + s)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | strings,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, min_size=1, max_size=4),
    max_leaves=20,
)
roots = st.lists(values, max_size=4) | st.dictionaries(keys, values, min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(roots)
@example([[[]], [], [None], {"a": [[1], []]}])
def test_json_survives_the_way_through_xml_when_arrays_are_marked(value: Any) -> None:
    marked = replace(DEFAULT_SETTINGS, write_multiple=True)
    text = json.dumps(value, ensure_ascii=False)
    assert json.loads(element_to_json(json_to_element(text, marked))) == value


elements = st.recursive(
    st.tuples(st.sampled_from(["a", "b", "jsonElement", "jsonObject"]), st.sampled_from(["", "1", "x", " "])),
    lambda inner: st.tuples(
        st.sampled_from(["a", "b", "jsonArray", "jsonElement", "jsonObject"]), st.lists(inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(elements)
def test_every_tree_gives_valid_json_with_all_its_text(shape: Any) -> None:
    def build(node: Any) -> etree._Element:
        element = etree.Element(node[0])
        if isinstance(node[1], str):
            element.text = node[1]
        else:
            element.extend([build(inner) for inner in node[1]])
        return element

    root = build(shape)
    text = element_to_json(root)
    json.loads(text)
    for word in ("1", "x"):
        assert len(re.findall(rf"(?<![a-z@]){word}(?![a-z])", text)) == sum(e.text == word for e in root.iter())
