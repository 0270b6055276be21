import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engine.codecs.names import decode_name, encode_name


@pytest.mark.parametrize(
    ("name", "coded"),
    [
        ("a-b.c_d", "a-b.c_d"),
        ("größe", "größe"),
        ("1a", "_JsonReader_PD_1a"),
        ("12X12", "_JsonReader_PD_12X12"),
        ("$schema_location", "_JsonReader_PS_schema_location"),
        ("$", "_JsonReader_PS_"),
        ("stock quote", "stock_JsonReader_32_quote"),
        ("1 a", "_JsonReader_PD_1_JsonReader_32_a"),
        ("a:b", "a_JsonReader_58_b"),
        ("-x", "_JsonReader_45_x"),
        ("", "_JsonReader_PE_"),
    ],
)
def test_names_xml_does_not_know_are_coded(name: str, coded: str) -> None:
    assert encode_name(name) == coded
    assert decode_name(coded) == name


@given(st.text(max_size=6).filter(lambda name: "_JsonReader_" not in name))
def test_every_name_makes_an_element_and_comes_back(name: str) -> None:
    coded = encode_name(name)
    if re.search("[\ud800-\udfff]", coded) is None:
        assert etree.Element(coded).tag == coded
    assert decode_name(coded) == name


def test_codes_that_are_no_characters_stay() -> None:
    assert decode_name("a_JsonReader_9999999_b") == "a_JsonReader_9999999_b"
