"""The three expression languages: compiled or refused with a place, evaluated or a fault."""

from __future__ import annotations

from engine.codecs.xml import parse_xml
from engine.errors import ExpressionError, MediationError
from engine.expressions.base import ExpressionSyntaxError
from engine.expressions.compiler import compile_expression
from engine.expressions.jsonpath import JsonPathSyntaxError, compile_jsonpath
from engine.expressions.jsonpath.parser import parse_path
from engine.expressions.jsonpath.path import JsonPath
from engine.expressions.value import compile_value
from engine.message.context import MessageContext
from engine.values.json_document import dumps, parse
from engine.values.missing import MISSING
from tests.fakes.flows import a_message
from tests.fuzz.target import Target, shape, true

BODY = (
    b'{"a":{"b":[1,2.50,{"c":"x"},null,true],"d e":"f"},"items":[{"id":1,"name":"n","p":9.99},{"id":2,"name":"m"}],'
    b'"text":"it\'s","n":-3,"deep":{"deep":{"deep":[[1],[2]]}}}'
)
XML_BODY = b"<m:order xmlns:m='u'><item id='1'>a</item><item id='2'>b<c/></item></m:order>"
DOCUMENT = parse(BODY)
NAMESPACES = {"m": "u", "soapenv": "http://schemas.xmlsoap.org/soap/envelope/"}


def _message(body: bytes, content_type: str) -> MessageContext:
    return a_message(body, content_type, headers={"X-A": "1"}, properties={"p": '{"a":[1,2]}', "q": "text"})


def _evaluated(source: str, message: MessageContext) -> str:
    try:
        expression = compile_expression(source, NAMESPACES)
    except ExpressionSyntaxError as error:
        true("the place lies in the text", -1 <= error.position <= len(source))
        return shape(error)
    try:
        expression.text(message)
        expression.test(message)
        value = expression.value(message)
    except MediationError as error:
        return shape(error)
    return type(value).__name__


def jsonpath(data: bytes) -> str:
    """A path is compiled or refused; the quick walk and the general search agree."""
    text = data.decode("utf-8", "replace")
    try:
        path = compile_jsonpath.__wrapped__(text)
    except JsonPathSyntaxError as error:
        true("the place lies in the text", 0 <= error.position <= len(text))
        return shape(error)
    try:
        found = path.find(DOCUMENT)
        value = path.value(DOCUMENT)
        path.text(DOCUMENT)
    except ExpressionError as error:
        return shape(error)
    if path.definite:
        true("a definite path has one match at most", len(found) <= 1)
        true(
            "walk and search agree",
            (value is MISSING) == (not found) and (not found or dumps(found[0]) == dumps(value)),
        )
    if type(path) is JsonPath:
        parse_path(text)
    return f"{path.definite} {len(found)}"


def xpath(data: bytes) -> str:
    """An XPath is compiled or refused; its evaluation gives a value or a fault."""
    source = data.decode("utf-8", "replace")
    if source.startswith(("json-eval(", "${")):
        return "another language"
    message = _message(XML_BODY, "application/xml")
    message.payload.set_element(parse_xml(XML_BODY))
    return _evaluated(source, message)


def synapse_expression(data: bytes) -> str:
    """`${...}` and `json-eval(...)`: compiled or refused, evaluated or a fault."""
    text = data.decode("utf-8", "replace")
    try:
        compile_value("{" + text + "}", NAMESPACES)
    except ExpressionSyntaxError:
        pass
    message = _message(BODY, "application/json")
    message.payload.set_json_text(BODY)
    return _evaluated("json-eval(" + text + ")", message) + _evaluated("${" + text + "}", message)


_PATHS = (
    b"$",
    b"$.",
    b"..",
    b"[*]",
    b"[?(",
    b"@.",
    b")]",
    b"['a']",
    b"[0]",
    b"[-1]",
    b"[1:2]",
    b"[::2]",
    b"[0,1]",
    b"==",
    b"!=",
    b"&&",
    b"||",
    b"=~ /a.*/i",
    b"in ['a']",
    b".length()",
    b".keys()",
    b"items",
    b"name",
    b"deep",
    b"(",
    b")",
    b" empty true",
    b"`parent`",
    b"$ctx:p",
    b"!",
    b"<=",
    b"nin",
    b"size",
    b"min()",
    b"\\",
    b"'",
)
JSONPATH = Target("jsonpath", jsonpath, _PATHS)
XPATH = Target(
    "xpath",
    xpath,
    (
        b"//",
        b"/",
        b"$ctx:p",
        b"$body",
        b"$trp:X-A",
        b"$axis2:a",
        b"get-property('",
        b"')",
        b"concat(",
        b"m:order",
        b"item",
        b"@id",
        b"[",
        b"]",
        b"count(",
        b"position()",
        b"last()",
        b"::",
        b"ancestor",
        b"text()",
        b"node()",
        b" and ",
        b" div ",
        b"*",
        b"|",
        b"'",
        b'"',
        b"-",
        b"syn:get-property('axis2','a')",
        b"base64Encode(",
        b"$url:a",
        b"$func:a",
        b"number(",
        b"string(",
        b".",
        b"1e3",
        b"substring(",
    ),
)
SYNAPSE_EXPRESSION = Target(
    "synapse_expression",
    synapse_expression,
    (
        *_PATHS,
        b"payload",
        b"vars.a",
        b"headers['X-A']",
        b"props.synapse.p",
        b"props.axis2",
        b"params.queryParams",
        b" and ",
        b" or ",
        b"?",
        b":",
        b"length(",
        b"toUpper(",
        b"subString(",
        b"pow(",
        b"9" * 30,
        b"-",
        b"*",
        b"/",
        b"%",
        b"+",
        b"now()",
        b"formatDateTime(",
        b"replace(",
        b"round(",
        b"base64decode(",
        b"\\u0041",
        b"indexOf(",
        b"{$ctx:p}",
        b"registry(",
        b"exists(",
        b"array(",
        b"split(",
        b"xpath(",
    ),
)
