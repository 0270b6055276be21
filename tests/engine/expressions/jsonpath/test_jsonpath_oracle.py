"""Simple paths must mean what they mean to jsonpath-ng, an independent implementation."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_ng.ext.parser import parse as parse_with_jsonpath_ng

from engine.errors import ExpressionError
from engine.expressions.jsonpath import JsonPathSyntaxError, compile_jsonpath

_NAMES = st.sampled_from(["a", "b", "c"])
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["x", "y", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)
_STEPS = (
    _NAMES.map(lambda name: f".{name}")
    | _NAMES.map(lambda name: f"['{name}']")
    | st.integers(0, 3).map(lambda number: f"[{number}]")
    | st.tuples(st.integers(0, 3), st.integers(0, 4)).map(lambda pair: f"[{pair[0]}:{pair[1]}]")
    | st.integers(0, 3).map(lambda number: f"[{number}:]")
    | st.just("[*]")
)


@given(_DOCUMENTS, st.lists(_STEPS, max_size=4).map(lambda steps: "$" + "".join(steps)))
def test_matches_and_places_agree_with_jsonpath_ng(document: Any, path: str) -> None:
    ours = compile_jsonpath(path)
    located = ours.locate(document)
    found = ours.find(document)
    if "[*]" not in path:
        expected = [match.value for match in parse_with_jsonpath_ng(path).find(document)]
        # [*] on an object is the exception: Jayway takes its members, jsonpath-ng the object itself.
        assert found == expected
    for pointer, value in zip(located, found, strict=True):
        node = document
        for key in pointer:
            node = node[key]
        assert node is value


@given(_DOCUMENTS, _NAMES)
def test_descendants_agree_with_jsonpath_ng(document: Any, name: str) -> None:
    found = compile_jsonpath(f"$..{name}").find(document)
    expected = [match.value for match in parse_with_jsonpath_ng(f"$..{name}").find(document)]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    assert len(compile_jsonpath(f"$..{name}").locate(document)) == len(found)


@given(st.text(alphabet="$@.[]()?*'\"ab10,:&|!=<>~/ -", max_size=20))
def test_any_text_is_a_path_or_a_syntax_error(text: str) -> None:
    position, answer = 0, ""
    try:
        answer = compile_jsonpath(text).text({"a": [1, {"b": 0}]})
    except JsonPathSyntaxError as error:
        position = error.position
    except ExpressionError as error:
        answer = str(error)
    assert isinstance(answer, str)
    assert 0 <= position <= len(text)


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("$.a[::2]", [1, 3]),
        ("$.(a|b)", [[1, 2, 3], {"c": 5}]),
        ("$.b.c.`parent`", [{"c": 5}]),
        ("$.b.c + 1", [6]),
        ("$.b where c", [{"c": 5}]),
    ],
)
def test_paths_beyond_jayway_are_left_to_jsonpath_ng(path: str, matches: list[Any]) -> None:
    compiled = compile_jsonpath(path)
    assert not compiled.definite
    assert compiled.value({"a": [1, 2, 3], "b": {"c": 5}}) == matches


def test_a_path_that_jsonpath_ng_cannot_evaluate_is_an_expression_error() -> None:
    with pytest.raises(ExpressionError, match="cannot be evaluated"):
        compile_jsonpath("$.rows[/a]").value({"rows": [{"a": 1}, {"a": "x"}]})
