"""The flow under attack."""

from __future__ import annotations

NS = 'xmlns="http://ws.apache.org/ns/synapse"'


def _resource(name: str, mediators: str) -> str:
    return f'<resource methods="POST" uri-template="/{name}"><inSequence>{mediators}<respond/></inSequence></resource>'


def _reading(expression: str) -> str:
    return (
        f'<property name="a" expression="{expression}"/>'
        f'<payloadFactory media-type="json"><format>{{"length":$1}}</format>'
        f"<args><arg expression=\"string-length(get-property('a'))\"/></args></payloadFactory>"
    )


def attacked_api() -> str:
    """Resources that look at the body in each way."""
    resources = [
        _resource("json", _reading("json-eval($.a)")),
        _resource("xml", _reading("//a")),
        _resource("untouched", '<property name="seen" value="true"/>'),
        '<resource methods="GET" uri-template="/ping"><inSequence><payloadFactory media-type="json">'
        '<format>{"pong":true}</format></payloadFactory><respond/></inSequence></resource>',
    ]
    return f'<api {NS} name="attacked" context="/attacked">{"".join(resources)}</api>'


def laughing_api() -> str:
    """A file to deploy whose entities grow without bound."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<!DOCTYPE api [<!ENTITY l0 "lol">{entities}]>'
        f'<api {NS} name="laughing" context="/laughing"><resource methods="GET">'
        "<inSequence><log><property name='a' value='&l9;'/></log></inSequence></resource></api>"
    )
