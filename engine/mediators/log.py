"""Log mediator: writes chosen details of the message to the log."""

from __future__ import annotations

import logging

from engine.build import Build
from engine.errors import MediationError
from engine.expressions import Expression
from engine.expressions.template import Template, compile_template
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.message.context import MessageContext
from engine.message.values import serialize
from engine.source.node import Node

LEVELS = ("simple", "headers", "full", "custom")
CATEGORIES = {
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
    "TRACE": 5,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}
log = logging.getLogger("synflow.LogMediator")


@mediator("log")
class Log(SyncMediator):
    """Write chosen details of the message to the log."""

    level: str = "simple"
    category: int = logging.INFO
    separator: str = ", "
    text: Template | None = None
    with_message_id: bool = False
    properties: tuple[tuple[str, str | Expression], ...] = ()

    @property
    def content_aware(self) -> bool:
        if self.level not in ("custom", "template"):
            return True
        if self.text is not None and self.text.content_aware:
            return True
        return any(isinstance(value, Expression) and value.content_aware for _, value in self.properties)

    def apply(self, message: MessageContext) -> Flow:
        if log.isEnabledFor(self.category):
            log.log(self.category, "%s%s", self._prefix(message), self._line(message))
        return CONTINUE

    def _prefix(self, message: MessageContext) -> str:
        exchange = message.exchange
        if self.level == "template" and exchange.log_detail:
            return exchange.log_detail
        return exchange.log_prefix

    def _line(self, message: MessageContext) -> str:
        parts: list[str] = []
        if self.level == "template" and self.with_message_id:
            parts.append(f"MessageID: {message.identity()}, correlation_id: {message.exchange.correlation_id}, ")
        separator = self.separator
        out: list[str] = []
        if self.text is not None:
            out.append(self.text.text(message))
        if self.level in ("simple", "full"):
            out.extend(_simple(message))
        elif self.level == "headers":
            out.extend(_soap_headers(message))
        for name, value in self.properties:
            shown = value if isinstance(value, str) else value.text(message)
            out.append(f"{name} = {'null' if shown is None else shown}")
        if self.level == "full":
            out.append(_payload(message))
        return "".join(parts) + separator.join(out)

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Log | None:
        text_node = node.child("message")
        text = None
        if text_node is not None:
            text = compile_template(text_node, build, unescape(text_node.raw_text()))
            text_node.finish()
        level = node.choice("level", LEVELS, "")
        if node.flag("logFullPayload"):
            level = "full"
        if not level:
            level = "template" if text_node is not None else "simple"
        category = node.choice("category", tuple(CATEGORIES), "INFO", fold=True)
        separator = node.attribute("separator", ", ", empty_ok=True) or ""
        with_id = node.flag("logMessageID")
        properties = []
        for child in node.children("property"):
            name = child.attribute("name", required=True)
            expression = build.expression(child, "expression")
            value = build.constant(child, "value")
            if value is not None and not value.strip():
                child.error(
                    "SYN021",
                    "Entry attribute value (if specified) is required for a Log property",
                    attribute="value",
                    hint="write a value or remove the property",
                )
            elif value is not None and child.has("expression") and child.element.get("expression") is not None:
                child.warning(
                    "SYN019",
                    "a log property with a value and an expression shows the value; the expression is ignored",
                    attribute="expression",
                    hint="remove one of them",
                )
            if value is None and not child.has("expression"):
                if not child.any_children():
                    child.error(
                        "SYN020", "a log property needs a 'value' or an 'expression' attribute", hint="add one of them"
                    )
                value = ""
            child.finish()
            shown = value if value is not None else expression
            if name is not None and shown is not None:
                properties.append((name, shown))
        node.finish()
        return cls(
            place=build.place(node),
            level=level,
            category=CATEGORIES[category],
            separator=unescape(separator),
            text=text,
            with_message_id=with_id,
            properties=tuple(properties),
        )


def unescape(text: str) -> str:
    r"""The two-character sequences \n and \t as line break and tab."""
    return text.replace("\\n", "\n").replace("\\t", "\t")


def _simple(message: MessageContext) -> list[str]:
    addressing = message.addressing
    parts = [f"To: {message.to or ''}"]
    for label, key in (("From", "From"), ("WSAction", "Action"), ("SOAPAction", "SOAPAction"), ("ReplyTo", "ReplyTo")):
        value = addressing.get(key)
        if value:
            parts.append(f"{label}: {value}")
    parts.append(f"MessageID: {message.identity()}")
    if message.exchange.correlation_id:
        parts.append(f"correlation_id: {message.exchange.correlation_id}")
    parts.append(f"Direction: {'response' if message.is_response else 'request'}")
    return parts


def _soap_headers(message: MessageContext) -> list[str]:
    from engine.codecs.soap import header_of

    header = header_of(message.payload.envelope())
    if header is None:
        return []
    return [f"{child.tag.rpartition('}')[2]} : {child.text or ''}" for child in header if isinstance(child.tag, str)]


def _payload(message: MessageContext) -> str:
    payload = message.payload
    try:
        if payload.is_json:
            return f"Payload: {payload.json_text().decode('utf-8', 'replace')}"
        return f"Envelope: {serialize(payload.envelope())}"
    except ValueError as error:
        payload.clear()
        raise MediationError(f"Could not build full log message: {error}") from error
