"""What can go wrong, as one tree.

::

    SynflowError
    ├── ConfigError            a setting is wrong; carries file and line
    ├── DeploymentError        artifacts cannot be deployed; carries every Problem
    ├── PathRefused            a file path leaves the root it must stay in
    └── MediationError         a message cannot go on; becomes ERROR_CODE, ERROR_MESSAGE, ERROR_DETAIL
        ├── PayloadError       a body that is not what its content type says (601000 or 0)
        ├── ExpressionError    an expression that cannot be evaluated on this message
        ├── DeliveryError      an endpoint that cannot take or deliver a message (303xxx, statuses, ...)
        └── TransportError     a back end that refuses, breaks off or is too slow (1015xx)
            └── SendTimeout    the time limit of the whole call has passed (101504)

Every error of a message may be given the place where it happened (`at`), outermost last added.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.diagnostics import Problem


class ErrorCode(IntEnum):
    """Numeric ERROR_CODE values of the reference engine (SynapseConstants, passthru TargetErrorHandler)."""

    DEFAULT = 0
    RECEIVER_IO_ERROR_SENDING = 101000
    RECEIVER_IO_ERROR_RECEIVING = 101001
    SENDER_IO_ERROR_SENDING = 101500
    SENDER_IO_ERROR_RECEIVING = 101501
    CONNECTION_FAILED = 101503
    TIMEOUT = 101504
    CONNECTION_CLOSED = 101505
    PROTOCOL_VIOLATION = 101506
    CONNECT_CANCELLED = 101507
    CONNECT_TIMEOUT = 101508
    RESPONSE_PROCESSING = 101510
    GROUP_NOT_READY = 303000
    ENDPOINT_SUSPENDED = 303001
    WSDL_ENDPOINT_NOT_READY = 303002
    AUTHENTICATION_FAILED = 303003
    INDIRECT_ENDPOINT_NOT_READY = 305100
    CALLOUT_FAILED = 401000
    BLOCKING_CALL_FAILED = 401001
    BLOCKING_SENDER_FAILED = 401002
    CALL_FAILED = 401003
    FORCED_ON_SOAP_FAULT = 500000
    TEMPLATE_PARAMETER_MISSING = 500101
    PARSING = 601000


class SynflowError(Exception):
    """Base of everything this package raises on purpose."""


class ConfigError(SynflowError):
    """A setting is wrong: says which, where and what would be right."""

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        self.file = file
        self.line = line
        self.message = message
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + message)


class DeploymentError(SynflowError):
    """Artifacts cannot be deployed; `problems` holds everything that was found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems) or "nothing to deploy")


class PathRefused(SynflowError):
    """A file path leaves the root it must stay in."""


class MediationError(SynflowError):
    """A message cannot go on. The nearest fault handler sees code, message and detail as ERROR_* properties.

    `code` is usually an int; throwError and connectors may use a string. `skips_handlers`: no fault sequence runs, only
    the client is told (an endpoint's time limit whose responseAction is not fault).
    """

    def __init__(self, message: str, *, code: int | str = ErrorCode.DEFAULT, detail: str = "") -> None:
        self.code: int | str = int(code) if isinstance(code, int) else code
        self.message = message
        self.detail = detail
        self.path: list[str] = []
        self.place = ""
        self.skips_handlers = False
        super().__init__(message)

    def at(self, step: str, place: str = "") -> None:
        """Add the step that the error just left on its way out; the first place given is kept."""
        self.path.append(step)
        if place and not self.place:
            self.place = place

    @property
    def location(self) -> str:
        """The way to the mediator that failed, outermost first, with file and line where known."""
        way = " > ".join(reversed(self.path))
        return f"{way} ({self.place})" if self.place else way


class PayloadError(MediationError):
    """A body that is not what its content type says, or that cannot be written as asked."""

    def __init__(self, message: str, *, code: int | str = ErrorCode.PARSING, detail: str = "") -> None:
        super().__init__(message, code=code, detail=detail)


class ExpressionError(MediationError):
    """An expression that cannot be evaluated on this message."""


class DeliveryError(MediationError):
    """An endpoint that cannot take or deliver a message; a group of endpoints may give it to another one.

    `codes` are what lists of error codes are compared with.
    """

    def __init__(self, message: str, *, code: int, detail: str = "", codes: tuple[int, ...] | None = None) -> None:
        super().__init__(message, code=code, detail=detail)
        self.codes = (int(code),) if codes is None else codes


class TransportError(MediationError):
    """A back end that cannot be reached, breaks off or is too slow.

    `code` is the base code; `state` the protocol state (0 request ready .. 8 closed) that the reference engine adds
    to it.
    `sent` tells whether any byte of the request may have reached the back end.
    """

    def __init__(self, message: str, *, code: int, detail: str = "", state: int = 0, sent: bool = False) -> None:
        super().__init__(message, code=code, detail=detail)
        self.base_code = int(code)
        self.state = state
        self.sent = sent

    @property
    def codes(self) -> tuple[int, ...]:
        """What lists of error codes are compared with: the code with the state added, then the base code."""
        return (self.base_code + self.state, self.base_code)


class SendTimeout(TransportError):
    """The time limit of the whole call has passed."""
