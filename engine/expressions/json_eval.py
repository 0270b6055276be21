"""`json-eval(...)`: a JSONPath over the payload, or over a property's text with `$ctx:name.path` and its kin."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.errors import ErrorCode, ExpressionError
from engine.expressions.base import Expression, ExpressionSyntaxError, Note
from engine.expressions.json_payload import text_in
from engine.expressions.jsonpath import JsonPath, JsonPathSyntaxError, compile_jsonpath
from engine.expressions.scopes import VARIABLE_SCOPES, Read
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import JsonValue, string_of
from engine.values.json_document import Json, JsonSyntaxError, parse
from engine.values.missing import MISSING, Missing

# The part of a path between braces is evaluated first and its text spliced in (SynapseJsonPath).
_SPLICE = re.compile(r"\{[^\s\",<>}\]]+\}")
_SOURCE = re.compile(r"\$?(ctx|trp|axis2):([\w\-]+(?:\.[\w\-]+)*?)(?=$|[.\[])(.*)", re.DOTALL)


def compile_json_eval(text: str, namespaces: Mapping[str, str]) -> Expression:
    """Compile `json-eval(PATH)`. Raises ExpressionSyntaxError with the position in the whole text."""
    path = text[len("json-eval(") : -1]
    notes: tuple[Note, ...] = ()
    if not text.endswith(")"):
        notes = (
            Note(
                "SYN034",
                f"json-eval( is never closed: its last character is cut, so {path!r} is read",
                f"write {text})",
            ),
        )
    if not path.strip():
        raise ExpressionSyntaxError(
            "json-eval() holds no path", code="SYN031", position=len("json-eval("), hint="write json-eval($.member)"
        )
    return JsonEval(text, path.strip(), namespaces, notes)


class JsonEval(Expression):
    """A compiled json-eval expression."""

    __slots__ = ("_path", "_read", "_spliced", "_whole", "path_text")

    def __init__(self, source: str, path: str, namespaces: Mapping[str, str], notes: tuple[Note, ...]) -> None:
        self.path_text = path
        self._read: tuple[Read, str] | None = None
        scoped = _SOURCE.fullmatch(path) if path.startswith(("$ctx:", "$trp:", "$axis2:")) else None
        if scoped is not None:
            self._read = (VARIABLE_SCOPES[scoped.group(1)], scoped.group(2).partition(".")[0])
            rest = path[path.index(":") + 1 + len(self._read[1]) :]
            path = "$" + rest
        self._whole = path in ("$", "$.")
        self._spliced: tuple[str | Expression, ...] | None = None
        self._path: JsonPath | None = None
        if _SPLICE.search(path):
            self._spliced = _split(path, namespaces)
            _compiled(_SPLICE.sub("x", path), source)
        else:
            self._path = _compiled(path, source)
        super().__init__(
            source,
            content_aware=self._read is None
            or any(isinstance(part, Expression) and part.content_aware for part in self._spliced or ()),
            notes=notes,
        )

    def path(self, message: MessageContext) -> JsonPath:
        """The JSONPath to use for this message (the compiled one, unless parts of it are spliced in)."""
        if self._path is not None:
            return self._path
        assert self._spliced is not None
        text = "".join(part if isinstance(part, str) else part.text(message) or "" for part in self._spliced)
        try:
            return compile_jsonpath(text)
        except JsonPathSyntaxError as error:
            raise ExpressionError(f"json-eval: {text!r} is no JSONPath: {error}") from error

    def document(self, message: MessageContext) -> Json | Missing:
        """What the path is applied to: the payload as JSON, or the text of the property named in it."""
        if self._read is None:
            return message.payload.json()
        value = self._read[0](message, self._read[1])
        if value is None:
            return MISSING
        if isinstance(value, JsonValue):
            return value.value
        try:
            return parse(string_of(value) or "")
        except JsonSyntaxError as error:
            raise ExpressionError(
                f"{self.source}: the property {self._read[1]!r} does not hold JSON: {error}"
            ) from error

    def json(self, message: MessageContext) -> Json | Missing:
        """The result as JSON: of a definite path the value or MISSING, else a list."""
        document = self.document(message)
        return MISSING if document is MISSING else self.path(message).value(document)

    def value(self, message: MessageContext) -> object | None:
        """Always text, as the reference engine hands it on."""
        return self.text(message)

    def text(self, message: MessageContext) -> str | None:
        if self._whole and self._read is None and message.payload.kind is PayloadKind.JSON:
            return message.payload.json_text().decode("utf-8", "replace")
        if self._whole and self._read is not None:
            return string_of(self._read[0](message, self._read[1])) or ""
        if self._read is None and message.payload.kind is PayloadKind.JSON:
            return text_in(message.payload, self.path(message))
        document = self.document(message)
        if document is MISSING:
            return ""
        path = self.path(message)
        if self._read is not None and path.definite and path.value(document) is MISSING:
            raise ExpressionError(
                f"{self.source}: there is no such member in property {self._read[1]!r}", code=ErrorCode.DEFAULT
            )
        return path.text(document)


def _compiled(path: str, source: str) -> JsonPath:
    try:
        return compile_jsonpath(path)
    except JsonPathSyntaxError as error:
        raise ExpressionSyntaxError(
            f"{source!r} is no JSONPath: {error}", code="SYN031", position=error.position
        ) from error


def _split(path: str, namespaces: Mapping[str, str]) -> tuple[str | Expression, ...]:
    from engine.expressions.compiler import compile_expression

    parts: list[str | Expression] = []
    position = 0
    for match in _SPLICE.finditer(path):
        parts.append(path[position : match.start()])
        parts.append(compile_expression(match.group()[1:-1], namespaces))
        position = match.end()
    parts.append(path[position:])
    return tuple(part for part in parts if part != "")
