import re

import pytest

from engine.expressions.jsonpath import JsonPathSyntaxError, compile_jsonpath
from engine.values.json_document import parse

ROWS = parse(
    """{"rows":[{"id":1,"name":"Pen","cost":2.50,"tags":["blue","thin"],"box":{"w":5}},
        {"id":2,"name":"Ink","cost":7,"tags":[],"box":{"w":9},"code":"2"},
        {"id":3,"name":"Big Pad","cost":12,"sold":true,"box":null},
        {"id":4,"name":"O'Hara","cost":null,"sold":false}],
     "limit":3,"wish":"Ink","wishes":["Pen","Ink"],
     "words":["red","green","blue"],"rates":[1.00,5,2.5],"days":["2024-01-02","2023-05-06"],
     "huge":[{"n":12345678901234567890},{"n":12345678901234567891}],
     "pair":{"a":1,"b":[1]}}"""
)

MATCHING_IDS = [
    ("@.id==2", [2]),
    ("@.id == '2'", [2]),
    ("'2' == @.id", [2]),
    ("@.code == 2", [2]),
    ("@.id === '2'", []),
    ("@.id !== '2'", [1, 2, 3, 4]),
    ("@.id <> 2", [1, 3, 4]),
    ("@.id != 2", [1, 3, 4]),
    ("@.name=='Ink'", [2]),
    ('@.name=="Ink"', [2]),
    ("'Ink'==@.name", [2]),
    (r"@.name == 'O\'Hara'", [4]),
    ("@.name == $.wish", [2]),
    ("@['name'] == 'Ink'", [2]),
    ("@.cost == 7.0", [2]),
    ("@.cost == 2.5", [1]),
    ("@.cost == null", [4]),
    ("@.cost != null", [1, 2, 3]),
    ("@.none == null", []),
    ("@.none != 1", [1, 2, 3, 4]),
    ("@.box == null", [3]),
    ("@.cost < 7", [1]),
    ("@.cost <= 7", [1, 2]),
    ("@.cost > 7", [3]),
    ("@.cost >= $.limit", [2, 3]),
    ("@.cost > -1e0", [1, 2, 3]),
    ("@.name > 'Ink'", [1, 4]),
    ("@.name < 5", []),
    ("@.id < '3'", [1, 2]),
    ("@.sold > 1", []),
    ("@.sold == true", [3]),
    ("@.sold == false", [4]),
    ("@.sold == 'true'", []),
    ("@.sold", [3, 4]),
    ("!@.sold", [1, 2]),
    ("!(@.sold)", [1, 2]),
    ("@.box", [1, 2, 3]),
    ("@.box.w > 5", [2]),
    ("@.tags[0]", [1]),
    ("@.tags == []", [2]),
    ("@.box == {'w': 9}", [2]),
    ("@.id>=2 && @.cost<10", [2]),
    ("@.id==1||@.id==3", [1, 3]),
    ("@.id==1 || @.id==2 && @.cost==0", [1]),
    ("(@.id==1 || @.id==2) && @.cost==7", [2]),
    ("@.id in [1,3]", [1, 3]),
    ("@.name in ['Pen', \"Ink\"]", [1, 2]),
    ("@.name in $.wishes", [1, 2]),
    ("@.name IN $.wishes", [1, 2]),
    ("@.name nin $.wishes", [3, 4]),
    ("@.none nin [1]", [1, 2, 3, 4]),
    ("@.name nin 'Pen'", []),
    ("@.name in [null, true, -1.5, {'a': 'b'}, [1]]", []),
    ("@.tags subsetof ['blue','thin','x']", [1, 2]),
    ("@.tags anyof ['thin','x']", [1]),
    ("@.tags noneof ['thin','x']", [2]),
    ("@.tags all ['thin']", [1]),
    ("@.tags size 2", [1]),
    ("@.name size 3", [1, 2]),
    ("@.tags size 'x'", []),
    ("@.tags empty true", [2]),
    ("@.tags empty false", [1]),
    ("@.box empty false", [1, 2]),
    ("@.tags contains 'blue'", [1]),
    ("@.name contains 'P'", [1, 3]),
    ("@.name contains 1", []),
    ("@.name =~ /p.*/i", [1]),
    ("/P.*/ =~ @.name", [1]),
    ("@.name =~ /P/", []),
    ("@.id =~ /[12]/", [1, 2]),
    ("@.sold =~ /true/", [3]),
    ("@.tags =~ /th.*/", [1]),
    ("@.cost =~ /2\\.5/", [1]),
    (r"@.name =~ /a\/b|Ink/", [2]),
    ("@.tags.length() == 2", [1]),
    ("@.tags.length() > $.limit.length()", []),
    ("@..w == 5", []),
]


