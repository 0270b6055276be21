"""One request made ready for the wire; it can be started again as long as its body is bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from math import inf


class Call:
    """What a connection needs to carry out one exchange.

    `source` None: the body is `body` and goes out with the head. Otherwise pieces of `source` follow,
    chunked when `length` is None. `read` is the longest silence in seconds; `head_by` and `due` are times
    of the loop's clock; all three are infinite when there is no limit.
    """

    __slots__ = (
        "body",
        "due",
        "expects",
        "head",
        "head_by",
        "keep_alive",
        "length",
        "no_body",
        "read",
        "source",
    )

    def __init__(
        self,
        head: bytes,
        body: bytes,
        *,
        source: AsyncIterator[bytes] | None = None,
        length: int | None = None,
        no_body: bool = False,
        expects: bool = False,
        keep_alive: bool = True,
        read: float = inf,
        head_by: float = inf,
        due: float = inf,
    ) -> None:
        self.head = head
        self.body = body
        self.source = source
        self.length = length
        self.no_body = no_body
        self.expects = expects
        self.keep_alive = keep_alive
        self.read = read
        self.head_by = head_by
        self.due = due
