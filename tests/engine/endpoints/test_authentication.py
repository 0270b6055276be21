from __future__ import annotations

import asyncio

import pytest

from engine.endpoints.oauth import Token
from tests.fakes.backends import Backends, FakeReply, refused, reply
from tests.fakes.served import Served, fault_of

CALL = '<call><endpoint key="E"/></call><respond/>'


def endpoint(authentication: str) -> str:
    return (
        '<endpoint name="E"><http method="post" uri-template="http://b/">'
        f"<authentication>{authentication}</authentication></http></endpoint>"
    )


def oauth(grant: str = "clientCredentials", **fields: str) -> str:
    given = {"clientId": "cid", "clientSecret": "sec", "tokenUrl": "http://t/token", **fields}
    return endpoint(f"<oauth><{grant}>" + "".join(f"<{k}>{v}</{k}>" for k, v in given.items()) + f"</{grant}></oauth>")


def tokens(*names: str) -> list[FakeReply]:
    return [reply({"access_token": name, "expires_in": 1}) for name in names]


def bearers(backends: Backends) -> list[str]:
    return [each.headers["authorization"] for each in backends.sent if each.url == "http://b/"]


async def test_basic_replaces_the_authorization_of_the_client() -> None:
    served = Served(
        CALL, endpoint("<basicAuth><username>user</username><password>pa ss&amp;w:x</password></basicAuth>")
    )
    await served.post(Authorization="Bearer client")
    assert bearers(served.backends) == ["Basic dXNlcjpwYSBzcyZ3Ong="]


async def test_basic_takes_expressions() -> None:
    served = Served(
        CALL, endpoint("<basicAuth><username>{$trp:X-User}</username><password>${payload.p}</password></basicAuth>")
    )
    await served.post('{"p": "s:p"}', X_User="amy")
    assert bearers(served.backends) == ["Basic YW15OnM6cA=="]


async def test_client_credentials_by_header_are_cached_whatever_expires_in_says() -> None:
    served = Served(CALL, oauth(), t=tokens("T1", "T2"))
    await served.post()
    await served.post()
    assert bearers(served.backends) == ["Bearer T1", "Bearer T1"]
    asked = served.backends.sent[0]
    assert (asked.method, asked.body) == ("POST", b"grant_type=client_credentials")
    assert asked.headers["authorization"] == "Basic Y2lkOnNlYw=="


async def test_payload_mode_puts_the_client_into_the_form_and_encodes_it_in_document_order() -> None:
    served = Served(
        CALL,
        oauth(
            authMode="payload",
            clientSecret="s&amp;c",
            requestParameters='<parameter name="scope">a b</parameter><parameter name="aud">http%3A%2F%2Fx</parameter>',
            customHeaders='<header name="X-Tenant">t1</header>',
        ),
        t=tokens("T1"),
    )
    await served.post()
    asked = served.backends.sent[0]
    assert (
        asked.body == b"grant_type=client_credentials&client_id=cid&client_secret=s%26c&scope=a%20b&aud=http%3A%2F%2Fx"
    )
    assert "authorization" not in asked.headers
    assert asked.headers["x-tenant"] == "t1"


async def test_two_users_have_two_tokens() -> None:
    served = Served(CALL, oauth("passwordCredentials", username="{$trp:X-User}", password="pw"), t=tokens("T1", "T2"))
    for user in ("amy", "bob", "amy"):
        await served.post(X_User=user)
    assert bearers(served.backends) == ["Bearer T1", "Bearer T2", "Bearer T1"]


async def test_a_refresh_token_is_exchanged() -> None:
    served = Served(CALL, oauth("authorizationCode", refreshToken="rt-1"), t=tokens("T1"))
    await served.post()
    assert served.backends.sent[0].body == b"grant_type=refresh_token&refresh_token=rt-1"


async def test_a_refused_token_is_renewed_once_and_the_request_repeated() -> None:
    served = Served(CALL, oauth(), t=tokens("T1", "T2"), b=[reply(status=401), reply({"ok": 1})])
    answer = await served.post()
    assert (answer.status, answer.json) == (200, {"ok": 1})
    assert bearers(served.backends) == ["Bearer T1", "Bearer T2"]
    assert {each.body for each in served.backends.sent if each.url == "http://b/"} == {b'{"a": 1}'}


async def test_a_second_401_goes_to_the_flow() -> None:
    served = Served(CALL, oauth(), t=tokens("T1", "T2"), b=reply(status=401))
    assert (await served.post()).status == 401
    assert len(bearers(served.backends)) == 2


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (reply({"error": "invalid_client"}, status=400), "Error while accessing the Token URL. HTTP/1.1 400"),
        (reply({"token": "x"}), "Missing key [access_token] in the response from the OAuth server"),
        (reply("no json"), "Missing key [access_token] in the response from the OAuth server"),
        (refused(), "Error connecting to the back end"),
    ],
)
async def test_a_token_that_cannot_be_had_is_a_fault_and_nothing_is_sent(answer: FakeReply, cause: str) -> None:
    served = Served(CALL, oauth(), t=answer)
    code, message = fault_of(await served.post())
    assert code == "303003"
    assert message == f"Could not generate access token for oauth configured http endpoint E. {cause}"
    assert served.backends.count("b") == 0


async def test_many_requests_wait_for_one_token() -> None:
    served = Served(CALL, oauth(), t=tokens("T1", "T2"))
    await asyncio.gather(*(served.post() for _ in range(5)))
    assert served.backends.count("t") == 1


async def test_one_who_gives_up_does_not_take_the_token_from_the_others() -> None:
    token, arrived, release = Token(), asyncio.Event(), asyncio.Event()

    async def fetch() -> bytes:
        arrived.set()
        await release.wait()
        return b"Bearer T"

    first, second = asyncio.create_task(token.get(fetch)), asyncio.create_task(token.get(fetch))
    await arrived.wait()
    first.cancel()
    release.set()
    assert await second == b"Bearer T"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_secrets_are_in_no_key_of_the_state() -> None:
    served = Served(CALL, oauth(), t=tokens("T1"))
    await served.post()
    assert "sec" not in repr(list(served.services.state))
