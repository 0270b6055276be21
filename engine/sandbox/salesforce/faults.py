"""Trouble on demand, for tests: which of the next requests go wrong, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from engine.sandbox.salesforce.errors import ApiError, json_error

KINDS = ("status", "delay", "drop")
MOMENTS = ("request", "upload", "response")
_MEMBERS = frozenset(
    {
        "kind", "count", "method", "path", "status", "errorCode", "message", "retryAfter", "seconds", "when",
        "afterBytes",
    }
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the next `count` requests that match `method` (empty: any) and `path`.

    status
        Answered without doing anything: `status`, `error_code`, `message`, `retry_after` seconds (0: no
        header).
    delay
        The request is handled after `seconds`.
    drop
        The connection breaks: before anything is read (`request`), once `after_bytes` of the request body
        came (`upload`), or once `after_bytes` of the answer's body went out (`response`).
    """

    kind: str
    count: int
    method: str
    path: re.Pattern[str]
    status: int = 500
    error_code: str = "UNKNOWN_EXCEPTION"
    message: str = "An unexpected error occurred."
    retry_after: int = 0
    seconds: float = 0.0
    when: str = "request"
    after_bytes: int = 0

    def error(self) -> ApiError:
        """The answer of a `status` fault."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else None
        return ApiError(self.status, self.error_code, self.message, headers=headers)


def read_fault(body: Mapping[str, Any]) -> Fault:
    """A fault from its JSON. Raises ApiError when it is not understood."""
    unknown = sorted(set(body) - _MEMBERS)
    kind = body.get("kind")
    if unknown or kind not in KINDS:
        raise json_error(
            f"unknown members: {', '.join(unknown)}" if unknown else f"kind must be one of {', '.join(KINDS)}"
        )
    when = str(body.get("when", "request"))
    if when not in MOMENTS:
        raise json_error(f"when must be one of {', '.join(MOMENTS)}")
    try:
        return Fault(
            kind=str(kind),
            count=int(body.get("count", 1)),
            method=str(body.get("method", "")).upper(),
            path=re.compile(str(body.get("path", ""))),
            status=int(body.get("status", 500)),
            error_code=str(body.get("errorCode", "UNKNOWN_EXCEPTION")),
            message=str(body.get("message", "An unexpected error occurred.")),
            retry_after=int(body.get("retryAfter", 0)),
            seconds=float(body.get("seconds", 0)),
            when=when,
            after_bytes=int(body.get("afterBytes", 0)),
        )
    except (TypeError, ValueError, re.error) as error:
        raise json_error(f"the fault is not understood: {error}") from error


class Faults:
    """The trouble that is still to come. Row locks are taken by workers, the rest by the event loop."""

    __slots__ = ("_faults", "_lock", "_row_locks")

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()
        self._row_locks = 0

    def add(self, fault: Fault) -> None:
        """Plan trouble."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Call everything off."""
        self._faults.clear()
        with self._lock:
            self._row_locks = 0

    def lock_rows(self, count: int) -> None:
        """Let the next rows of any load fail with UNABLE_TO_LOCK_ROW."""
        with self._lock:
            self._row_locks = count

    def row_locked(self) -> bool:
        """Whether the row at hand is one of those; called from worker threads."""
        if not self._row_locks:
            return False
        with self._lock:
            if not self._row_locks:
                return False
            self._row_locks -= 1
            return True

    def take(self, method: str, path: str) -> list[Fault]:
        """The trouble for this request: at most one of each kind, counted down."""
        taken: dict[str, Fault] = {}
        for fault in self._faults:
            fits = fault.method in ("", method) and fault.path.search(path) is not None
            if fits and fault.count > 0 and fault.kind not in taken:
                fault.count -= 1
                taken[fault.kind] = fault
        self._faults = [fault for fault in self._faults if fault.count > 0]
        return list(taken.values())

    def __len__(self) -> int:
        return len(self._faults)
