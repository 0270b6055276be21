from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.endpoints.url_template import compile_url_template, decoded_again

VALUES = {
    "v": "a b/c?d",
    "e": "",
    "hello": "Hello World!",
    "half": "50%",
    "path": "/foo/bar",
    "who": "fred",
    "dub": "me/too",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("http://h/{v}", "http://h/a%20b%2Fc%3Fd"),
        ("http://h/{+v}", "http://h/a%20b/c?d"),
        ("http://h/{none}/x", "http://h//x"),
        ("http://h/p{?v,none,e}", "http://h/p?v=a%20b%2Fc%3Fd&e="),
        ("http://h/p?x=1{&who}", "http://h/p?x=1&who=fred"),
        ("http://h{/who,dub}/x{.who}", "http://h/fred/me%2Ftoo/x.fred"),
        ("http://h/{hello:5}", "http://h/Hello"),
        ("http://h/x{;who,e}", "http://h/x;who=fred;e"),
        ("http://h/x{#path,who}", "http://h/x#/foo/bar,fred"),
        ("http://h/{half}", "http://h/50%25"),
        ("http://h/{+half}", "http://h/50%25"),
        ("http://h/{?who*}", "http://h/?who=fred"),
    ],
)
def test_expansion_as_in_rfc_6570(template: str, expected: str) -> None:
    assert compile_url_template(template).expand(VALUES) == expected


def test_a_leading_variable_may_hold_a_whole_url() -> None:
    template = compile_url_template("{url}/{v}")
    assert template.expand({"url": "http://h:1/a?x=1", "v": "a/b"}) == "http://h:1/a?x=1/a%2Fb"


def test_escapes_in_reserved_values_stay() -> None:
    assert compile_url_template("http://h/{+v}").expand({"v": "a%20b%zz"}) == "http://h/a%20b%25zz"


@pytest.mark.parametrize("wrong", ["http://h/{a", "http://h/a}", "http://h/{a{b}}", "http://h/{}", "http://h/{a,}"])
def test_unpaired_braces_and_missing_names_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"brace|\{|name"):
        compile_url_template(wrong)


def test_expressions_are_slots_of_their_own() -> None:
    template = compile_url_template("http://h/${payload.a}/{uri.var.b}")
    assert template.expressions == ("${payload.a}",)
    assert template.names == ("uri.var.b",)
    assert template.expand({"${payload.a}": "x/y", "uri.var.b": "z"}) == "http://h/x%2Fy/z"


def test_literal_text_that_no_uri_has_makes_every_expansion_unusable() -> None:
    assert not compile_url_template("http://h/a b/{v}").usable
    assert compile_url_template("http://h/a%20b/{v}").usable


def test_legacy_encoding_decodes_and_quotes_once_more() -> None:
    assert decoded_again("http://h:8/p/a%20b?q=a%20b") == "http://h:8/p/a%20b?q=a%20b"
    assert decoded_again("http://h/p/a%2Fb") == "http://h/p/a/b"


@given(st.text())
def test_a_plain_variable_comes_back_when_decoded(value: str) -> None:
    value = value.encode("utf-8", "replace").decode()
    expanded = compile_url_template("{+base}/{v}").expand({"base": "http://h", "v": value})
    assert expanded.isascii()
    assert unquote(expanded.removeprefix("http://h/")) == value
