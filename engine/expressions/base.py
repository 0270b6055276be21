"""What an expression is, whatever its language."""

from __future__ import annotations

from engine.message.context import MessageContext
from engine.message.payload import HEAVY
from engine.message.values import string_of
from engine.records import dataclass


class ExpressionSyntaxError(ValueError):
    """An expression that cannot be compiled. `position` counts characters from 0; -1 when unknown."""

    def __init__(self, message: str, *, code: str = "SYN030", position: int = -1, hint: str = "") -> None:
        self.code = code
        self.position = position
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reference engine lets pass in an expression, though it cannot work as written."""

    code: str
    message: str
    hint: str = ""


class Expression:
    """A compiled expression; stateless, shared by all messages.

    `content_aware` says whether the payload must have been read before it is evaluated.
    """

    __slots__ = ("content_aware", "notes", "source")

    def __init__(self, source: str, *, content_aware: bool, notes: tuple[Note, ...] = ()) -> None:
        self.source = source
        self.content_aware = content_aware
        self.notes = notes

    def value(self, message: MessageContext) -> object | None:
        """The result as an object: text, number, bool, JsonValue, Nodes, element; None when there is none.

        Raises ExpressionError when it cannot be evaluated on this message.
        """
        raise NotImplementedError

    def text(self, message: MessageContext) -> str | None:
        """The result as the reference engine's text; None only where that engine has null."""
        return string_of(self.value(message))

    def both(self, message: MessageContext) -> tuple[object | None, str]:
        """The result as an object and as text, "" for null."""
        return self.value(message), self.text(message) or ""

    def takes_long(self, message: MessageContext) -> bool:
        """Whether the result has to be looked for in a payload so long that others should not wait meanwhile."""
        return self.content_aware and bool(message.payload.demands & HEAVY)

    def handed_over(self, message: MessageContext) -> object | None:
        """The result as the parameter of a template or connector: text, unless an XPath selects nodes."""
        return self.text(message)

    def test(self, message: MessageContext) -> bool:
        """The result as a condition: json-eval and `${}` are true for the text "true" only (letter case free)."""
        text = self.text(message)
        return text is not None and text.lower() == "true"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r})"


class Literal(Expression):
    """A constant where an expression is allowed."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        super().__init__(value, content_aware=False)
        self._value = value

    def value(self, message: MessageContext) -> str:
        return self._value

    def text(self, message: MessageContext) -> str:
        return self._value
