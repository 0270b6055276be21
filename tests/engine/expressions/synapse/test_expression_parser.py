import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions.synapse import SynapseSyntaxError, compile_expression, parse
from engine.expressions.synapse.ast import Access, Binary, Call, Conditional, Embedded, Literal

ERRORS = [
    ("", "the expression is empty", 0),
    ("  ", "the expression is empty", 2),
    ("${}", "the expression is empty", 2),
    ("paylod.a", "unknown name 'paylod'; did you mean 'payload'?", 0),
    ("var.a", "did you mean 'vars'?", 0),
    ("header.a", "did you mean 'headers'?", 0),
    ("ctx.a", "write props.synapse", 0),
    ("xyz", "known are payload, vars", 0),
    ("trim", "trim is a function: write trim(...)", 0),
    ("lenght(payload.a)", "unknown function lenght(); did you mean 'length'?", 0),
    ("touppER(payload.a)", "did you mean 'toUpper'?", 0),
    ("length()", "length() takes 1 argument, not 0", 0),
    ("replace('a','b')", "replace() takes 3 arguments, not 2", 0),
    ("round(1,2,3)", "round() takes 1 or 2 arguments, not 3", 0),
    ("length('a'", "never closed", 0),
    ("length('a' 'b')", "expected ',' or ')'", 11),
    ("length('a',)", "another argument", 11),
    ("props.sinapse.a", "unknown property scope 'sinapse'; did you mean 'synapse'?", 6),
    ("props.transport.a", "it is one of synapse, axis2", 6),
    ("params.query.a", "unknown parameter kind 'query'", 7),
    ("props", "expected .synapse or .axis2", 5),
    ("vars", "vars needs a name", 4),
    ("vars.", "expected a name after '.', the expression ends", 5),
    ("vars[0]", "expected a name in quotes", 5),
    ('vars["a"', "expected ']'", 8),
    ("payload.and", "'and' is an operator; write [\"and\"]", 8),
    ("payload.a.foo()", "unknown path function foo()", 10),
    ("payload.a.length(1)", "takes no arguments", 17),
    ("payload.a[0", "'[' is never closed", 11),
    ("payload.a[0 1]", "expected ']' after an index", 12),
    ("payload.a[?(@.x == 1)", "never closed with ')]'", 9),
    ("payload.a[?(@['x'] == 1)]", "'[' is not allowed in a filter", 13),
    ("payload.a[?(@.x == )]", "expected @, $, a quoted text", 0),
    ("payload.a payload.b", "a second value 'payload'", 10),
    ("5-3", "the minus belongs to the number; write - 3", 1),
    ("5 >> 3", "expected a value, not '>'", 3),
    ("payload.a + abc", "unknown name 'abc'", 12),
    ("5 = 5", "a single '=' is no operator", 2),
    ("true & true", "a single '&' is no operator", 5),
    ("true | true", "a single '|' is no operator", 5),
    ("5 ; 3", "unexpected character ';'", 2),
    ("'abc", "no closing '", 0),
    (r"'a\qb'", r"unknown escape \q", 2),
    ("(1 + 2", "expected ')'; the expression ends here", 6),
    ("1 + 2)", "')' without an opening one", 5),
    ("1 +", "ends where a value is expected", 3),
    ("true ? 1", "expected ':'", 8),
    ("[1, 2", "expected ',' or ']' in a list", 0),
    ("[1 2]", "expected ',' or ']' in a list", 3),
    ("(" * 500, "nested too deeply", 50),
    ("$.a[?(" * 500, "nested too deeply", 298),
    ("payload['a',0]", "expected another quoted name", 12),
    ("${payload.a.}", "expected a name after '.'", 12),
]


@pytest.mark.parametrize(("expression", "reason", "position"), ERRORS)
def test_a_bad_expression_says_why_and_where(expression: str, reason: str, position: int) -> None:
    with pytest.raises(SynapseSyntaxError, match=re.escape(reason)) as caught:
        compile_expression(expression)
    assert caught.value.position == position


def test_comparisons_bind_looser_than_and() -> None:
    tree = parse("1 > 2 and 3 < 4")
    assert tree == Binary("<", Binary(">", Literal(1), Binary("and", Literal(2), Literal(3))), Literal(4))
    conventional = parse("1 > 2 and 3 < 4", conventional=True)
    assert conventional == Binary("and", Binary(">", Literal(1), Literal(2)), Binary("<", Literal(3), Literal(4)))


def test_and_and_or_read_from_right_to_left() -> None:
    tree = parse("true and false or true")
    assert tree == Binary("and", Literal(True), Binary("or", Literal(False), Literal(True)))


def test_conditions_nest_to_the_right() -> None:
    tree = parse("true ? 1 : false ? 2 : 3")
    assert tree == Conditional(Literal(True), Literal(1), Conditional(Literal(False), Literal(2), Literal(3)))


def test_hyphens_belong_to_names() -> None:
    assert parse("vars.a-vars.b") == Access("vars", "a-vars", ("['b']",))


def test_words_of_the_language_may_be_names_after_a_dot() -> None:
    assert parse("payload.payload.vars.length") == Access("payload", "", ("['payload']['vars']['length']",))
    assert parse("headers.toUpper") == Access("headers", "toUpper", ())


def test_expressions_in_a_path_are_kept_apart() -> None:
    tree = parse("payload.a[vars.i].b[?(@.c == $.d)]")
    assert tree == Access(
        "payload",
        "",
        (
            "['a']",
            Embedded(Access("vars", "i", ()), bracketed=True),
            "['b'][?(@.c == ",
            Embedded(Access("payload", "", ("['d']",)), bracketed=False),
            ")]",
        ),
    )


def test_texts_keep_their_backslashes() -> None:
    assert parse(r'"a\n\"b"') == Literal(r"a\n\"b")


def test_positions_point_into_the_expression() -> None:
    tree = parse("${1 + trim(vars.a)}")
    assert isinstance(tree, Binary)
    assert isinstance(tree.right, Call)
    assert (tree.position, tree.right.position, tree.right.arguments[0].position) == (4, 6, 11)


@given(st.text(alphabet="payload.vr$[]()?:'\"+-*/%<>=!&|@ ,10", max_size=25))
def test_any_text_is_an_expression_or_a_syntax_error(text: str) -> None:
    position = 0
    try:
        compile_expression(text)
    except SynapseSyntaxError as error:
        position = error.position
    assert 0 <= position <= len(text)
