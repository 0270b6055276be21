"""What an HTTP client may use: connections, time, header sizes, trust."""

from __future__ import annotations

from dataclasses import field

from engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits of one call in seconds; None is no limit.

    `connect` covers name look-up, TCP and TLS handshake. `read` is the longest silence of the peer while we
    wait for it: it stands still while our caller is the slow side. `total` runs from the call to the last
    byte of the reply. `reply` runs from the call to the reply's head (or whole reply, when that is small);
    a reply that has begun may take its time. This is what the duration of an endpoint means (TimeoutHandler
    of the reference engine).
    """

    connect: float | None = 10.0
    read: float | None = 180.0
    total: float | None = None
    reply: float | None = None


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Limits and trust of one client; connections are counted for each origin (scheme, host, port).

    `gather_bytes`: a reply whose announced length is at most this is handed over whole instead of streamed.
    `ca_file` replaces the system's trusted authorities; `cert_file` and `key_file` (PEM) are the client's
    own identity.
    """

    max_connections_per_origin: int = 1024
    max_waiting_per_origin: int = 10_000
    max_idle_per_origin: int = 256
    idle_seconds: float = 30.0
    max_header_count: int = 200
    max_header_bytes: int = 65_536
    gather_bytes: int = 65_536
    expect_seconds: float = 1.0
    timeouts: Timeouts = field(default_factory=Timeouts)
    verify: bool = True
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    key_password: str | None = field(default=None, repr=False)
