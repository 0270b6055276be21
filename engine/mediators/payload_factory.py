"""PayloadFactory mediator: makes a new body from a template."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.soap import envelope_version
from engine.codecs.xml import parse_xml, serialize_text, without_empty_defaults
from engine.errors import MediationError, PayloadError
from engine.expressions import Expression, ExpressionSyntaxError, Value, compile_expression
from engine.expressions.compiler import compile_json_path, compile_xpath
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.mediators.payload_template import Argument, Template, cut
from engine.mediators.payload_values import Kind, without_declaration
from engine.message.context import MessageContext
from engine.message.payload import Payload
from engine.message.values import copy_element
from engine.source.document import Element, Place
from engine.source.node import Node
from engine.values.json_document import JsonSyntaxError
from engine.values.json_lenient import parse_lenient

MEDIA_TYPES = ("xml", "json", "text")
_CONTENT_TYPES = {"json": "application/json", "xml": "application/xml", "text": "text/plain"}
_XML_TYPES = ("application/xml", "text/xml", "application/soap+xml")
_JSON_STARTS = frozenset("{[\"tfnTFN-0123456789'")
_SAMPLES = ("0", "", '"a":0', "{}")


@mediator("payloadFactory")
class PayloadFactory(SyncMediator):
    """Replace the body by the filled template; `template` is None where it comes from `key` for each message."""

    media: str = "xml"
    template: Template | None = None
    key: Value | None = None
    arguments: tuple[Argument, ...] = ()
    escape_controls: bool = False
    namespaces: tuple[tuple[str, str], ...] = ()
    ready: Element | None = None
    freemarker: bool = False

    @property
    def content_aware(self) -> bool:
        return not self.freemarker if self.template is None else self.template.content_aware

    def apply(self, message: MessageContext) -> Flow:
        if self.freemarker:
            raise MediationError(
                "FreeMarker templates are not supported by this version of synflow",
                detail=f"{self.place}: the flow was deployed with the warning SYN011",
            )
        template = self.template if self.template is not None else self._by_key(message)
        if self.media == "json":
            _set_json(message.payload, template.render(message))
        elif self.media == "text":
            message.payload.set_text(template.render(message))
        elif self.ready is not None:
            _set_element(message.payload, copy_element(self.ready))
        else:
            _set_element(message.payload, element_of(template.render(message)))
        axis2 = message.axis2
        axis2.pop("NO_ENTITY_BODY", None)
        if self.media != "xml" or axis2.get("messageType") not in _XML_TYPES:
            kind = _CONTENT_TYPES[self.media]
            axis2["messageType"] = axis2["ContentType"] = kind
            message.headers.set("Content-Type", kind)
        return CONTINUE

    def _by_key(self, message: MessageContext) -> Template:
        assert self.key is not None
        key = self.key.text(message) or ""
        entry = message.exchange.deployment.local_entries.get(key)
        text: str | None
        if entry is None:
            text = message.exchange.services.registry.text(key)
        elif entry.element is not None:
            text = _format_of_element(entry.element) if self.media == "xml" else serialize_text(entry.element)
        else:
            text = entry.text
        if text is None:
            raise MediationError(f"Key {key} not found ")
        return _cut_once(text, self.media, self.arguments, self.escape_controls, self.namespaces)

    @classmethod
    def from_element(cls, node: Node, build: Build) -> PayloadFactory | None:
        media = node.choice("media-type", MEDIA_TYPES, "", strict=False, otherwise="nothing is built") or (
            "xml" if node.element.get("media-type") in (None, "") else "none"
        )
        kind = node.choice("template-type", ("default", "freemarker"), "default", strict=False)
        escape = node.flag("escapeXmlChars")
        format_node = node.child("format", required=True, why="it is the template of the new body")
        args_node = node.child("args")
        node.finish()
        arguments = _read_arguments(args_node, build) if args_node is not None else ()
        if kind == "freemarker":
            _check_freemarker(node, format_node, build)
            return cls(place=build.place(node), freemarker=True)
        if format_node is None or arguments is None:
            return None
        if media == "none":
            format_node.accept_anything()
            return None
        key = build.key(format_node, "key", "localEntry")
        namespaces = tuple(node.namespaces.items())
        if key is not None:
            format_node.finish()
            return cls(
                place=build.place(node),
                media=media,
                key=key,
                arguments=arguments,
                escape_controls=escape,
                namespaces=namespaces,
            )
        text = _format_text(format_node, media)
        before = len(build.problems.errors)
        template = cut(
            text, media, arguments, lambda part: build.compiled_expression(format_node, part), escape_controls=escape
        )
        if len(build.problems.errors) > before:
            return None
        _check(format_node, media, text, template, len(arguments))
        return cls(
            place=build.place(node),
            media=media,
            template=template,
            arguments=arguments,
            ready=_ready(format_node, template) if media == "xml" else None,
        )


def _check_freemarker(node: Node, format_node: Node | None, build: Build) -> None:
    node.warning(
        "SYN011",
        "FreeMarker templates are not supported by this version of synflow; a message that gets here faults",
        attribute="template-type",
        hint="use the default template type with ${...} expressions",
    )
    if format_node is None:
        return
    build.key(format_node, "key", "localEntry")
    found = re.search(r"\$\d+", format_node.raw_text())
    if found is not None:
        format_node.warning(
            "SYN090",
            f"{found.group()} means nothing in a FreeMarker template and is written out as it stands",
            hint=f"write ${{args.arg{found.group()[1:]}}}",
        )
    format_node.accept_content()
    format_node.finish()


@lru_cache(maxsize=512)
def _cut_once(
    text: str,
    media: str,
    arguments: tuple[Argument, ...],
    escape_controls: bool,
    namespaces: tuple[tuple[str, str], ...],
) -> Template:
    """A template that came from a local entry or the registry: cut again only when its text has changed."""

    def compiled(part: str) -> Expression:
        try:
            return compile_expression(part, dict(namespaces))
        except ExpressionSyntaxError as error:
            raise MediationError(f"the template holds a wrong expression: {error}", detail=error.hint) from error

    return cut(text, media, arguments, compiled, escape_controls=escape_controls)


def _set_json(payload: Payload, text: str) -> None:
    text = text.strip() or "{}"
    if text[0] not in _JSON_STARTS:
        raise PayloadError(
            f"Error creating JSON Payload from source {text[:200]}",
            code=0,
            detail="the text that the template gives does not begin as JSON does",
        )
    payload.set_json_text(text.encode("utf-8", "surrogatepass"), lenient=True)


def element_of(text: str) -> Element:
    """The first element of a text. Raises PayloadError when there is none or it is malformed."""
    stripped = without_declaration(text).strip()
    try:
        return parse_xml(stripped)
    except FormatError:
        pass  # perhaps more than one element, or text around it: the first element counts
    try:
        padded = parse_xml(f"<pfPadding>{stripped}</pfPadding>")
    except FormatError as error:
        reason = f"Error creating SOAP Envelope from source {text[:200]}"
        raise PayloadError(reason, code=0, detail=str(error)) from error
    first = next((child for child in padded if isinstance(child.tag, str)), None)
    if first is None:
        raise PayloadError("Generated content is not a valid XML payload", code=0, detail=text[:200])
    return copy_element(first)


def _set_element(payload: Payload, element: Element) -> None:
    if envelope_version(element) is not None:
        payload.set_envelope(element)
    else:
        payload.set_element(element)


# -- reading the element
def _read_arguments(node: Node, build: Build) -> tuple[Argument, ...] | None:
    """The `<arg>` children; None when one of them is unusable."""
    read = [_read_argument(child, build) for child in node.children("arg")]
    node.finish()
    found = tuple(each for each in read if each is not None)
    return found if len(found) == len(read) else None


def _read_argument(node: Node, build: Build) -> Argument | None:
    value = build.constant(node, "value")
    text = node.attribute("expression", empty_ok=True)
    if value is not None and text is not None:
        node.warning(
            "SYN019",
            "an <arg> with a value and an expression takes the value; the expression is ignored",
            attribute="expression",
            hint="remove one of them",
        )
    evaluator = node.choice("evaluator", ("xml", "json"), "xml", strict=False, otherwise="it is read as XPath")
    literal = node.flag("literal")
    node.finish("deepCheck")
    if value is not None:
        return Argument(Kind.STATIC, None, value, literal)
    if text is None:
        node.error("SYN020", "Unsupported arg type. value or expression attribute required", hint='write value="..."')
        return None
    if not text.strip():
        node.error("SYN021", "Attribute value for xpath cannot be empty", attribute="expression")
        return None
    try:
        if evaluator == "json":
            return Argument(Kind.JSON, compile_json_path(text, node.namespaces), "", literal)
        if text.startswith(("json-eval(", "${")):
            hint = 'add evaluator="json"' if text.startswith("json") else "write the ${...} into the format itself"
            node.error(
                "SYN030",
                f"{text!r} is no XPath, which the expression of an <arg> is",
                attribute="expression",
                hint=hint,
            )
            return None
        expression = compile_xpath(text, node.namespaces)
    except ExpressionSyntaxError as error:
        node.error(error.code, str(error), attribute="expression", hint=error.hint)
        return None
    for note in expression.notes:
        node.warning(note.code, note.message, attribute="expression", hint=note.hint)
    return Argument(Kind.XPATH, expression, "", literal)


def _format_text(node: Node, media: str) -> str:
    """The template's text; of an inline XML template its first element without blanks between elements."""
    child = next((each for each in node.any_children()), None)
    text = node.raw_text()
    node.finish()
    if child is None:
        return text
    child.accept_anything()
    if media == "xml":
        return _format_of_element(child.element)
    return text


