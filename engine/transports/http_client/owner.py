"""What a connection tells the pool that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from engine.transports.http_client.target import Origin

if TYPE_CHECKING:
    from engine.transports.http_client.connection import Connection


class Owner(Protocol):
    """The pool a connection belongs to."""

    @property
    def origin(self) -> Origin:
        """Whom the connections lead to."""
        ...

    def seat(self, connection: Connection) -> None:
        """The connection is established."""
        ...

    def release(self, connection: Connection, idle_hint: int | None = None) -> None:
        """The connection is fit for the next exchange."""
        ...

    def retire(self, connection: Connection) -> None:
        """The connection must not be given out any more."""
        ...

    def forget(self, connection: Connection) -> None:
        """The connection is closed."""
        ...
