import pytest

from engine.expressions.jsonpath import (
    MISSING,
    JsonPathEditError,
    PathNotFoundError,
    Pointer,
    compile_jsonpath,
    compile_jsonpaths,
)
from engine.values.json_document import dumps, parse

TEXT = '{"n":1,"box":{"k":"v","list":[1]},"list":["x","y","z"],"rows":[{"k":1},{"k":2.50}]}'


@pytest.mark.parametrize(
    ("path", "pointers"),
    [
        ("$", [()]),
        ("$.box.k", [("box", "k")]),
        ("$.list[-1]", [("list", 2)]),
        ("$.list[0,2]", [("list", 0), ("list", 2)]),
        ("$.list[1:]", [("list", 1), ("list", 2)]),
        ("$.list[*]", [("list", 0), ("list", 1), ("list", 2)]),
        ("$.box.*", [("box", "k"), ("box", "list")]),
        ("$['n','box']", [("n",), ("box",)]),
        ("$..k", [("box", "k"), ("rows", 0, "k"), ("rows", 1, "k")]),
        ("$.rows[?(@.k > 1)].k", [("rows", 1, "k")]),
        ("$..[?(@.k == 1)]", [("rows", 0)]),
        ("$.none", []),
        ("$.n.none[0]", []),
        ("$.(list|n)", [("list",), ("n",)]),
        ("$.list[::2]", [("list", 0), ("list", 2)]),
    ],
)
def test_matches_have_places(path: str, pointers: list[Pointer]) -> None:
    assert compile_jsonpath(path).locate(parse(TEXT)) == pointers


def test_a_computed_value_has_no_place() -> None:
    with pytest.raises(JsonPathEditError, match=r"length\(\)"):
        compile_jsonpath("$.list.length()").locate(parse(TEXT))


@pytest.mark.parametrize(
    ("path", "value", "result"),
    [
        ("$.n", "5", '{"n":5,"box":{"k":"v","list":[1]},"list":["x","y","z"],"rows":[{"k":1},{"k":2.50}]}'),
        (
            "$.list[0]",
            "[7]",
            '{"n":1,"box":{"k":"v","list":[1]},"list":[[7],"y","z"],"rows":[{"k":1},{"k":2.50}]}',
        ),
        ("$..k", "0", '{"n":1,"box":{"k":0,"list":[1]},"list":["x","y","z"],"rows":[{"k":0},{"k":0}]}'),
        ("$", '{"a":1}', '{"a":1}'),
    ],
)
def test_setting_replaces_what_is_there(path: str, value: str, result: str) -> None:
    assert dumps(compile_jsonpath(path).set_at(parse(TEXT), parse(value))) == result


def test_a_document_may_be_set_inside_itself() -> None:
    document = parse('{"a":1,"o":{"k":"v"}}')
    assert dumps(compile_jsonpath("$.o").set_at(document, document)) == '{"a":1,"o":{"a":1,"o":{"k":"v"}}}'


def test_setting_at_many_places_shares_nothing() -> None:
    document = compile_jsonpath("$.*").set_at({"a": 1, "b": 2}, [])
    document["a"].append(1)
    assert document == {"a": [1], "b": []}


def test_matches_inside_other_matches_do_no_harm() -> None:
    assert compile_jsonpath("$..*").set_at({"a": {"b": 1}, "c": 2}, 0) == {"a": 0, "c": 0}
    assert compile_jsonpath("$..*").remove_at({"a": {"b": 1}, "c": [2]}) == {}
    assert compile_jsonpath("$..a").rename_key({"a": {"a": 1}}, "b") == {"b": {"b": 1}}


def test_a_missing_member_is_created_only_on_demand() -> None:
    path = compile_jsonpath("$.box.extra")
    with pytest.raises(PathNotFoundError, match="leads nowhere"):
        path.set_at(parse(TEXT), 1)
    assert path.set_at(parse(TEXT), 1, create=True)["box"] == {"k": "v", "list": [1], "extra": 1}
    for impossible in ("$.none.extra", "$.n.extra", "$.list[9]"):
        with pytest.raises(PathNotFoundError):
            compile_jsonpath(impossible).set_at(parse(TEXT), 1, create=True)