def _format_of_element(element: Element) -> str:
    twin = copy_element(element)
    for each in twin.iter():
        if each.text is not None and not each.text.strip():
            each.text = None
        if each.tail is not None and not each.tail.strip():
            each.tail = None
    return without_empty_defaults(serialize_text(twin))


def _ready(node: Node, template: Template) -> Element | None:
    """The element of a template without slots, made once."""
    if template.constant is None:
        return None
    try:
        return element_of(template.constant)
    except PayloadError as error:
        node.error(
            "SYN092",
            f"the format of media-type xml is no XML: {error.detail or error.message}",
            hint="close every element and declare every prefix",
        )
        return None


def _check(node: Node, media: str, text: str, template: Template, count: int) -> None:
    """Report what cannot work whatever the message holds."""
    if template.unfilled:
        name = f"${template.unfilled}"
        there = "there is no <arg>" if count == 0 else "there is 1 <arg>" if count == 1 else f"there are {count} <arg>"
        place = node.place if media == "xml" else _place_in(node, text, text.find(name))
        node.warning(
            "SYN090",
            f"{name} has no argument ({there}); from here on the template is copied as it stands",
            place=place,
            hint="add an <arg>, or remove the placeholder",
        )
    if media != "json":
        return
    problem: JsonSyntaxError | None = None
    for filler in _SAMPLES:
        try:
            parse_lenient(template.sample(filler).strip())
        except JsonSyntaxError as error:
            problem = problem or error
        else:
            return
    if problem is not None:
        start = node.document.text_place(node.element)
        column = problem.column if problem.line > 1 else start.column
        node.warning(
            "SYN091",
            f"the format cannot become JSON, whatever is put in: {problem.reason}",
            place=Place(start.file, start.line + problem.line - 1, column),
            hint="check braces, commas and quotes",
        )


def _place_in(node: Node, text: str, offset: int) -> Place:
    """The place of a character of the template."""
    start = node.document.text_place(node.element)
    before = text[len(text) - len(text.lstrip()) : max(offset, 0)]
    lines = before.count("\n")
    column = len(before) - before.rfind("\n") if lines else start.column + len(before)
    return Place(start.file, start.line + lines, column)
