"""Endpoint templates, and the endpoints made of them: `<endpoint template="T" uri="U"><parameter .../></endpoint>`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy

from engine.build import Build
from engine.diagnostics import Problems
from engine.endpoints.base import Endpoint
from engine.endpoints.destination import deployed
from engine.endpoints.forwarding import Forwarding
from engine.errors import DeliveryError, ErrorCode
from engine.expressions.scopes import SYSTEM_PROPERTIES
from engine.mediators.flow import TemplateParameter
from engine.message.context import MessageContext
from engine.records import dataclass
from engine.source.document import Document, Element, Place
from engine.source.node import Node

_SYSTEM = re.compile(r"\{system\.prop\.([^}]+)\}")


@dataclass(frozen=True, slots=True)
class EndpointTemplate:
    """A template: the `<endpoint>` as it is written, and the parameters that are filled into it."""

    name: str
    parameters: frozenset[str]
    element: Element
    document: Document
    place: Place


class TemplateEndpoint(Forwarding):
    """An endpoint made of a template. It is compiled when the first message needs it, and anew for another template."""

    __slots__ = ("_made", "template", "values")

    def __init__(self, name: str | None, place: Place, template: str, values: dict[str, str]) -> None:
        super().__init__(name, place)
        self.template = template
        self.values = values
        self._made: tuple[EndpointTemplate, Endpoint] | None = None

    def target(self, message: MessageContext) -> Endpoint:
        """The compiled endpoint. Raises DeliveryError when the template is not deployed or gives no endpoint."""
        template: EndpointTemplate | None = message.exchange.deployment.endpoint_templates.get(self.template)
        if template is None:
            raise DeliveryError(
                f"Endpoint template {self.template} cannot be found",
                code=ErrorCode.INDIRECT_ENDPOINT_NOT_READY,
                detail=f"endpoint {self.label} is made of it",
            )
        made = self._made
        if made is None or made[0] is not template:
            made = self._made = (template, self._compile(template))
        return made[1]

    def _compile(self, template: EndpointTemplate) -> Endpoint:
        values = {"name": self.name or "", **self.values}
        element = deepcopy(template.element)
        for each in element.iter():
            if isinstance(each.tag, str):
                _fill(each, values, template.parameters)
        problems = Problems()
        node = Node(element, template.document, problems, f"endpoint {self.label}")
        made = Build(template.document, problems).endpoint(node)
        if made is None or problems.errors:
            raise DeliveryError(
                f"Endpoint template {self.template} gives no endpoint for {self.label}: "
                + "; ".join(str(problem) for problem in problems.errors),
                code=ErrorCode.INDIRECT_ENDPOINT_NOT_READY,
            )
        if self.on_error is not None:
            made.on_error = self.on_error
        made.identity = f"{self.identity} {made.identity}"
        return made


_STRUCTURE = frozenset({"SYN003", "SYN012", "SYN013", "SYN014", "SYN020", "SYN025", "SYN026"})
"""Codes of problems that no value of a parameter can mend."""


def _check(node: Node, build: Build) -> None:
    """Report what is wrong with the endpoint whatever its parameters will be: nothing about lines that hold a `$`."""
    problems = Problems()
    trial = Build(build.document, problems)
    trial.endpoint(Node(node.element, build.document, problems, node.artifact))
    build.problems.extend(
        each for each in problems if each.code in _STRUCTURE or "$" not in build.document.line_text(each.line)
    )
    build.references.extend(each for each in trial.references if "$" not in each.key)
    node.accept_anything()


def _fill(element: Element, values: dict[str, str], parameters: frozenset[str]) -> None:
    """Replace `$name` where it is the whole of an attribute or text, and `{system.prop.X}` anywhere."""
    for attribute, value in element.attrib.items():
        element.set(attribute, _filled(str(value), values, parameters))
    text = element.text
    if text and ("$" in text or "{system.prop." in text):
        element.text = _filled(text.strip(), values, parameters)


def _filled(text: str, values: dict[str, str], parameters: frozenset[str]) -> str:
    if text.startswith("$") and (text[1:] in parameters or text[1:] in ("name", "uri")):
        text = values.get(text[1:], text)
    if "{system.prop." in text:
        text = _SYSTEM.sub(lambda match: str(SYSTEM_PROPERTIES.get(match.group(1), match.group())), text)
    return text


def read_template_endpoint(name: str | None, node: Node, build: Build) -> Endpoint | None:
    """An endpoint made of a template; None when it names none."""
    template = node.attribute("template", required=True)
    values: dict[str, str] = {}
    uri = node.attribute("uri")
    if uri is not None:
        values["uri"] = deployed(node, "uri", uri)
    for child in node.children("parameter"):
        parameter = child.attribute("name", required=True)
        value = child.attribute("value", empty_ok=True)
        child.finish()
        if parameter is not None and value is not None:
            values[parameter] = deployed(child, "value", value)
    node.finish(known_children=("parameter",))
    if template is None:
        return None
    build.refer("endpointTemplate", template, node, "template")
    return TemplateEndpoint(name, build.place(node), template, values)


def read_endpoint_template(
    name: str, parameters: Iterable[TemplateParameter], node: Node, build: Build
) -> EndpointTemplate | None:
    """The `<endpoint>` of a template, kept as it is written."""
    if not len(node.element):
        node.accept_anything()
        node.error("SYN025", "the <endpoint> of a template is empty", hint="write what its endpoints look like")
        return None
    _check(node, build)
    return EndpointTemplate(
        name, frozenset(each.name for each in parameters), deepcopy(node.element), build.document, build.place(node)
    )
