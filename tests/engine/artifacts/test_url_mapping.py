from __future__ import annotations

import pytest

from engine.artifacts.url_mapping import UrlMapping


@pytest.mark.parametrize(
    ("mapping", "yes", "no"),
    [
        ("/foo/bar/*", ["/foo/bar", "/foo/bar/", "/foo/bar/x"], ["/foo/bars", "/foo/"]),
        ("*.jsp", ["/a/b/index.jsp", "/index.jsp"], ["/foo/index.html"]),
        ("/foo/bar", ["/foo/bar", "/foo/bar/"], ["/foo", "/foo/bar/x"]),
        ("/foo/bar/", ["/foo/bar"], ["/foo"]),
        ("/", ["", "/"], ["/x"]),
        ("/*", ["", "/", "/x/y"], []),
    ],
)
def test_mapping_matches_as_in_a_servlet_container(mapping: str, yes: list[str], no: list[str]) -> None:
    compiled = UrlMapping(mapping)
    assert [path for path in yes if not compiled.matches(path)] == []
    assert [path for path in no if compiled.matches(path)] == []


@pytest.mark.parametrize(
    ("mapping", "part"),
    [
        ("list", "neither with / nor"),
        ("/list/{x}", "braces are literal"),
        ("/a?b=c", "without the query"),
    ],
)
def test_mapping_that_never_matches_is_doubted(mapping: str, part: str) -> None:
    assert any(part in doubt for doubt in UrlMapping(mapping).doubts)
