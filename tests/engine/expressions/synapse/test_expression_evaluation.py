import logging
from typing import TYPE_CHECKING, Any

import pytest

from engine.expressions.synapse import EvaluationFault, compile_expression
from engine.values.json_document import dumps

if TYPE_CHECKING:
    from tests.engine.expressions.synapse.conftest import FakeScope
else:
    FakeScope = Any

TEXTS = [
    # literals and texts
    ('"a"', "a"),
    ("'a'", "a"),
    ("5", "5"),
    ("-5.50", "-5.5"),
    ("true", "true"),
    ("null", ""),
    (
        '["a",1,2.5,true,payload.obj,payload.long]',
        '["a",1,2.5,"true","{\\"x\\":1,\\"y\\":\\"z\\"}","12345678901"]',
    ),
    ("[]", "[]"),
    # payload
    ("payload.n", "42"),
    ("$.n", "42"),
    ("payload.dec", "12.5"),
    ("payload.two", "4.0"),
    ("payload.exp", "100"),
    ("payload.long", "12345678901"),
    ("payload.huge", "12345678901234567890"),
    ("payload.word", "abc"),
    ("payload.yes", "true"),
    ("payload.none", ""),
    ("payload.missing", ""),
    ("payload.quote", 'say "hi"'),
    ("payload.quoted", "in"),
    ("payload.obj", '{"x":1,"y":"z"}'),
    ("payload.list", "[1,2,3]"),
    ('payload["k 1"]', "blank"),
    ("payload['it\\'s']", ""),
    ('payload["it\'s"]', "tick"),
    ('payload["and"]', "word"),
    ("payload.obj['x']", "1"),
    ("payload['n','word']", '{"n":42,"word":"abc"}'),
    ("payload.names[0]", "Ann"),
    ("payload.names.[0]", "Ann"),
    ("payload.names[-1]", "Dan"),
    ("payload.names[9]", ""),
    ("payload.names[0,2]", '["Ann","Cid"]'),
    ("payload.names[1:3]", '["Bob","Cid"]'),
    ("payload.names[:2]", '["Ann","Bob"]'),
    ("payload.names[-2:]", '["Cid","Dan"]'),
    ("payload.names[*]", '["Ann","Bob","Cid","Dan"]'),
    ("payload.names[payload.at]", "Bob"),
    ("payload.names[payload.at + 1]", "Cid"),
    ("payload.names[payload.at:]", '["Bob","Cid","Dan"]'),
    ("payload.names[payload.at,3]", '["Bob","Dan"]'),
    ("payload.names[payload.list[0]]", "Bob"),
    ("payload[payload.digits]", ""),
    ('payload["obj"][vars.letter]', ""),
    ("payload.names[(@.length-1)]", "Dan"),
    ("payload.obj.*", '[1,"z"]'),
    ("payload..id", "[1,2,3]"),
    ("payload..nothing", "[]"),
    ("payload.rows[*].name", '["Pen","Ink","Pad"]'),
    ("payload.names.length()", "4"),
    ("payload.names.first()", "Ann"),
    ("payload.list.max()", "3.0"),
    ("payload..cost.max()", "12.0"),
    ("payload.obj.keys()", '["x","y"]'),
    # filters
    ("payload.rows[?(@.id == 2)].name", '["Ink"]'),
    ("payload.rows[?(@.name == payload.wish)].id", "[2]"),
    ("payload.rows[?(@.name == vars.wanted)].id", ""),
    ("payload.rows[?(@.cost >= payload.limit)].id", "[2,3]"),
    ("payload.rows[?(@.cost > integer(payload.limit))].id", "[2,3]"),
    ('payload.rows[?(@.name == props.synapse["wish"] )].id', ""),
    ("payload.rows[?(@.sold)].id", "[3]"),
    ("payload.rows[?(!(@.sold))].id", "[1,2]"),
    ("payload.rows[?(@.id == 1 || @.id == 3 && @.sold)].id", "[1,3]"),
    ("payload.rows[?(@.name =~ /p.*/i)].id", "[1,3]"),
    ("payload.rows[?(@.name == 'Pen')].id", "[1]"),
    ("payload.rows[?(@.name contains 'n')].id", "[1,2]"),
    ("payload.rows[?($.limit == 5)].id", "[1,2,3]"),
    ("payload.list[?(@ > 1)]", "[2,3]"),
    # other roots
    ("vars.name", "John"),
    ('vars["a b"]', "spaced"),
    ("vars.['a b']", "spaced"),
    ("vars.'a b'", "spaced"),
    ("vars.ten + 1", "11"),
    ("vars.nope", ""),
    ("vars.nothing", ""),
    ("vars.literal", "lit"),
    ("vars.json.a.b[1]", "2.50"),
    ("vars.text[2].k", "v"),
    ("vars.xml", "<a>1</a>"),
    ("vars.xml.a", ""),
    ("vars.mixed", ""),
    ("vars.mixed.x", "<a>1</a>"),
    ("vars.name.x", ""),
    ("vars.ten[0]", ""),
    ("vars.reply.payload.title", "T"),
    ('vars["reply"]["headers"][\'Content-Length\']', "101"),
    ("vars.reply.attributes.statusCode", "201"),
    ("headers.X-Name", "Bob"),
    ("headers['x-NAME']", "Bob"),
    ("headers.payload", "p"),
    ("headers.X-Id", "7"),
    ("headers.X-Id + 1", "8"),
    ("headers.X-Exp", "1000.0"),
    ("headers.X-Dec", "1.5"),
    ("headers.X-Flag and true", ""),
    ("headers.none", ""),
    ("props.synapse.word", "S"),
    ("properties.axis2.word", "A"),
    ('props.synapse["a.b"]', "dotted"),
    ("props.synapse.json", '{"a":[1,2]}'),
    ('props.synapse["empty"]', ""),
    ("params.queryParams.q", "hello w"),
    ("params.pathParams.id", "42"),
    ("params.pathParams.none", ""),
    ("configs.url", "http://h"),
    ("configs.none", ""),
    ('registry("gov:a")', '{"r":[7]}'),
    ('registry("gov:a").r[0]', "7"),
    ('registry("gov:a").property("owner")', "me"),
    ('registry("gov:none")', ""),
    ("wso2-vault('alias')", "wso2-vault:alias"),
    ("hashicorp-vault('a','b')", "hashicorp-vault:a/b"),
    ("xpath('//name')", "Ann"),
    ("xpath('//none')", ""),
    ("xpath('//order')", "<order/>"),
    ("toUpper(xpath('//name'))", "ANN"),
    ("xpath('/a/@id', 'reply.payload') == 9", "true"),
    ("xpath('//name') + \"!\"", "Ann!"),
    # operators
    ("8.95 + 8.99", "17.94"),
    ("5 + 3 + -1", "7"),
    ("5.5 + 3.5", "9.0"),
    ('"abc" + 5', ""),
    ("2147483647 + 1", "2147483648"),
    ("8.9567 - 8.9456", "0.0111"),
    ("-2147483648 - 1", "2147483647"),
    ("payload.long - 1", "12345678900"),
    ("25 * 1.05", "26.25"),
    ("2147483647 * -2", "-4294967294"),
    ("9 / 3", "3"),
    ("10/10000", "0.001"),
    ("5 / 10", "0.5"),
    ("34.45 / 3.44", "10.01"),
    ("10 / 2 / -2.5 * 2", "-4.0"),
    ("20000000000/10", "2.0E9"),
    ("100 / 10.0", "10.0"),
    ("1 / 3.0", "0.3"),
    ("12.5 / 2", "6.3"),
    ("19.99 / 3", "6.66"),
    ("5 / 0", ""),
    ("5.0 / 0", ""),
    ("5 % 0", ""),
    ("10 % 3", "1"),
    ("-7 % 4", "-3"),
    ("34.56 % 3.45", "0.06"),
    ("5.5 % 3.5", "2.0"),
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("10 - 4 - 3", "3"),
    ("payload.list[1] + 1", "3.0"),
    ("payload.rows[0].id + 1", "2"),
    ("payload.word + payload.obj", ""),
    ("true + 1", ""),
    ("'a' + payload.none", ""),
    ('1 == "1"', "true"),
    ("1 == 1.0", "false"),
    ("payload.two == 4.0", "true"),
    ("-5.3 == -5.3", "true"),
    ("payload.yes == true", "true"),
    ("payload.none == null", "true"),
    ("null == null", "true"),
    ("payload.none != null", "false"),
    ("payload.n != null", "true"),
    ("payload.missing == null", ""),
    ("payload.rows[0] == payload.rows[1]", "false"),
    ("5 > -3.4", "true"),
    ("5 >= 5.0", "true"),
    ("5 < 5", "false"),
    ("5 <= 5", "true"),
    ('5 > "bla"', ""),
    ("5 > null", ""),
    ("now() > 5", "true"),
    ("true and true", "true"),
    ("true && false", "false"),
    ("false || true", "true"),
    ('5 and "bla"', ""),
    ("payload.no and payload.missing", ""),
    ("false and true or true", "false"),
    ("true == true == false", "false"),
    ("(payload.n > 1) and (payload.at < 2)", "true"),
    ("payload.n > 1 and payload.at < 2", "true"),
    ("payload.n > 50 or payload.at == 1 and payload.yes", "true"),
    ("payload.n > 1 ? 'big' : 'small'", "big"),
    ("false ? true : false ? false : true", "true"),
    ("'true' ? 1 : 2", ""),
    ("payload.yes ? payload.n : payload.missing", "42"),
    ("45 == ( 5 + 34 ? true : 456)", ""),
    ("1 + 1 == 2 ? 'yes' : 'no'", "yes"),
]


