"""Outbound HTTP/1.1: a lean client with pooled connections, time limits and strict framing.

A request goes `client` -> `request_head` -> `pool` -> `connection` (-> `upload`); the reply comes back
through `reader` (`response_head`, `chunks`) as a `response` whose `body` may still be arriving. Readers and
heads are pure. `httpx_transport` puts the same client under httpx.
"""

from engine.transports.http_client.client import HttpClient
from engine.transports.http_client.response import ClientResponse
from engine.transports.http_client.settings import ClientSettings, Timeouts
from engine.transports.http_client.target import Target, parse_target

__all__ = ["ClientResponse", "ClientSettings", "HttpClient", "Target", "Timeouts", "parse_target"]
