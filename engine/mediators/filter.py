"""Filter mediator: one branch when a condition holds, another when it does not."""

from __future__ import annotations

import asyncio
import re

from engine.build import Build
from engine.expressions import Expression
from engine.mediators.base import CONTINUE, Flow, Mediator, mediator
from engine.mediators.branch import Branch, read_branch
from engine.message.context import MessageContext
from engine.source.node import Node


@mediator("filter")
class Filter(Mediator):
    """Run `then` when the condition holds, else `else`. With source and regex the whole text must match."""

    looks_apart = True
    condition: Expression
    regex: re.Pattern[str] | None = None
    then: Branch
    otherwise: Branch | None = None

    @property
    def content_aware(self) -> bool:
        return self.condition.content_aware

    def holds(self, message: MessageContext) -> bool:
        """Whether the condition holds for this message."""
        if self.regex is None:
            return self.condition.test(message)
        text = self.condition.text(message)
        return text is not None and self.regex.fullmatch(text) is not None

    async def mediate(self, message: MessageContext) -> Flow:
        apart = self.condition.takes_long(message)
        if await asyncio.to_thread(self.holds, message) if apart else self.holds(message):
            return await self.then.run(message)
        return CONTINUE if self.otherwise is None else await self.otherwise.run(message)

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Filter | None:
        xpath = build.expression(node, "xpath", why="a filter needs a condition")
        source = build.expression(node, "source")
        regex_text = node.attribute("regex")
        regex = build.regex(node, "regex", regex_text) if regex_text is not None else None
        condition = xpath if node.has("xpath") else source
        if not node.has("xpath") and (not node.has("source") or not node.has("regex")):
            node.error(
                "SYN020",
                "An xpath or (source, regex) attributes are required for a filter",
                hint='write xpath="..." or both source="..." and regex="..."',
            )
        then_node = node.child("then")
        else_node = node.child("else") if then_node is not None else None
        if then_node is not None:
            then = read_branch(then_node, build, "then")
            otherwise = read_branch(else_node, build, "else") if else_node is not None else None
        else:
            then, otherwise = Branch(build.mediators(node, name="then")), None
        node.finish()
        if condition is None or (not node.has("xpath") and regex is None):
            return None
        return cls(
            place=build.place(node),
            condition=condition,
            regex=None if node.has("xpath") else regex,
            then=then,
            otherwise=otherwise,
        )
