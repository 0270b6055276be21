"""Descriptions answered before mediation: OpenAPI of an API, WSDL of a proxy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.artifacts.api import METHODS, Api, Resource
from engine.artifacts.uri_template import UriTemplate, Variables

if TYPE_CHECKING:
    from engine.runtime.deployment import Deployment

_WSDL_QUERIES = ("wsdl", "wsdl2")


def _first_parameter(target: str) -> str:
    query = target.partition("?")[2]
    return query.partition("&")[0].partition("=")[0]


def wants_description(target: str) -> bool:
    """Whether the first query parameter asks for the OpenAPI definition of an API."""
    return "?swagger." in target and _first_parameter(target) in ("swagger.json", "swagger.yaml")


def wants_wsdl(postfix: str) -> bool:
    """Whether the first query parameter of a service's address asks for its WSDL."""
    return "?wsdl" in postfix and _first_parameter(postfix) in _WSDL_QUERIES


def describe_api(deployment: Deployment, target: str, scheme: str, host: str) -> tuple[str, bytes] | None:
    """Content type and OpenAPI definition of the API whose name is the path; None when there is no such API."""
    name = target.partition("?")[0].removeprefix("/")
    api = next((each for each in deployment.apis if each.name == name), None)
    if api is None:
        return None
    definition = openapi(api, f"{scheme}://{host}")
    if _first_parameter(target) == "swagger.json":
        return "application/json", json.dumps(definition, indent=2).encode()
    # JSON is YAML too; quoted scalars keep every name and path safe.
    return "application/yaml", "\n".join(_yaml(definition)).encode() + b"\n"


def openapi(api: Api, server: str) -> dict[str, object]:
    """An OpenAPI definition made from the resources."""
    paths: dict[str, dict[str, object]] = {}
    for resource in api.resources:
        path, parameters = _path(resource)
        operations = paths.setdefault(path, {})
        for method in METHODS:
            if method in resource.methods or (not resource.methods and method != "OPTIONS"):
                operation: dict[str, object] = {"responses": {"default": {"description": "Default response"}}}
                if parameters:
                    operation["parameters"] = parameters
                operations.setdefault(method.lower(), operation)
    return {
        "openapi": "3.0.3",
        "info": {"title": api.name, "version": api.version or "1.0.0"},
        "servers": [{"url": f"{server}{api.prefix or '/'}"}],
        "paths": paths,
    }


def _path(resource: Resource) -> tuple[str, list[dict[str, object]]]:
    mapping = resource.mapping
    if not isinstance(mapping, UriTemplate):
        return (mapping.text if mapping is not None else "/*"), []
    path, _, query = "".join(
        "".join(f"{{{name}}}" for name in part.names) if isinstance(part, Variables) else part.text
        for part in mapping.parts
    ).partition("?")
    parameters: list[dict[str, object]] = []
    for name in mapping.names:
        place = "path" if f"{{{name}}}" in path else "query"
        if place == "query":
            name = next((pair.partition("=")[0] for pair in query.split("&") if f"{{{name}}}" in pair), name)
        parameters.append({"name": name, "in": place, "required": True, "schema": {"type": "string"}})
    return path, parameters


def _yaml(value: object, indent: str = "") -> list[str]:
    """Block YAML of mappings, lists, strings and booleans."""
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list) and item:
                lines += [f"{indent}{json.dumps(key)}:", *_yaml(item, indent + "  ")]
            else:
                lines.append(f"{indent}{json.dumps(key)}: {json.dumps(item)}")
    elif isinstance(value, list):
        for item in value:
            nested = _yaml(item, indent + "  ")
            lines += [f"{indent}- {nested[0].lstrip()}", *nested[1:]]
    else:
        lines.append(f"{indent}{json.dumps(value)}")
    return lines
