import pytest

from engine.expressions.jsonpath import MISSING, compile_jsonpath
from engine.values.json_document import Json, JsonDocument, parse

SHOP_TEXT = """{"goods":[{"id":1,"name":"Pen","cost":2.50,"tags":["blue","thin"],"box":{"w":5}},
        {"id":2,"name":"Ink","cost":4.00,"tags":[],"box":{"w":9}},
        {"id":3,"name":"Big Pad","cost":12,"sold":true,"box":null},
        {"id":4,"name":"O'Hara","cost":null,"sold":false}],
     "limit":3,"wish":"Ink","rates":[1.00,1E2,2.5],"words":["red","green","blue"],
     "odd":{"k 1":1,"k.2":2,"k-3":3,"$d":4,"@a":5,"1x":6,"a:b":7,"it's":8,"":9},
     "num":{"plain":42,"dec":4.00,"exp":1E2,"big":12345678901234567890,"long":12345678.90,"tiny":0.00001},
     "flags":{"yes":true,"no":false,"none":null,"empty":"","list":[],"map":{}},
     "old":{"members":["p"],"x":1},"older":{"elements":"e"},
     "grid":[[1,2],[3,[4]]]}"""
SHOP = parse(SHOP_TEXT)

TEXTS = [
    # plain ways
    ("$.wish", "Ink"),
    ("wish", "Ink"),
    ("$['wish']", "Ink"),
    ('$["wish"]', "Ink"),
    ("$.['wish']", "Ink"),
    (" $.wish ", "Ink"),
    ("$.wish.", "Ink"),
    ("$.wish)", "Ink"),
    ("@.wish", "Ink"),
    ("$.goods[0].name", "Pen"),
    ("$.goods.[0].name", "Pen"),
    ("$.goods[-1].id", "4"),
    ("$.goods[9]", ""),
    ("$.goods[-9]", ""),
    ("$.goods[9].name", ""),
    ("$.none", ""),
    ("$.none.deeper", ""),
    ("$.wish.x", ""),
    ("$.wish[0]", ""),
    ("$.limit.x", ""),
    ("$.flags.none.x", ""),
    ("$.odd[0]", ""),
    ("$.grid[1][1][0]", "4"),
    # odd names
    ("$.odd['k 1']", "1"),
    ("$.odd['k.2']", "2"),
    ("$.odd.k-3", "3"),
    ("$.odd.$d", "4"),
    ("$.odd.@a", "5"),
    ("$.odd.1x", "6"),
    ("$.odd.a:b", "7"),
    (r"$.odd['it\'s']", "8"),
    ('$.odd["it\'s"]', "8"),
    (r"$.odd['\u0061:b']", "7"),
    ("$.odd['']", "9"),
    # texts of values
    ("$.flags.yes", "true"),
    ("$.flags.no", "false"),
    ("$.flags.none", "null"),
    ("$.flags.empty", ""),
    ("$.flags.list", "[]"),
    ("$.flags.map", "{}"),
    ("$.num.plain", "42"),
    ("$.num.dec", "4.0"),
    ("$.num.exp", "100"),
    ("$.num.big", "12345678901234567890"),
    ("$.num.long", "1.23456789E7"),
    ("$.num.tiny", "1.0E-5"),
    ("$.num['dec','exp']", '{"dec":4.0,"exp":100}'),
    ("$.num['dec','none']", '{"dec":4.0}'),
    ("$.rates[0]", "1.00"),
    ("$.rates[1]", "1E2"),
    ("$.rates", "[1.00,1E2,2.5]"),
    ("$.rates[*]", "[1.00,1E2,2.5]"),
    ("$.goods[0].box", '{"w":5}'),
    ("$.old", '["p"]'),
    ("$.older", '"e"'),
    ("$.old.x", "1"),
    # many matches
    ("$.goods[*].cost", "[2.5,4.0,12,null]"),
    ("$..cost", "[2.5,4.0,12,null]"),
    ("$.goods[*].sold", "[true,false]"),
    ("$.goods[*].nothing", "[]"),
    ("$.goods[*].box.w", "[5,9]"),
    ("$.goods[*].tags[*]", '["blue","thin"]'),
    ("$.goods[*].tags[0]", '["blue"]'),
    ("$.goods[0,2].name", '["Pen","Big Pad"]'),
    ("$.words[ 0 , -1 ]", '["red","blue"]'),
    ("$.words[0,9]", '["red"]'),
    ("$.words[1:3]", '["green","blue"]'),
    ("$.words[:2]", '["red","green"]'),
    ("$.goods[(@.length-1)].id", "4"),
    ("$.words[-2:]", '["green","blue"]'),
    ("$.words[1:9]", '["green","blue"]'),
    ("$.words[9:]", "[]"),
    ("$.flags.*", '[true,false,null,"",[],{}]'),
    ("$['flags'][*]", '[true,false,null,"",[],{}]'),
    ("$.num.*", "[42,4.0,100,12345678901234567890,1.23456789E7,1.0E-5]"),
    ("$['num','old'].x", "[1]"),
    ("$..w", "[5,9]"),
    ("$..['w']", "[5,9]"),
    ("$..tags[0]", '["blue"]'),
    ("$.grid..[0]", "[[1,2],1,3,4]"),
    ("$.grid..*", "[[1,2],[3,[4]],1,2,3,[4],4]"),
    ("$.goods[0]..*", '[1,"Pen",2.5,["blue","thin"],{"w":5},"blue","thin",5]'),
    ("$..nothing", "[]"),
    ("$.nothing[*]", ""),
    ("$.nothing[*].x", ""),
    ("$.goods[9][*]", "[]"),
    ("$.wish[*]", "[]"),
    ("$.wish[1:]", ""),
    ("$.flags.none[0,1]", ""),
    ("$.wish[?(@.x)]", ""),
    ("$.wish['a','b'].c", ""),
    # functions
    ("$.words.length()", "3"),
    ("$.words.size()", "3"),
    ("$.flags.length()", "6"),
    ("$.wish.length()", ""),
    ("$.flags.keys()", '["yes","no","none","empty","list","map"]'),
    ("$.words.keys()", ""),
    ("$.rates.min()", "1.0"),
    ("$.rates.max()", "100.0"),
    ("$.rates.sum()", "103.5"),
    ("$.rates.avg()", "34.5"),
    ("$.rates.first()", "1.0"),
    ("$.rates.last()", "2.5"),
    ("$.rates.sum(0.5)", "104.0"),
    ("$.goods.first()", '{"id":1,"name":"Pen","cost":2.50,"tags":["blue","thin"],"box":{"w":5}}'),
    ("$.goods.first().name", "Pen"),
    ("$.words.max()", ""),
    ("$.words.first()", ""),
    ("$.words.concat()", ""),
    ("$.words.index(1)", ""),
    ("$.rates.append(7)", "[1.00,1E2,2.5,7]"),
    ("$..id.max()", "4.0"),
    ("$..id.length()", "4"),
    ("$.goods[*].id.sum()", "10.0"),
    ("$.goods[*].tags.length()", "[2,0]"),
    ("$.sum($.goods[*].id)", "10.0"),
]


