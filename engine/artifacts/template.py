"""`<template name=...>`: a sequence with parameters, or an endpoint with parameters."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.diagnostics import Severity
from engine.mediators.flow import MediatorList, SequenceTemplate, TemplateParameter
from engine.source.document import local_name
from engine.source.node import Node


@artifact("template")
def read_template(node: Node, build: Build) -> Iterator[Artifact]:
    """Read a template; with an `<endpoint>` child it is an endpoint template."""
    name = node.attribute("name", required=True)
    on_error = node.attribute("onError")
    if on_error is not None:
        build.refer("sequence", on_error, node, "onError")
    parameters = _read_parameters(node)
    _check_order(node)
    endpoint = node.child("endpoint")
    if endpoint is not None:
        from engine.endpoints.template import read_endpoint_template

        template = read_endpoint_template(name or "", parameters, endpoint, build)
        node.finish()
        if name is not None and template is not None:
            yield Artifact("endpointTemplate", name, template, build.place(node))
        return
    body = node.child(
        "sequence", required=True, why="its mediators are what a call of the template runs", after=("parameter",)
    )
    mediators = build.mediators(body, name=f"template {name}") if body is not None else MediatorList(())
    if body is not None:
        body.attribute("name")
        body.attribute("onError")
        body.finish()
    node.finish()
    if name is not None:
        item = SequenceTemplate(name, parameters, mediators, on_error, build.place(node))
        yield Artifact("template", name, item, build.place(node))


def _check_order(node: Node) -> None:
    body = None
    for child in node.element:
        if not isinstance(child.tag, str):
            continue
        if local_name(child) in ("sequence", "endpoint"):
            body = child
        elif local_name(child) == "parameter" and body is not None:
            node.report(
                "SYN018",
                Severity.INFO,
                f"a <parameter> behind the <{local_name(body)}> counts like the others, but readers look for it before",
                place=node.document.place(child),
                hint="move it up",
            )


def _read_parameters(node: Node) -> tuple[TemplateParameter, ...]:
    parameters: dict[str, TemplateParameter] = {}
    for child in node.children("parameter"):
        parameter = _read_parameter(child)
        if parameter.name and parameter.name in parameters:
            child.warning(
                "SYN026",
                f"the template has the parameter {parameter.name!r} already; the last one counts",
                attribute="name",
                hint="remove one of them",
            )
        parameters[parameter.name] = parameter
    return tuple(parameters.values())


def _read_parameter(node: Node) -> TemplateParameter:
    name = node.attribute("name", why="the parameter does not exist without it")
    if name is None and not node.has("name"):
        node.warning(
            "SYN020", "the 'name' attribute is required for <parameter>; without it the parameter does not exist"
        )
    mandatory = node.flag("isMandatory")
    default = node.attribute("defaultValue", empty_ok=True)
    node.finish()
    return TemplateParameter(name or "", mandatory, default)