@pytest.mark.parametrize(("expression", "text"), TEXTS)
def test_the_text_of_an_expression(scope: FakeScope, expression: str, text: str) -> None:
    assert compile_expression(expression).text(scope) == text
    assert compile_expression(f"${{{expression}}}").text(scope) == text


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("payload.n", 42),
        ("payload.two + 1", 5.0),
        ("payload.word", "abc"),
        ("payload.quoted", "'in'"),
        ("payload.yes", True),
        ("payload.none", None),
        ("payload.missing", ""),
        ("payload.obj", {"x": 1, "y": "z"}),
        ("'abc'", "'abc'"),
        ('${"abc"}', '"abc"'),
        ("'a' + 'b'", "ab"),
        ("vars.literal", "'lit'"),
        ("payload.yes ? 'x' : 'y'", "x"),
    ],
)
def test_the_value_of_an_expression(scope: FakeScope, expression: str, value: object) -> None:
    result = compile_expression(expression).value(scope)
    assert result == value
    assert type(result) is type(value)


def test_xml_comes_as_it_is(scope: FakeScope) -> None:
    assert compile_expression("vars.xml").value(scope) is scope.variables["xml"]


def test_the_whole_payload_may_be_xml(scope: FakeScope) -> None:
    scope.hold_xml("<a>1</a>")
    assert compile_expression("payload").text(scope) == "<a>1</a>"
    assert compile_expression("$").value(scope) is scope.xml
    assert compile_expression("payload.n").text(scope) == "42"


