"""`<http method="" uri-template="">`: a URL worked out from the message."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.authentication import Authentication
from engine.endpoints.base import Endpoint, endpoint
from engine.endpoints.leaf import EndpointProperty, Leaf, endpoint_postfix, read_properties
from engine.endpoints.quality import Quality, read_quality
from engine.endpoints.url_template import UrlTemplate, compile_url_template, decoded_again
from engine.message.context import MessageContext
from engine.message.values import string_of
from engine.source.document import Place
from engine.source.node import Node

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_LEGACY = "legacy-encoding:"


class Http(Leaf):
    """Sends to a URI template filled with the message's `uri.var.*` and `query.param.*` properties."""

    __slots__ = ("_fixed", "_legacy", "_literals", "_method", "_template")

    def __init__(self, name: str | None, place: Place, template: UrlTemplate, method: str, quality: Quality,
                 properties: tuple[EndpointProperty, ...], authentication: Authentication | None, *, legacy: bool) -> None:
        super().__init__(name, place, "Currently, HTTP", quality, properties, authentication, template.text)
        self._template = template
        self._method = method
        self._legacy = legacy
        self._fixed = template.text if not template.names else None
        self._literals = {each.name: each.value for each in properties if isinstance(each.value, str)
                          and each.scope == "default"}

    def method(self, message: MessageContext) -> str:
        if self._method:
            message.properties["HTTP_METHOD"] = self._method
            return self._method
        return super().method(message)

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        url = self._fixed if self._fixed is not None else self._expanded(message)
        if self._method and not blocking:
            return url
        return endpoint_postfix(message, method, url)

    def _expanded(self, message: MessageContext) -> str:
        values: dict[str, str] = {}
        properties = message.properties
        for name in self._template.names:
            if name.startswith(("uri.var.", "query.param.")):
                value = properties.get(name, self._literals.get(name))
                if value is not None:
                    values[name] = string_of(value) or ""
        if not values and not any(name.startswith(("uri.var.", "query.param.")) for name in properties):
            return self._template.text
        url = self._template.expand(values)
        message.properties["DYNAMIC_URL_VALUE"] = url
        return decoded_again(url) if self._legacy else url


@endpoint("http")
def read_http(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read an http endpoint."""
    from engine.endpoints.credentials import read_authentication

    method = node.choice("method", METHODS, "", strict=False, fold=True, otherwise="the method of the request is used")
    node.choice("version", ("1.1", "2.0"), "1.1", strict=False)
    text = node.attribute("uri-template")
    if text is None:
        text = node.attribute("uri", required=True)
    quality = read_quality(node, build)
    properties = read_properties(outer, build) + read_properties(node, build)
    authentication = read_authentication(node, build)
    for ignored in ("enableAddressing", "enableSec"):
        child = node.child(ignored)
        if child is not None:
            child.accept_anything()
    if text is None:
        return None
    legacy = text.startswith(_LEGACY)
    try:
        template = compile_url_template(text.removeprefix(_LEGACY))
    except ValueError as error:
        node.error("SYN043", f"the uri-template {text!r} cannot be read: {error}", attribute="uri-template",
                   hint="variables look like {uri.var.id}")
        return None
    _check_names(node, template)
    return Http(name, build.place(node), template, method, quality, properties, authentication, legacy=legacy)


def _check_names(node: Node, template: UrlTemplate) -> None:
    for variable in template.names:
        if not variable.startswith(("uri.var.", "query.param.")):
            node.warning("SYN044", f"{{{variable}}} in the uri-template is never filled in: only uri.var.* and query.param.* "
                         "are", attribute="uri-template", hint=f"did you mean {{uri.var.{variable}}}?")
