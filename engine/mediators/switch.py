"""Switch mediator: the first case whose pattern matches a text."""

from __future__ import annotations

import asyncio
import re

from engine.build import Build
from engine.expressions import Expression
from engine.mediators.base import CONTINUE, Flow, Mediator, mediator
from engine.mediators.flow import MediatorList
from engine.message.context import MessageContext
from engine.source.node import Node


@mediator("switch")
class Switch(Mediator):
    """Run the first case that matches the whole text of `source`, else the default."""

    looks_apart = True
    source: Expression
    cases: tuple[tuple[re.Pattern[str], MediatorList], ...] = ()
    default: MediatorList | None = None

    @property
    def content_aware(self) -> bool:
        return self.source.content_aware

    async def mediate(self, message: MessageContext) -> Flow:
        apart = self.source.takes_long(message)
        text = await asyncio.to_thread(self.source.text, message) if apart else self.source.text(message)
        if text is not None:
            for pattern, mediators in self.cases:
                if pattern.fullmatch(text):
                    return await mediators.run(message)
        return CONTINUE if self.default is None else await self.default.run(message)

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Switch | None:
        source = build.expression(node, "source", required=True)
        cases: list[tuple[re.Pattern[str], MediatorList]] = []
        for child in node.children("case"):
            text = child.attribute("regex", required=True, empty_ok=True)
            pattern = build.regex(child, "regex", text) if text is not None else None
            if (
                pattern is not None
                and text
                and pattern.fullmatch("")
                and "|" in text
                and (text.endswith("|") or text.startswith("|") or "||" in text)
            ):
                child.warning(
                    "SYN038",
                    f"the pattern {text!r} also matches an empty text: a missing value takes this case",
                    attribute="regex",
                    hint="remove the empty alternative",
                )
            mediators = build.mediators(child, name=f"case {text}")
            child.finish()
            if pattern is not None:
                if any(pattern.pattern == other.pattern for other, _ in cases):
                    child.warning(
                        "SYN026",
                        f"a case before it has the pattern {text!r} too, so this one never runs",
                        attribute="regex",
                        hint="remove one of them",
                    )
                cases.append((pattern, mediators))
        default_node = node.child("default")
        default = None
        if default_node is not None:
            default = build.mediators(default_node, name="default")
            default_node.finish()
        node.finish()
        if source is None:
            return None
        return cls(place=build.place(node), source=source, cases=tuple(cases), default=default)