def test_an_empty_payload_has_no_value(scope: FakeScope) -> None:
    scope.body = ""
    for expression in ("payload", "payload.a", "payload + 1"):
        assert compile_expression(expression).text(scope) == ""
        assert compile_expression(expression).value(scope) == ""
    assert compile_expression("exists(payload)").text(scope) == "false"


def test_a_broken_payload_has_no_value(scope: FakeScope) -> None:
    scope.body = "{"
    assert compile_expression("payload.a").text(scope) == ""


@pytest.mark.parametrize(("body", "text"), [("17", "18.0"), ('"a"', ""), ("null", "")])
def test_a_scalar_payload_counts_as_a_double(scope: FakeScope, body: str, text: str) -> None:
    scope.body = body
    assert compile_expression("payload + 1").text(scope) == text


@pytest.mark.parametrize(
    "expression",
    [
        "base64decode('%%%')",
        "urlDecode('%zz')",
        "split('a', '(')",
        "params.functionParams.x",
        "[null]",
        "payload.names[null]",
        "payload.rows[?(@.id == payload.none)]",
        "formatDateTime(0, 'bbb')",
        "exists(params.functionParams.x)",
    ],
)
def test_some_failures_run_the_fault_sequence(scope: FakeScope, expression: str) -> None:
    with pytest.raises(EvaluationFault):
        compile_expression(expression).text(scope)


def test_a_failure_is_logged_with_its_reason(scope: FakeScope, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert compile_expression("payload.word + 1").value(scope) == ""
    assert "payload.word + 1 has no value: + needs two numbers, not a text and a number" in caplog.text


@pytest.mark.parametrize(
    ("expression", "needed"),
    [
        ("vars.a + 1", False),
        ("vars.a[payload.n]", True),
        ("vars.a[?(@.x == $.y)]", True),
        ("xpath('//a')", True),
        ("xpath('/a', 'v')", False),
        ("[1, payload.n]", True),
        ("true ? 1 : $.x", True),
        ("headers.payload", False),
        ('"payload"', False),
        ("length(payload.a)", True),
        ('registry("a").property(payload.k)', True),
    ],
)
def test_whether_an_expression_looks_into_the_payload(expression: str, needed: bool) -> None:
    assert compile_expression(expression).needs_payload is needed


def test_an_expression_is_compiled_once_per_text() -> None:
    assert compile_expression("${vars.a}") is compile_expression("${vars.a}")
    assert repr(compile_expression("${vars.a}")) == "SynapseExpression('${vars.a}')"


def test_lists_made_here_are_json(scope: FakeScope) -> None:
    assert dumps(compile_expression('split("a;b;;c;", ";")').value(scope)) == '["a","b","","c"]'
