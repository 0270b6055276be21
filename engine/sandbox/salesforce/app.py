"""The sandbox as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from engine.sandbox.salesforce.errors import ApiError, not_found
from engine.sandbox.salesforce.gate import Gate
from engine.sandbox.salesforce.org import Org
from engine.sandbox.salesforce.routes import control, ingest, oauth, query, rest, soap
from engine.sandbox.salesforce.settings import SandboxSettings
from engine.sandbox.salesforce.web import error_response

_GZIP_MINIMUM = 1024
_GZIP_LEVEL = 1


def create_app(settings: SandboxSettings) -> Starlette:
    """An org as an ASGI application; its files are made when the server starts it and closed when it ends.

    Raises ConfigError for a data file that is not as described in `datafile`.
    """
    org = Org(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await org.open()
        try:
            yield
        finally:
            await org.close()

    routes: list[BaseRoute] = [
        *ingest.routes(),
        *query.routes(),
        *rest.routes(),
        *oauth.routes(),
        *soap.routes(),
    ]
    if settings.control:
        routes += control.routes()
    middleware = [Middleware(Gate, org=org)]
    if settings.gzip:
        middleware.append(Middleware(GZipMiddleware, minimum_size=_GZIP_MINIMUM, compresslevel=_GZIP_LEVEL))
    app = Starlette(
        routes=routes,
        middleware=middleware,
        lifespan=lifespan,
        exception_handlers={
            ApiError: _api_error,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
        },
    )
    app.router.redirect_slashes = False
    app.state.org = org
    return app


def _api_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return error_response(request, error)


def _http_error(request: Request, error: Exception) -> Response:
    """An unknown path, or a method the path does not have."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 405:
        allowed = sorted(_allowed(request.scope, request.app.routes))
        return error_response(
            request,
            ApiError(
                405,
                "METHOD_NOT_ALLOWED",
                f"HTTP Method '{request.method}' not allowed. Allowed are {','.join(allowed)}",
                headers={"Allow": ", ".join(allowed)},
            ),
        )
    return error_response(request, not_found())


def _allowed(scope: Scope, routes: list[BaseRoute]) -> set[str]:
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.methods and route.matches(scope)[0] is not Match.NONE:
            methods |= route.methods
    return methods


def _gone(_: Request, error: Exception) -> Response:
    """The client broke off; nobody reads this answer."""
    if not isinstance(error, ClientDisconnect):
        raise error
    return Response(status_code=400)
