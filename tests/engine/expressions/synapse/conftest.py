"""A message for expressions, made of plain values: one rich enough for most tests is the fixture `scope`."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from engine.expressions.synapse import EvaluationFault
from engine.values.json_document import Json, parse
from engine.values.missing import MISSING, Missing


@dataclass
class Xml:
    text: str


@dataclass
class FakeScope:
    body: str = ""
    xml: Xml | None = None
    variables: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    properties: dict[tuple[str, str], object] = field(default_factory=dict)
    parameters: dict[tuple[str, str], object] = field(default_factory=dict)
    configs: dict[str, str] = field(default_factory=dict)
    resources: dict[tuple[str, str | None], str] = field(default_factory=dict)
    xpaths: dict[tuple[str, str | None], object] = field(default_factory=dict)

    def hold_xml(self, text: str) -> None:
        self.xml = Xml(text)

    def payload(self) -> Json | Missing:
        return parse(self.body) if self.body else MISSING

    def whole_payload(self) -> object | Missing:
        return self.xml if self.xml is not None else self.payload()

    def variable(self, name: str) -> object | Missing:
        return self.variables.get(name, MISSING)

    def header(self, name: str) -> object | Missing:
        return {key.lower(): value for key, value in self.headers.items()}.get(name.lower(), MISSING)

    def property(self, scope: str, name: str) -> object | Missing:
        return self.properties.get((scope, name), MISSING)

    def parameter(self, kind: str, name: str) -> object | Missing:
        if kind == "functionParams":
            raise EvaluationFault("not inside a template")
        return self.parameters.get((kind, name), MISSING)

    def config(self, name: str) -> object | Missing:
        return self.configs.get(name, MISSING)

    def registry(self, path: str, key: str | None) -> object | Missing:
        return self.resources.get((path, key), MISSING)

    def secret(self, function: str, arguments: list[str]) -> str:
        return f"{function}:{'/'.join(arguments)}"

    def xpath(self, expression: str, variable: str | None) -> object | Missing:
        return self.xpaths.get((expression, variable), MISSING)

    def xml_text(self, value: object) -> str:
        assert isinstance(value, Xml)
        return value.text


BODY = """{"n":42,"neg":-7,"dec":12.50,"two":4.00,"exp":1E2,"long":12345678901,"huge":12345678901234567890,
 "word":"abc","digits":"15","yes":true,"no":false,"none":null,"empty":"","quote":"say \\"hi\\"",
 "quoted":"'in'","umlaut":"größe 😀 x","text":"{\\"k\\":5}",
 "obj":{"x":1,"y":"z"},"list":[1,2,3],"names":["Ann","Bob","Cid","Dan"],"at":1,"wish":"Ink","limit":5,
 "rows":[{"id":1,"name":"Pen","cost":2.50},{"id":2,"name":"Ink","cost":7},{"id":3,"name":"Pad","cost":12,"sold":true}],
 "k 1":"blank","it's":"tick","and":"word","null":"word"}"""


@pytest.fixture
def scope() -> FakeScope:
    return FakeScope(
        body=BODY,
        variables={
            "name": "John",
            "ten": 10,
            "minus": -2.5,
            "flag": True,
            "nothing": None,
            "blank": "",
            "literal": "'lit'",
            "a b": "spaced",
            "json": parse('{"a":{"b":[1,2.50]}}'),
            "text": '[1,2,{"k":"v"}]',
            "xml": Xml("<a>1</a>"),
            "mixed": {"x": Xml("<a>1</a>")},
            "reply": {
                "payload": {"title": "T"},
                "headers": {"Content-Length": 101},
                "attributes": {"statusCode": 201},
            },
        },
        headers={
            "X-Id": "007",
            "X-Name": "Bob",
            "X-Exp": "1e3",
            "X-Dec": "1.50",
            "X-Flag": "true",
            "payload": "p",
        },
        properties={
            ("synapse", "word"): "S",
            ("synapse", "json"): parse('{"a":[1,2]}'),
            ("synapse", "a.b"): "dotted",
            ("synapse", "empty"): "",
            ("axis2", "word"): "A",
        },
        parameters={("queryParams", "q"): "hello w", ("pathParams", "id"): "0042"},
        configs={"url": "http://h"},
        resources={("gov:a", None): '{"r":[7]}', ("gov:a", "owner"): "me"},
        xpaths={
            ("//name", None): "Ann",
            ("//order", None): Xml("<order/>"),
            ("/a/@id", "reply.payload"): "9",
        },
    )
