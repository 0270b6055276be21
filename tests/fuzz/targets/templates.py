"""URI templates: of resources (incoming) and of http endpoints (outgoing). Input: template, NUL, path or values."""

from __future__ import annotations

from engine.artifacts.uri_template import UriTemplate
from engine.endpoints.url_template import compile_url_template, decoded_again
from tests.fuzz.target import Target, shape, true


def uri_template(data: bytes) -> str:
    """A template is taken or refused with a ValueError; a match holds every variable and nothing else."""
    text, _, path = data.decode("latin-1").partition("\0")
    try:
        template = UriTemplate(text)
    except ValueError as error:
        true("only a ValueError itself", type(error) is ValueError)
        return shape(error)
    values = template.match(path)
    if values is None:
        return f"no match {len(template.names)}"
    true("every variable has a value", set(values) == set(template.names))
    return f"match {len(values)}"


def url_template(data: bytes) -> str:
    """An expansion never brings in what a URL cannot hold."""
    text, _, rest = data.decode("latin-1").partition("\0")
    try:
        template = compile_url_template(text)
    except ValueError as error:
        true("only a ValueError itself", type(error) is ValueError)
        return shape(error)
    given = rest.split("\0")
    values = {name: given[number % len(given)] for number, name in enumerate((*template.names, *template.expressions))}
    url = template.expand(values)
    if template.usable and not any(char >= "\x7f" for char in text):
        held = [char for char in url if char in ' \r\n\0"<>\\^`{|}' or not char.isascii()]
        true(f"what a URL cannot hold was let in: {held}", not held)
    try:
        decoded_again(url)
    except ValueError as error:
        return shape(error)
    return f"expanded {len(template.names)} {len(template.expressions)} {template.usable}"


_TOKENS = (
    b"{",
    b"}",
    b"{+a}",
    b"{?a,b}",
    b"{&a}",
    b"{#a}",
    b"{.a}",
    b"{/a}",
    b"{;a}",
    b"{a:3}",
    b"{a*}",
    b"*",
    b"/",
    b"?",
    b"=",
    b"&",
    b"%2F",
    b"%",
    b"{uri.var.a}",
    b"${payload.a}",
    b"\0",
    b"http://a",
    b",",
    b"%C3",
    b"\xc3\xa9",
    b"[",
    b"//",
)
URI_TEMPLATE = Target("uri_template", uri_template, _TOKENS)
URL_TEMPLATE = Target("url_template", url_template, _TOKENS)