@pytest.mark.parametrize(("path", "text"), TEXTS)
def test_the_answer_as_text(path: str, text: str) -> None:
    assert compile_jsonpath(path).text(SHOP) == text
    assert compile_jsonpath(path).text_of(JsonDocument(SHOP_TEXT)) == text


@pytest.mark.parametrize(
    ("path", "definite"),
    [
        ("$", True),
        ("$.", True),
        ("$.a.b[0]", True),
        ("$.a[-1]", True),
        ("$.a['x','y']", True),
        ("$.a.length()", True),
        ("$..a.max()", True),
        ("$..a", False),
        ("$.a[*]", False),
        ("$.a.*", False),
        ("$.a[0,1]", False),
        ("$.a[1:]", False),
        ("$.a[?(@.b)]", False),
        ("$['x','y'].b", False),
        ("$.a[*].length()", False),
    ],
)
def test_a_path_is_definite_when_it_can_have_one_match_only(path: str, definite: bool) -> None:
    assert compile_jsonpath(path).definite is definite


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.wish", "Ink"),
        ("$.nothing", MISSING),
        ("$.flags.none", None),
        ("$..w", [5, 9]),
        ("$..nothing", []),
        ("$.nothing[*]", MISSING),
        ("$.words.first()", "red"),
        ("$.words.index(1)", "green"),
        ("$.words.index(-1)", "blue"),
        ("$.words.concat('!')", "redgreenblue!"),
        ("$.rates.stddev()", pytest.approx(46.3195, abs=1e-3)),
    ],
)
def test_the_value_of_a_path(path: str, value: Json) -> None:
    assert compile_jsonpath(path).value(SHOP) == value


def test_values_keep_their_spelling_and_unwrapped_members_do_not() -> None:
    path = compile_jsonpath("$.num.dec")
    assert str(path.value(SHOP)) == "4.00"
    assert str(path.unwrapped(SHOP)) == "4.0"
    assert path.unwrapped({"num": {}}) is MISSING
    assert [str(item) for item in compile_jsonpath("$.num['dec']").find(SHOP)] == ["4.00"]
    assert str(compile_jsonpath("$.rates[0]").unwrapped(SHOP)) == "1.00"


def test_answers_are_parts_of_the_document() -> None:
    goods = SHOP["goods"]
    assert compile_jsonpath("$.goods[*]").find(SHOP)[1] is goods[1]
    assert compile_jsonpath("$.goods").value(SHOP) is goods
    assert compile_jsonpath("$").value(SHOP) is SHOP


def test_find_gives_no_match_as_an_empty_list() -> None:
    assert compile_jsonpath("$.nothing").find(SHOP) == []
    assert compile_jsonpath("$.nothing[*]").find(SHOP) == []
    assert compile_jsonpath("$.wish").find(SHOP) == ["Ink"]


def test_the_root_is_recognised() -> None:
    assert compile_jsonpath("$").is_root
    assert compile_jsonpath("$.").is_root
    assert not compile_jsonpath("$.a").is_root


def test_a_path_is_compiled_once_per_text() -> None:
    assert compile_jsonpath("$.wish") is compile_jsonpath("$.wish")
    assert repr(compile_jsonpath("$.wish")) == "JsonPath('$.wish')"


def test_a_deep_document_is_searched_without_recursion() -> None:
    deep: Json = "end"
    for _ in range(100_000):
        deep = [deep]
    assert compile_jsonpath("$..[0]").find(deep)[-1] == "end"
