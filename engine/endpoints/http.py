"""`<http method="" uri-template="">`: a URL worked out from the message."""

from __future__ import annotations

from urllib.parse import unquote_plus

from engine.build import Build
from engine.endpoints.authentication import Authentication
from engine.endpoints.base import Endpoint, endpoint
from engine.endpoints.destination import check_address, deployed
from engine.endpoints.leaf import Leaf, endpoint_postfix
from engine.endpoints.properties import EndpointProperty, read_properties
from engine.endpoints.quality import Quality, read_quality
from engine.endpoints.url_template import UrlTemplate, compile_url_template, decoded_again
from engine.expressions import Expression, ExpressionSyntaxError, compile_expression
from engine.expressions.base import Literal
from engine.message.context import MessageContext
from engine.message.values import string_of
from engine.source.document import Place
from engine.source.node import Node

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_LEGACY = "legacy-encoding:"
_VARIABLES = ("uri.var.", "query.param.")


class Http(Leaf):
    """Sends to a URI template filled with the message's `uri.var.*` and `query.param.*` properties."""

    __slots__ = ("_expressions", "_fixed", "_legacy", "_method", "_names", "_template")

    kind = "Currently, HTTP"

    def __init__(
        self,
        name: str | None,
        place: Place,
        template: UrlTemplate,
        method: str,
        quality: Quality,
        properties: tuple[EndpointProperty, ...] = (),
        *,
        expressions: tuple[Expression, ...] = (),
        authentication: Authentication | None = None,
        legacy: bool = False,
    ) -> None:
        super().__init__(
            name,
            place,
            quality,
            tuple(each for each in properties if each.literal),
            late=tuple(each for each in properties if not each.literal),
            authentication=authentication,
        )
        self._template = template
        self._method = method
        self._legacy = legacy
        self._expressions = tuple(zip(template.expressions, expressions, strict=True))
        self._names = tuple(variable for variable in template.names if variable.startswith(_VARIABLES))
        variable = template.usable and (template.names or expressions or legacy)
        self._fixed = None if variable else template.text

    @property
    def content_aware(self) -> bool:
        return any(expression.content_aware for _, expression in self._expressions) or super().content_aware

    def method(self, message: MessageContext) -> str:
        if self._method:
            message.properties["HTTP_METHOD"] = self._method
            return self._method
        return super().method(message)

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        url = self._fixed
        if url is None:
            url = self._expanded(message)
            message.to = message.properties["DYNAMIC_URL_VALUE"] = url
        if self._method and not blocking:
            return url
        return endpoint_postfix(message, method, url)

    def _expanded(self, message: MessageContext) -> str:
        values: dict[str, str] = {}
        properties = message.properties
        for name in self._names:
            value = properties.get(name)
            if value is not None:
                values[name] = string_of(value) or ""
        for text, expression in self._expressions:
            values[text] = expression.text(message) or ""
        if not values and not any(name.startswith(_VARIABLES) for name in properties):
            return self._template.text
        if self._legacy:
            return decoded_again(self._template.expand({name: unquote_plus(value) for name, value in values.items()}))
        return self._template.expand(values)


@endpoint("http")
def read_http(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read an http endpoint."""
    from engine.endpoints.credentials import read_authentication

    method = node.choice("method", METHODS, "", strict=False, fold=True, otherwise="the method of the request is used")
    node.choice("version", ("1.1", "2.0"), "1.1", strict=False)
    attribute = (
        "uri" if node.element.get("uri-template") is None and node.element.get("uri") is not None else "uri-template"
    )
    text = node.attribute(attribute, required=True, why="it says where to send")
    quality = read_quality(node, build)
    properties = read_properties(outer, build) + read_properties(node, build)
    authentication = read_authentication(node, build, name)
    if text is None:
        return None
    text = deployed(node, attribute, text)
    legacy = text.startswith(_LEGACY)
    try:
        template = compile_url_template(text.removeprefix(_LEGACY))
    except ValueError as error:
        node.error(
            "SYN043",
            f"the uri-template {text!r} cannot be read: {error}",
            attribute=attribute,
            hint="variables look like {uri.var.id}",
        )
        return None
    check_address(node, template.text, attribute)
    _check_names(node, template, attribute)
    expressions = _compile_expressions(node, build, template, attribute)
    if expressions is None:
        return None
    return Http(
        name,
        build.place(node),
        template,
        method,
        quality,
        properties,
        expressions=expressions,
        authentication=authentication,
        legacy=legacy,
    )


def _check_names(node: Node, template: UrlTemplate, attribute: str) -> None:
    for variable in template.names:
        if not variable.startswith(_VARIABLES):
            node.warning(
                "SYN044",
                f"{{{variable}}} in the uri-template is never filled in: only uri.var.* and query.param.* are",
                attribute=attribute,
                hint=f"did you mean {{uri.var.{variable}}}?",
            )
    if not template.usable:
        node.warning(
            "SYN043",
            f"the text of the uri-template {template.text!r} has characters that no URI has, so it is called "
            "as it stands and nothing is filled in",
            attribute=attribute,
            hint="percent-encode them",
        )


def _compile_expressions(
    node: Node, build: Build, template: UrlTemplate, attribute: str
) -> tuple[Expression, ...] | None:
    compiled: list[Expression] = []
    for text in template.expressions:
        try:
            expression = compile_expression(text, node.namespaces)
        except ExpressionSyntaxError as error:
            node.warning(
                error.code,
                f"{text} in the uri-template is no expression and is sent as it is written: {error}",
                attribute=attribute,
                hint="set a property uri.var.NAME and write {uri.var.NAME}",
            )
            compiled.append(Literal(text))
            continue
        compiled.append(expression)
        node.info(
            "SYN048",
            f"{text} in a uri-template is evaluated and percent-encoded here; the reference engine sends it as it "
            "is written",
            attribute=attribute,
            hint="set a property uri.var.* to run the same on both",
        )
    return tuple(compiled)
