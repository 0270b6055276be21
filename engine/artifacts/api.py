"""`<api>`: a REST API with its resources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.artifacts.api_handlers import ApiHandler, BasicAuthHandler, CorsHandler, read_handlers
from engine.artifacts.base import Artifact, artifact, problem_at
from engine.artifacts.uri_template import UriTemplate
from engine.artifacts.url_mapping import UrlMapping
from engine.build import Build
from engine.diagnostics import Problem, Severity
from engine.mediators.flow import MediatorList
from engine.records import dataclass
from engine.source.document import Place
from engine.source.node import Node, attempt

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
DEFAULT_ENTRY = "default"

SequenceRef = MediatorList | str | None
"""Mediators written in place, the key of a sequence, or nothing."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of an API. `methods` empty means every method; `mapping` None makes it the default resource."""

    methods: frozenset[str]
    mapping: UriTemplate | UrlMapping | None
    in_sequence: SequenceRef
    out_sequence: SequenceRef
    fault_sequence: SequenceRef
    label: str
    place: Place
    protocol: str = ""
    content_type: str = ""
    user_agent: re.Pattern[str] | None = None
    binds_to: tuple[str, ...] = (DEFAULT_ENTRY,)

    @property
    def mapping_text(self) -> str:
        """The mapping as written, "" for the default resource."""
        return self.mapping.text if self.mapping is not None else ""

    def takes(self, method: str) -> bool:
        """Whether requests with this method come here; every resource accepts OPTIONS."""
        return not self.methods or method in self.methods or method == "OPTIONS"


@dataclass(frozen=True, slots=True)
class Api:
    """A REST API. `name` is the effective one (`name:vVERSION`), `prefix` the path before the resources."""

    name: str
    context: str
    resources: tuple[Resource, ...]
    place: Place
    version: str = ""
    version_type: str = ""
    host: str = ""
    port: int = 0
    transport: str = ""
    binds_to: tuple[str, ...] = (DEFAULT_ENTRY,)
    handlers: tuple[ApiHandler, ...] = ()
    cors: CorsHandler | None = None
    swagger: str = ""

    @property
    def prefix(self) -> str:
        """Context, and the version where it is a segment of the URL."""
        return f"{self.context}/{self.version}" if self.version_type == "url" else self.context


@artifact("api")
def read_api(node: Node, build: Build) -> Iterator[Artifact]:
    """Read an API and its resources (APIFactory of the reference engine)."""
    plain_name = node.attribute("name", required=True)
    version, version_type = _read_version(node)
    context = _read_context(node, version, version_type)
    name = f"{plain_name}:v{version}" if version_type else plain_name
    binds_to = _names(node.attribute("binds-to")) or (DEFAULT_ENTRY,)
    transport = _protocol(node, "transports")
    port = node.integer("port", 0, minimum=1, maximum=65535) or 0
    host = node.attribute("hostname") or ""
    swagger = node.attribute("publishSwagger") or ""
    node.flag("validateSchema")
    node.attribute("version-param")
    read_switches(node)
    resources = [read_resource(child, build, f"api {name}", binds_to) for child in node.children("resource")]
    if not resources:
        node.error(
            "SYN062",
            "An API must contain at least one resource definition",
            hint="add a <resource> to it" if node.namespace else "are its elements in the Synapse namespace?",
        )
    _check_resources(node, resources)
    handlers = read_handlers(node)
    node.finish(known_children=("resource", "handlers"))
    if name and context is not None:
        cors = next((handler for handler in handlers if isinstance(handler, CorsHandler)), None)
        place = build.place(node)
        yield Artifact(
            "api",
            name,
            Api(
                name,
                context,
                tuple(resources),
                place,
                version,
                version_type,
                host,
                port,
                transport,
                binds_to,
                handlers,
                cors,
                swagger,
            ),
            place,
        )


def _read_version(node: Node) -> tuple[str, str]:
    version = node.attribute("version") or ""
    kind = node.attribute("version-type")
    if not version:
        if kind is not None:
            node.warning(
                "SYN061",
                "'version-type' without 'version' does nothing",
                attribute="version-type",
                hint='add version="..." or remove version-type',
            )
        return "", ""
    if kind is None:
        node.error(
            "SYN061",
            "Attribute 'version-type' is required for an API definition",
            attribute="version",
            hint='write version-type="url" (/context/version/...) or "context" ({version} in the context)',
        )
        return version, ""
    return version, node.chosen("'version-type'", kind, ("url", "context"), "", attribute="version-type")