@pytest.mark.parametrize(("condition", "ids"), MATCHING_IDS)
def test_a_filter_keeps_the_rows_for_which_it_holds(condition: str, ids: list[int]) -> None:
    assert compile_jsonpath(f"$.rows[?({condition})].id").find(ROWS) == ids
    located = compile_jsonpath(f"$.rows[?({condition})]").locate(ROWS)
    assert located == [("rows", number - 1) for number in ids]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("$.words[?(@=='red')]", '["red"]'),
        ("$.words[?(@ =~ /.*e.*/)]", '["red","green","blue"]'),
        ("$.rates[?(@ > 2)]", "[5,2.5]"),
        ("$.days[?(@ > '2023-12-31')]", '["2024-01-02"]'),
        ("$.rows[?@.id==1].name", '["Pen"]'),
        ("$.rows[?(@.id==2)][0]", "[]"),
        ("$.pair[?(@.a==1)].a", "[1]"),
        ("$.pair[?(@.a==2)]", "[]"),
        ("$..[?(@.id==2)].name", '["Ink"]'),
        ("$..[?(@.w)]", '[{"w":5},{"w":9}]'),
        ("$..[?(@.length() == 3)]", "[]"),
        ("$..[?(@[0] == 'red')]", "[]"),
        ("$.huge[?(@.n == 12345678901234567891)]", '[{"n":12345678901234567891}]'),
    ],
)
def test_filters_on_other_things_than_rows(path: str, text: str) -> None:
    assert compile_jsonpath(path).text(ROWS) == text


@pytest.mark.parametrize(
    ("path", "reason", "position"),
    [
        ("", "the path is empty", 0),
        ("  ", "the path is empty", 0),
        ("$a", "expected '.' or '['", 1),
        ("$.a[", "'[' is never closed", 3),
        ("$.a[0", "'[' is never closed", 3),
        ("$.a['x'", "'[' is never closed", 7),
        ("$.a['x',", "'[' is never closed", 3),
        ("$.a['x'y]", "expected ',' or ']'", 7),
        ("$.a['x", "no closing '", 4),
        ("$.a[1,'x']", "inside [] expected", 3),
        ("$.a[]", "inside [] expected", 3),
        ("$.a[(@.size-1)]", "inside [] expected", 3),
        ("$.a]", "']' without an opening one", 3),
        ("$.a).b", "')' without an opening one", 3),
        ("$..", "ends after '.'", 1),
        ("$.a...b", "too many dots", 5),
        ("$.a b", "a blank inside a path", 3),
        ("$.a.foo()", "unknown function foo()", 4),
        ("$.a.sum(1", "not closed", 4),
        ("$.a.sum(1 2)", "expected ',' or ')'", 10),
        ("$.a[?()]", "expected @, $", 6),
        ("$.a[?(@.x", "never closed", 5),
        ("$.a[?(@.x)", "never closed with ']'", 3),
        ("$.a[?(@.x))]", "one ')' too many", 10),
        ("$.a[?(@.x == )]", "expected @, $", 13),
        ("$.a[?(@.x ==", "a value is expected", 12),
        ("$.a[?(@.x &&", "a condition is expected", 12),
        ("$.a[?(@.x ~ 1)]", "expected an operator", 10),
        ("$.a[?(@.x like 1)]", "unknown operator 'like'", 10),
        ("$.a[?(@.x == 1 or @.y)]", "write || for 'or'", 15),
        ("$.a[?(@.x == 1 and @.y)]", "write && for 'and'", 15),
        ("$.a[?(@.x in [1)]", "expected ',' or ']'", 13),
        ("$.a[?(@.x in [1, y])]", "expected a constant", 13),
        ("$.a[?(@.x == {y:1})]", "expected a quoted name", 14),
        ("$.a[?(@.x == {'y' 1})]", "expected ':'", 18),
        ("$.a[?" + "(" * 500, "nested too deeply", 45),
        ("$.a[?(@.x in " + "[" * 500, "nested too deeply", 51),
        ("$" + "[?(@" * 500, "nested too deeply", 56),
        ("$.a[?(@.x =~ /ab)]", "no closing '/'", 13),
        ("$.a[?(@.x =~ /(/)]", "'(' is never closed", 4),
        ("$.a[?(@.x == /a/)]", "only be used with =~", 4),
    ],
)
def test_a_bad_path_says_why_and_where(path: str, reason: str, position: int) -> None:
    with pytest.raises(JsonPathSyntaxError, match=re.escape(reason)) as caught:
        compile_jsonpath(path)
    assert caught.value.position == position
    assert len(str(caught.value)) < 300
