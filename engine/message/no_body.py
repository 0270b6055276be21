"""The NO_ENTITY_BODY of messages that arrived without a body."""

from __future__ import annotations

from typing import Final


class NoBody(str):
    """The NO_ENTITY_BODY that the engine itself sets for a request or reply without body.

    Reads as "true", but unlike a true that a flow sets it does not keep a body put in later from being sent.
    """

    __slots__ = ()


NO_BODY: Final = NoBody("true")