def _read_context(node: Node, version: str, version_type: str) -> str | None:
    written = node.attribute("context", required=True)
    if written is None:
        return None
    context = written.replace("{version}", version) if version_type == "context" else written
    if not context.startswith("/"):
        node.error(
            "SYN060",
            "API context must begin with '/' character",
            attribute="context",
            hint=f'write context="/{context.split("://")[-1]}"',
        )
        return None
    if version_type == "context" and "{version}" not in written:
        node.warning(
            "SYN060",
            f"the context {written!r} has no {{version}}, so the version is not in the URL",
            attribute="context",
            hint='write {version} where it belongs, or version-type="url"',
        )
    stripped = context.rstrip("/")
    if stripped != context and context != "/":
        node.warning(
            "SYN060",
            f"the / at the end of the context {written!r} is removed: it is {stripped or '/'!r}",
            attribute="context",
            hint="remove it",
        )
    if "//" in stripped or re.search(r"[?#*{}\s]", stripped):
        node.warning(
            "SYN060",
            f"the context {written!r} is compared literally with the path: no usual request reaches this API",
            attribute="context",
            hint="variables and wildcards belong in uri-template",
        )
    return stripped


def read_switches(node: Node) -> None:
    """`statistics` and `trace` of an artifact, which act only when they say enable."""
    for name in ("statistics", "trace"):
        node.choice(name, ("enable", "disable"), "disable", strict=False, otherwise="it counts as disable")


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name for name in re.split(r"[\s,]+", text or "") if name)


def _protocol(node: Node, attribute: str) -> str:
    value = node.attribute(attribute)
    if value is None:
        return ""
    if value not in ("http", "https"):
        node.error(
            "SYN070",
            f"Invalid protocol name: {value}",
            attribute=attribute,
            hint="write http or https, or leave it out for both",
        )
        return ""
    return value


def read_resource(node: Node, build: Build, owner: str, binds_to: tuple[str, ...]) -> Resource:
    """Read one resource (ResourceFactory of the reference engine)."""
    methods = _read_methods(node)
    mapping = _read_mapping(node)
    label = f"{owner} > {','.join(sorted(methods)) or '*'} {mapping.text if mapping is not None else '/*'}"
    sequences = [read_sequence_part(node, build, tag, label) for tag in ("inSequence", "outSequence", "faultSequence")]
    if sequences[0] is None:
        node.warning(
            "SYN068",
            "this resource has no inSequence: requests get 202 with an empty body and are lost",
            hint='add an <inSequence> or inSequence="..."',
        )
    content_type = node.attribute("content-type") or ""
    if content_type and not re.fullmatch(r"[^/\s]+/[^/\s]+.*", content_type):
        node.error(
            "SYN070",
            f"Invalid content type: {content_type}",
            attribute="content-type",
            hint="write type/subtype, as in the request's header",
        )
    agent = node.attribute("user-agent")
    own_binds = _names(node.attribute("binds-to"))
    if not set(own_binds) <= set(binds_to):
        node.error(
            "SYN070",
            "A resource definition's 'binds-to' must be a subset of its API definition's 'binds-to'",
            attribute="binds-to",
            hint="name only entries of the API: " + ", ".join(binds_to),
        )
    resource = Resource(
        methods,
        mapping,
        sequences[0],
        sequences[1],
        sequences[2],
        label,
        build.place(node),
        _protocol(node, "protocol"),
        content_type,
        build.regex(node, "user-agent", agent) if agent else None,
        own_binds or binds_to,
    )
    node.finish(known_children=("inSequence", "outSequence", "faultSequence"))
    return resource


def read_sequence_part(node: Node, build: Build, tag: str, label: str) -> SequenceRef:
    """An in, out or fault sequence given as attribute or child; the attribute wins."""
    key = node.attribute(tag)
    child = node.child(tag)
    inline = build.mediators(child, name=f"{label} > {tag}") if child is not None else None
    if child is not None:
        child.finish()
    if key is None:
        return inline
    build.refer("sequence", key, node, tag)
    if inline is not None:
        node.warning(
            "SYN068",
            f"<{node.tag}> has {tag} as attribute and as child; the attribute counts, the child is dropped",
            attribute=tag,
            hint="remove one of them",
        )
    return key