def test_children_are_appended_to_arrays_and_merged_into_objects() -> None:
    assert compile_jsonpath("$.list").add_child(parse(TEXT), [7, 8])["list"] == ["x", "y", "z", [7, 8]]
    assert compile_jsonpath("$.box").add_child(parse(TEXT), {"k": 2, "n": 3})["box"] == {
        "k": 2,
        "list": [1],
        "n": 3,
    }
    assert compile_jsonpath("$").add_child({"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
    assert compile_jsonpath("$.rows[*]").add_child(parse(TEXT), {"m": []})["rows"][1]["m"] == []


def test_a_document_may_be_added_to_its_own_array() -> None:
    document = parse('{"l":["x"]}')
    assert dumps(compile_jsonpath("$.l").add_child(document, document)) == '{"l":["x",{"l":["x"]}]}'


@pytest.mark.parametrize(
    ("path", "reason"), [("$.box", "only an object can be merged"), ("$.n", "neither an array nor an object")]
)
def test_a_child_that_does_not_fit_is_refused(path: str, reason: str) -> None:
    with pytest.raises(JsonPathEditError, match=reason):
        compile_jsonpath(path).add_child(parse(TEXT), [1])


def test_a_child_needs_a_parent() -> None:
    with pytest.raises(PathNotFoundError):
        compile_jsonpath("$.none").add_child(parse(TEXT), 1)


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("$.n", '{"box":{"k":"v","list":[1]},"list":["x","y","z"],"rows":[{"k":1},{"k":2.50}]}'),
        ("$.list[0,2]", '{"n":1,"box":{"k":"v","list":[1]},"list":["y"],"rows":[{"k":1},{"k":2.50}]}'),
        ("$.list[0,0]", '{"n":1,"box":{"k":"v","list":[1]},"list":["y","z"],"rows":[{"k":1},{"k":2.50}]}'),
        ("$.box.*", '{"n":1,"box":{},"list":["x","y","z"],"rows":[{"k":1},{"k":2.50}]}'),
        ("$..k", '{"n":1,"box":{"list":[1]},"list":["x","y","z"],"rows":[{},{}]}'),
        (
            "$.rows[?(@.k == 1)]",
            '{"n":1,"box":{"k":"v","list":[1]},"list":["x","y","z"],"rows":[{"k":2.50}]}',
        ),
    ],
)
def test_removing_deletes_every_match(path: str, result: str) -> None:
    assert dumps(compile_jsonpath(path).remove_at(parse(TEXT))) == result


def test_removing_the_root_leaves_nothing() -> None:
    assert compile_jsonpath("$").remove_at(parse(TEXT)) is MISSING


def test_removing_what_is_not_there_is_an_error_unless_allowed() -> None:
    path = compile_jsonpath("$.none")
    with pytest.raises(PathNotFoundError):
        path.remove_at(parse(TEXT))
    assert dumps(path.remove_at(parse(TEXT), missing_ok=True)) == TEXT


def test_a_renamed_member_moves_to_the_end_of_its_object() -> None:
    assert dumps(compile_jsonpath("$.box.k").rename_key(parse(TEXT), "q")["box"]) == '{"list":[1],"q":"v"}'


def test_only_members_can_be_renamed() -> None:
    with pytest.raises(JsonPathEditError, match="no key to rename"):
        compile_jsonpath("$.list[0]").rename_key(parse(TEXT), "q")
    with pytest.raises(PathNotFoundError):
        compile_jsonpath("$.none").rename_key(parse(TEXT), "q")


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("$.a", ["$.a"]),
        ("$.a,$.b", ["$.a", "$.b"]),
        ("$.a[0,1],$['x','y'],$..k", ["$.a[0,1]", "$['x','y']", "$..k"]),
        ("$.a[?(@.b in [1,2])],$.c", ["$.a[?(@.b in [1,2])]", "$.c"]),
        ("$.a,b", ["$.a,b"]),
    ],
)
def test_a_list_of_paths_is_parted_at_its_commas(text: str, paths: list[str]) -> None:
    assert [path.expression for path in compile_jsonpaths(text)] == paths
