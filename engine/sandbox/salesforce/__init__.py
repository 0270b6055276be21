"""An embedded Salesforce: OAuth tokens, Bulk API 2.0 and a little REST, over SQLite.

`running` serves it beside the caller, `serve` alone, `create_app` gives the ASGI application.
"""

from __future__ import annotations

from engine.sandbox.salesforce.app import create_app
from engine.sandbox.salesforce.server import running, serve
from engine.sandbox.salesforce.settings import SandboxSettings

__all__ = ["SandboxSettings", "create_app", "running", "serve"]
