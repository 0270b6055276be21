import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.values.json_document import JsonSyntaxError, dumps
from engine.values.json_lenient import parse_lenient


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ('{"a":1.00}', '{"a":1.00}'),
        ("{name: Ann, 'age': 5}", '{"name":"Ann","age":5}'),
        ('{"_name": Ann}', '{"_name":"Ann"}'),
        ("{a=1; b=>2,}", '{"a":1,"b":2}'),
        ("[1,,2,]", "[1,null,2,null]"),
        ("[TRUE, False, NULL, nil]", '[true,false,null,"nil"]'),
        ("[007, 1.50, -0, 1e5, +1, NaN]", '["007",1.50,-0,1e5,"+1","NaN"]'),
        ("/* c */ {a: 1} // end", '{"a":1}'),
        ("# c\n[1]", "[1]"),
        ("abc", '"abc"'),
        ("'it\\'s \"x\" \\u00e9\\n\\ud83d\\ude00'", '"it\'s \\"x\\" é\\n😀"'),
        ("", "null"),
        ("  ", "null"),
        ("{}", "{}"),
        ("[]", "[]"),
        ("{a:{b:[{}]}}", '{"a":{"b":[{}]}}'),
    ],
)
def test_nearly_json_is_understood(text: str, strict: str) -> None:
    assert dumps(parse_lenient(text)) == strict


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ("{a}", "expected ':'", 1, 3),
        ("{a:1", "an object is never closed", 1, 5),
        ("[1", "an array is never closed", 1, 3),
        ("[1 2]", "expected ',' or ']'", 1, 4),
        ("{a:1 b:2}", "expected ',' or '}'", 1, 6),
        ("{:1}", "expected a name", 1, 2),
        ("{a:}", "expected a value", 1, 4),
        ("{a:", "ends too early", 1, 4),
        ("abc def", "more text after", 1, 5),
        ("{a:\n'b", "unterminated", 2, 1),
        ("'\\q'", "unknown escape", 1, 2),
        ("'\\uZZZZ'", "bad", 1, 2),
        ("[" * 300, "deeper than 255", 1, 256),
    ],
)
def test_what_gson_refuses_is_refused_with_its_place(text: str, reason: str, line: int, column: int) -> None:
    with pytest.raises(JsonSyntaxError, match=reason) as caught:
        parse_lenient(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@given(st.text(alphabet="{}[]:,;'\"ab1 \\u/*#=>\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        written = dumps(parse_lenient(text))
    except JsonSyntaxError:
        written = "null"
    assert dumps(parse_lenient(written)) == written
