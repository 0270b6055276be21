"""What a builder and a formatter are, and how they are registered."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from typing import ClassVar, Protocol, TypeVar

from engine.codecs.content_type import ContentType
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.registry import Registry

Written = bytes | Blob | AsyncIterable[bytes]


class Builder(Protocol):
    """Reads the body of one content type into the message's payload.

    Called in a worker thread when the body is large. Raises FormatError (or PayloadError with a code of its own) for a
    body that is not what its type says. One with a class attribute `takes_apart = False` only keeps the bytes, which
    may then be more than fit into memory; others are not given more than `[payload] max_document_bytes`.
    """

    def build(self, data: Blob, content_type: ContentType, message: MessageContext) -> None:
        """Set `message.payload` from the bytes of the body."""
        ...


class Formatter(Protocol):
    """Writes the message's payload as one content type."""

    media: ClassVar[str]
    """The Content-Type to announce when the flow names none."""

    def write(self, message: MessageContext, charset: str) -> Written:
        """The payload as bytes in this charset, as a Blob, or as a stream for what is large."""
        ...


BUILDERS: Registry[type[Builder]] = Registry("builder")
FORMATTERS: Registry[type[Formatter]] = Registry("formatter")

B = TypeVar("B", bound=type)


def builder(name: str, *aliases: str) -> Callable[[B], B]:
    """Register a builder class under a short name and the Java class names that stand for it in MI's files."""

    def register(cls: B) -> B:
        for each in (name, *aliases):
            BUILDERS.add(each, cls)
        return cls

    return register


def formatter(name: str, *aliases: str) -> Callable[[B], B]:
    """Register a formatter class under a short name and the Java class names that stand for it in MI's files."""

    def register(cls: B) -> B:
        for each in (name, *aliases):
            FORMATTERS.add(each, cls)
        return cls

    return register
