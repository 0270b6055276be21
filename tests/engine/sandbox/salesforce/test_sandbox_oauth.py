from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

import pytest

from engine.sandbox.salesforce import SandboxSettings
from engine.sandbox.salesforce.auth import JWT_BEARER

if TYPE_CHECKING:
    from conftest import Api, Serve

DEMO = SandboxSettings()
TOKEN = "/services/oauth2/token"
JOBS = "/services/data/v57.0/jobs/ingest"
CLIENT = {"client_id": DEMO.client_id, "client_secret": DEMO.client_secret}
REFRESH = {"grant_type": "refresh_token", "refresh_token": DEMO.refresh_token}
PASSWORD = {"grant_type": "password", "username": DEMO.username, "password": DEMO.password}


def basic(client: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


def assertion(**changes: object) -> str:
    claims = {"iss": DEMO.client_id, "sub": DEMO.username, "exp": time.time() + 300, **changes}
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b"{}", json.dumps(claims).encode(), b"s")
    )


async def test_a_refreshed_token_works_and_has_salesforces_members(api: Api) -> None:
    reply = await api.http.post(TOKEN, data={**REFRESH, **CLIENT})
    body = reply.json()
    assert reply.status_code == 200
    assert list(body) == [
        "access_token",
        "signature",
        "scope",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
    ]
    assert body["instance_url"] == api.url
    assert body["token_type"] == "Bearer"
    assert body["issued_at"].isdigit()
    assert body["id"].startswith("https://login.salesforce.com/id/00D")
    for scheme in ("Bearer", "OAuth"):
        used = await api.http.get(JOBS, headers={"Authorization": f"{scheme} {body['access_token']}"})
        assert used.status_code == 200


@pytest.mark.parametrize("grant", [REFRESH, PASSWORD, {"grant_type": "client_credentials"}])
async def test_each_grant_takes_the_client_from_header_form_or_query_string(api: Api, grant: dict[str, str]) -> None:
    header = {"Authorization": basic(DEMO.client_id, DEMO.client_secret)}
    assert (await api.http.post(TOKEN, data=grant, headers=header)).status_code == 200
    assert (await api.http.post(TOKEN, data={**grant, **CLIENT})).status_code == 200
    assert (await api.http.post(TOKEN, params={**grant, **CLIENT})).status_code == 200


async def test_the_password_may_carry_the_security_token(api: Api) -> None:
    data = {**PASSWORD, **CLIENT, "password": DEMO.password + DEMO.security_token}
    assert (await api.http.post(TOKEN, data=data)).status_code == 200


async def test_an_assertion_is_checked_for_issuer_user_and_age(api: Api) -> None:
    good = await api.http.post(TOKEN, data={"grant_type": JWT_BEARER, "assertion": assertion()})
    assert good.status_code == 200
    for bad in (
        assertion(iss="x"),
        assertion(sub="x"),
        assertion(exp=1),
        assertion(exp="x"),
        "x",
        "a.b.c",
        "",
    ):
        reply = await api.http.post(TOKEN, data={"grant_type": JWT_BEARER, "assertion": bad})
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("data", "error", "description"),
    [
        ({**REFRESH, **CLIENT, "refresh_token": "old"}, "invalid_grant", "expired access/refresh token"),
        ({**PASSWORD, **CLIENT, "password": "x"}, "invalid_grant", "authentication failure"),
        ({**REFRESH, **CLIENT, "client_id": "x"}, "invalid_client_id", "client identifier invalid"),
        ({**REFRESH, **CLIENT, "client_secret": "x"}, "invalid_client", "invalid client credentials"),
        (REFRESH, "invalid_client_id", "client identifier invalid"),
        ({**CLIENT, "grant_type": "implicit"}, "unsupported_grant_type", "grant type not supported"),
        (CLIENT, "invalid_request", "grant type not specified"),
    ],
)
async def test_a_refused_grant_is_an_object_with_status_400(
    api: Api, data: dict[str, str], error: str, description: str
) -> None:
    reply = await api.http.post(TOKEN, data=data, headers={"Authorization": "Basic ???"})
    assert reply.status_code == 400
    assert reply.json() == {"error": error, "error_description": description}


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic abc", f"{DEMO.access_token}", "Bearer"])
async def test_a_call_without_a_good_token_is_401(api: Api, authorization: str) -> None:
    reply = await api.http.get(JOBS, headers={"Authorization": authorization})
    assert reply.status_code == 401
    assert reply.json() == [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    assert reply.headers["www-authenticate"] == "Token"


async def test_tokens_age(serving: Serve) -> None:
    async with serving(access_token_lifetime=0.0) as api:
        assert (await api.http.get(JOBS)).status_code == 401
        fresh = (await api.http.post(TOKEN, data={**REFRESH, **CLIENT})).json()["access_token"]
        assert (await api.http.get(JOBS, headers={"Authorization": f"Bearer {fresh}"})).status_code == 401


async def test_tokens_can_be_expired_and_revoked(api: Api) -> None:
    fresh = (await api.http.post(TOKEN, data={**REFRESH, **CLIENT})).json()["access_token"]
    headers = {"Authorization": f"Bearer {fresh}"}
    assert (await api.http.get("/services/oauth2/userinfo", headers=headers)).json()["email"] == DEMO.username
    assert (await api.http.post("/services/oauth2/revoke", data={"token": fresh})).status_code == 200
    assert (await api.http.post("/services/oauth2/revoke", data={"token": fresh})).status_code == 400
    assert (await api.http.get(JOBS, headers=headers)).status_code == 401
    assert (await api.http.get("/services/oauth2/userinfo", headers=headers)).status_code == 403
    assert (await api.http.get(JOBS)).status_code == 200
    assert (await api.http.post("/__sandbox/expire-tokens")).status_code == 204
    assert (await api.http.get(JOBS)).status_code == 401
    again = (await api.http.post(TOKEN, data={**REFRESH, **CLIENT})).json()["access_token"]
    assert (await api.http.get(JOBS, headers={"Authorization": f"Bearer {again}"})).status_code == 200


async def test_soap_login_gives_a_session_or_a_fault(api: Api) -> None:
    def envelope(password: str) -> str:
        return (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            '<login xmlns="urn:partner.soap.sforce.com">'
            f"<username>{DEMO.username}</username><password>{password}</password></login></e:Body></e:Envelope>"
        )

    good = await api.http.post("/services/Soap/u/57.0", content=envelope(DEMO.password))
    assert good.status_code == 200
    session = good.text.partition("<sessionId>")[2].partition("<")[0]
    assert f"<serverUrl>{api.url}/services/Soap/u/57.0/00D" in good.text
    assert (await api.http.get(JOBS, headers={"Authorization": f"Bearer {session}"})).status_code == 200
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + envelope("&b;")
    for body in (envelope("wrong"), "not xml", bomb):
        bad = await api.http.post("/services/Soap/u/57.0", content=body)
        assert bad.status_code == 500
        assert "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in bad.text
