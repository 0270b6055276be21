"""How an http endpoint proves who it is; the kinds live beside this module."""

from __future__ import annotations

from typing import Protocol

from engine.message.context import MessageContext


class Credentials(Protocol):
    """The credentials for one message. `renewable`: after a 401 it is worth asking again."""

    @property
    def renewable(self) -> bool:
        """Whether a rejected header can be replaced by a new one."""
        ...

    async def header(self) -> bytes:
        """The value of the Authorization header. Raises DeliveryError (303003) when there is none to be had."""
        ...

    def rejected(self, header: bytes) -> None:
        """The back end answered 401 to this header; the next one must be new."""
        ...


class Authentication(Protocol):
    """Finds the credentials for the messages of an endpoint."""

    @property
    def content_aware(self) -> bool:
        """Whether something about them is read from the payload."""
        ...

    def credentials(self, message: MessageContext, endpoint: str) -> Credentials:
        """The credentials for this message; `endpoint` is named when they cannot be had."""
        ...
