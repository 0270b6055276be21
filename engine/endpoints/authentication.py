"""How an http endpoint proves who it is; the kinds live beside this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from engine.message.context import MessageContext
from engine.message.exchange import Reply

if TYPE_CHECKING:
    from engine.endpoints.leaf import Leaf


class Authentication(Protocol):
    """Adds credentials to the requests of an endpoint."""

    async def exchange(self, leaf: Leaf, message: MessageContext, method: str, url: str) -> Reply:
        """Send the message with credentials. Raises MediationError (303003) when there are none to be had."""
        ...