def _read_methods(node: Node) -> frozenset[str]:
    written = (node.attribute("methods") or "").split()
    for method in written:
        if method not in METHODS:
            near = method.upper().strip(",;")
            known = "methods are separated by one space, out of " + ", ".join(METHODS)
            node.error(
                "SYN065",
                f"Invalid or duplicate method definition for resource: {method!r}",
                attribute="methods",
                hint=f"did you mean {near}?" if near in METHODS else known,
            )
    if len(set(written)) < len(written):
        node.warning(
            "SYN065", f"methods={' '.join(written)!r} names a method twice", attribute="methods", hint="name each once"
        )
    return frozenset(written)


def _read_mapping(node: Node) -> UriTemplate | UrlMapping | None:
    pattern = node.attribute("url-mapping", why="the resource takes every path")
    text = node.attribute("uri-template", why="the resource takes every path")
    if pattern is not None:
        if text is not None:
            node.warning(
                "SYN064",
                "a resource has url-mapping or uri-template; here url-mapping counts and "
                f"uri-template {text!r} is dropped",
                attribute="uri-template",
                hint="make two resources of it",
            )
        mapping = UrlMapping(pattern)
        _report_doubts(node, "url-mapping", pattern, mapping.doubts)
        return mapping
    if text is None:
        return None
    template = attempt(
        node,
        "SYN063",
        lambda: _template(text),
        attribute="uri-template",
        hint="a template looks like /orders/{id}/items",
    )
    if template is not None:
        _report_doubts(node, "uri-template", text, template.doubts)
        if "{+" in text and "?" not in text.partition("{+")[0]:
            node.info(
                "SYN064",
                f"uri-template={text!r}: {{+name}} takes the rest of the URL, query included",
                attribute="uri-template",
                hint="write {name} for one segment",
            )
    return template


def _template(text: str) -> UriTemplate:
    try:
        return UriTemplate(text)
    except ValueError as error:
        raise ValueError(f"Error while parsing the URI template {text!r}: {error}") from error


def _report_doubts(node: Node, attribute: str, text: str, doubts: Iterable[str]) -> None:
    for doubt in doubts:
        node.warning("SYN064", f"{attribute}={text!r}: {doubt}", attribute=attribute)


def _check_resources(node: Node, resources: list[Resource]) -> None:
    for index, one in enumerate(resources):
        for other in resources[:index]:
            if one.mapping is None and other.mapping is None:
                node.error(
                    "SYN066",
                    "Only one resource can be designated as default: another without uri-template and "
                    f"url-mapping is at line {other.place.line}",
                    place=one.place,
                    hint="give one of them a uri-template, or list all methods on one",
                )
                break
            if one.mapping_text == other.mapping_text and one.methods & other.methods:
                common = ", ".join(sorted(one.methods & other.methods))
                node.error(
                    "SYN066",
                    "Two resources cannot have the same path mapping and methods: "
                    f"{one.mapping_text!r} with {common} is at line {other.place.line} already",
                    place=one.place,
                    hint="remove one of them",
                )
                break


def check_registrations(
    artifacts: Iterable[Artifact], serving: Iterable[Artifact] = ()
) -> tuple[list[Artifact], list[Problem]]:
    """The artifacts without those APIs that cannot live beside another one, and what is wrong with these.

    Of two with one context and version, or one name, the one that serves already stays, else the first
    (SynapseConfiguration.addAPI of the reference engine).
    """
    listed = list(artifacts)
    in_service = {each.name for each in serving if isinstance(each.item, Api)}
    problems: list[Problem] = []
    refused: set[int] = set()
    by_path: dict[tuple[str, str], Artifact] = {}
    by_name: dict[str, Artifact] = {}
    for each in sorted(listed, key=lambda artifact: artifact.name not in in_service):
        api = each.item
        if not isinstance(api, Api):
            continue
        path = (api.context, api.version)
        other = by_path.get(path) or by_name.get(api.name)
        if other is None:
            by_path[path] = by_name[api.name] = each
            continue
        refused.add(id(each))
        text = (
            f"URL context: {api.context or '/'} is already registered with the API: {other.name}"
            if path in by_path
            else f"Duplicate resource definition by the name: {api.name}"
        )
        problems.append(
            problem_at(
                each.place,
                "SYN067",
                Severity.ERROR,
                f"{text} ({other.place})",
                f"api {each.name}",
                "change the context, the version or the name of one of them",
            )
        )
    return [each for each in listed if id(each) not in refused], problems


__all__ = [
    "DEFAULT_ENTRY",
    "METHODS",
    "Api",
    "BasicAuthHandler",
    "Resource",
    "SequenceRef",
    "check_registrations",
    "read_api",
    "read_sequence_part",
    "read_switches",
]
