"""The token endpoint: client credentials in a Basic header, in the form or in the query string."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.salesforce.auth import TokenRefused
from engine.sandbox.salesforce.org import ORGANISATION_ID, USER_ID
from engine.sandbox.salesforce.web import json_response, org_of, read_bounded

_NO_STORE = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}
_FORM_LIMIT = 1 << 16


def instance_url(request: Request) -> str:
    """Where the org lives: the setting, else the address the client used."""
    configured = org_of(request).settings.instance_url
    return configured.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


async def token(request: Request) -> Response:
    """POST: an access token for a grant, or a 400 with `error` and `error_description`."""
    org = org_of(request)
    form = dict(request.query_params)
    body = await read_bounded(request, _FORM_LIMIT)
    form.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        org.tokens.check(form, request.headers.get("authorization", ""))
    except TokenRefused as refusal:
        members = {"error": refusal.error, "error_description": refusal.description}
        return json_response(request, members, 400, _NO_STORE)
    return json_response(request, org.tokens.reply(instance_url(request), USER_ID), headers=_NO_STORE)


async def user_info(request: Request) -> Response:
    """GET: who the token belongs to."""
    org = org_of(request)
    if not org.tokens.valid(request.headers.get("authorization", "")):
        return Response("Bad_OAuth_Token", 403)
    members = {
        "user_id": USER_ID,
        "organization_id": ORGANISATION_ID,
        "preferred_username": org.settings.username,
        "name": "Demo User",
        "email": org.settings.username,
        "active": True,
        "urls": {"rest": f"{instance_url(request)}/services/data/v{{version}}/"},
    }
    return json_response(request, members)


async def revoke(request: Request) -> Response:
    """POST: forget an access token."""
    body = await read_bounded(request, _FORM_LIMIT)
    form = dict(request.query_params) | dict(parse_qsl(body.decode("utf-8", "replace")))
    if not org_of(request).tokens.revoke(form.get("token", "")):
        members = {"error": "unsupported_token_type", "error_description": "this token type is not supported"}
        return json_response(request, members, 400)
    return Response(status_code=200)


def routes() -> list[Route]:
    """The paths of the token service."""
    return [
        Route("/services/oauth2/token", token, methods=["POST"]),
        Route("/services/oauth2/revoke", revoke, methods=["POST"]),
        Route("/services/oauth2/userinfo", user_info, methods=["GET"]),
    ]
