"""What can go wrong between a client and the listener.

::

    Refused               a request that breaks the protocol or a limit; the listener itself answers it
    ClientGone            (TransportError, ConnectionError) the client went away or was sent away
    └── RequestTooLarge   the body grew over the limit while it was being read
"""

from __future__ import annotations

from engine.errors import ErrorCode, TransportError


class Refused(Exception):
    """A request the listener answers itself, with `status` and the one-sentence `text`, and then closes."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(f"{status}: {text}")


class ClientGone(TransportError, ConnectionError):
    """The client went away, or was sent away because it was too slow or broke the protocol."""

    def __init__(self, message: str, *, sending: bool = False) -> None:
        code = ErrorCode.RECEIVER_IO_ERROR_SENDING if sending else ErrorCode.RECEIVER_IO_ERROR_RECEIVING
        TransportError.__init__(self, message, code=code)


class RequestTooLarge(ClientGone):
    """The body grew over the limit while it was being read."""
