"""Access tokens: when a new one is fetched, how, and how often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.salesforce_bulkapi_v2.calls import RENEWAL_STATUSES, retry_after
from engine.errors import MediationError, TransportError
from engine.settings import Settings
from tests.connectors.kit import FakeHttp, FakeReply, Sent, deployment_of, local_entry, reply, run
from tests.fakes.flows import FakeServices, a_message

TOKEN = reply(200, '{"access_token": "AT-NEW"}')
INFO = '<salesforce_bulkapi_v2.getJobInfo configKey="ORG"><jobId>1</jobId></salesforce_bulkapi_v2.getJobInfo>'


def entry(**members: str) -> str:
    given = {"instanceUrl": "http://org", "clientId": "id", "clientSecret": "s", "refreshToken": "RT=="} | members
    children = "".join(f"<{name}>{value}</{name}>" for name, value in given.items() if value)
    return local_entry("ORG", f"<salesforce_bulkapi_v2.init>{children}</salesforce_bulkapi_v2.init>")


class Org(FakeHttp):
    """An org that takes some tokens only."""

    def __init__(self, *valid: str, refusal: int = 401, token: FakeReply = TOKEN) -> None:
        super().__init__(self._reply)
        self.valid = {f"Bearer {each}" for each in valid}
        self.refusal = refusal
        self.token = token

    def _reply(self, sent: Sent) -> FakeReply:
        if sent.url.endswith("/oauth2/token"):
            return self.token
        good = sent.headers["authorization"] in self.valid
        return reply(200, '{"id": "1"}', content_type="application/json") if good else reply(self.refusal, "[]")

    def calls(self) -> list[str]:
        return ["token" if each.url.endswith("token") else each.headers["authorization"][7:] for each in self.sent]


def services(http: Any) -> FakeServices:
    return FakeServices(settings=Settings(), http=http)


async def info(http: Any, kept: FakeServices | None = None, **members: str) -> int:
    message = a_message("{}", services=kept or services(http), deployment=deployment_of(entry(**members)))
    await run(INFO, message)
    return int(str(message.axis2["HTTP_SC"]))


async def test_without_an_access_token_one_is_fetched_first_and_kept() -> None:
    http = Org("AT-NEW")
    kept = services(http)
    assert [await info(http, kept), await info(http, kept)] == [200, 200]
    assert http.calls() == ["token", "AT-NEW", "AT-NEW"]
    token = http.sent[0]
    assert token.body == b"grant_type=refresh_token&refresh_token=RT%3D%3D"
    assert token.headers["authorization"] == "Basic aWQ6cw=="
    assert token.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("status", sorted(RENEWAL_STATUSES))
async def test_a_refused_token_is_renewed_and_the_call_sent_again(status: int) -> None:
    http = Org("AT-NEW", refusal=status)
    assert await info(http, accessToken="OLD") == 200
    assert http.calls() == ["OLD", "token", "AT-NEW"]


@pytest.mark.parametrize("status", [400, 402, 404, 405, 406, 408, 410, 412, 413, 415, 429, 500, 502, 503])
async def test_other_statuses_are_passed_on(status: int) -> None:
    http = Org("AT-NEW", refusal=status)
    assert await info(http, accessToken="OLD") == status
    assert http.calls() == ["OLD"]


async def test_a_new_token_that_is_refused_too_is_passed_on() -> None:
    configured, fetched = Org(), Org()
    assert await info(configured, accessToken="OLD") == 401
    assert configured.calls() == ["OLD", "token", "AT-NEW"]
    assert await info(fetched) == 401
    assert fetched.calls() == ["token", "AT-NEW", "token", "AT-NEW"]


@pytest.mark.parametrize(
    "token",
    [
        reply(400, '{"error": "invalid_grant", "error_description": "expired"}'),
        reply(500, "x"),
        reply(200, "{}"),
        reply(200, "nonsense"),
    ],
)
async def test_a_token_that_cannot_be_had_is_a_fault(token: FakeReply) -> None:
    http = Org(token=token)
    with pytest.raises(MediationError) as caught:
        await info(http, accessToken="OLD")
    assert caught.value.code == 303003
    assert http.calls() == ["OLD", "token"]


async def test_a_token_server_that_cannot_be_reached_is_that_fault_too() -> None:
    class Refusing(FakeHttp):
        async def send(self, *arguments: Any, **more: Any) -> FakeReply:
            raise TransportError("Error connecting to the back end", code=101503)

    with pytest.raises(MediationError) as caught:
        await info(Refusing(lambda sent: reply()))
    assert caught.value.code == 303003


async def test_without_the_means_to_renew_the_refusal_is_passed_on() -> None:
    http = Org()
    assert await info(http, accessToken="OLD", refreshToken="") == 401
    assert http.calls() == ["OLD"]


async def test_all_who_wait_share_one_renewal() -> None:
    release = asyncio.Event()
    waiting = 0

    class Slow(Org):
        async def send(self, method: str, url: str, *arguments: Any, **more: Any) -> FakeReply:
            nonlocal waiting
            answer = await Org.send(self, method, url, *arguments, **more)
            if url.endswith("token"):
                await release.wait()
            elif answer.status == 401:
                waiting += 1
                if waiting == 50:
                    release.set()
            return answer

    http = Slow("AT-NEW")
    kept = services(http)
    statuses = await asyncio.gather(*(info(http, kept, accessToken="OLD") for _ in range(50)))
    assert set(statuses) == {200}
    assert http.calls().count("token") == 1
    assert http.calls().count("OLD") == 50


async def test_a_caller_that_goes_away_does_not_stop_the_renewal() -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    class Slow(Org):
        async def send(self, method: str, url: str, *arguments: Any, **more: Any) -> FakeReply:
            if url.endswith("token"):
                asked.set()
                await release.wait()
            return await Org.send(self, method, url, *arguments, **more)

    http = Slow("AT-NEW")
    kept = services(http)
    first = asyncio.create_task(info(http, kept))
    await asked.wait()
    second = asyncio.create_task(info(http, kept))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    release.set()
    assert await second == 200
    assert http.calls().count("token") == 1


async def test_a_changed_connection_takes_effect_and_an_unchanged_one_keeps_its_token() -> None:
    http = Org("AT-NEW", "OTHER")
    kept = services(http)
    await info(http, kept, accessToken="OLD")
    await info(http, kept, accessToken="OLD", name="other name")
    await info(http, kept, accessToken="OTHER")
    assert http.calls() == ["OLD", "token", "AT-NEW", "AT-NEW", "OTHER"]


async def test_retry_after_is_honoured_for_calls_that_may_be_repeated() -> None:
    answers = [reply(503, "[]", retry_after="0"), reply(429, "[]", retry_after="0"), reply(200, "{}")]
    http = FakeHttp(lambda sent: answers[len(http.sent) - 1])
    assert await info(http, accessToken="A") == 200
    assert len(http.sent) == 3


async def test_retry_after_has_its_limits() -> None:
    http = FakeHttp(lambda sent: reply(503, "[]", retry_after="0"))
    assert await info(http, accessToken="A") == 503
    assert len(http.sent) == 4
    patient = FakeHttp(lambda sent: reply(503, "[]", retry_after="3600"))
    assert await info(patient, accessToken="A") == 503
    assert len(patient.sent) == 1


async def test_a_job_is_never_created_twice() -> None:
    http = FakeHttp(lambda sent: reply(503, "[]", retry_after="0"))
    message = a_message("{}", services=services(http), deployment=deployment_of(entry(accessToken="A")))
    await run(
        '<salesforce_bulkapi_v2.createQueryJob configKey="ORG"><query>q</query></salesforce_bulkapi_v2.createQueryJob>',
        message,
    )
    assert len(http.sent) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"7", 7.0),
        (b"Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        (b"soon", None),
    ],
)
def test_retry_after_as_seconds_or_date(value: bytes, seconds: float | None) -> None:
    assert retry_after([(b"retry-after", value)]) == seconds
    assert retry_after([]) is None


def test_secrets_are_not_in_the_text_of_a_connection() -> None:
    deployment = deployment_of(entry(accessToken="TOP"))
    shown = repr(deployment.local_entries["ORG"].connection.constant)  # type: ignore[union-attr]
    assert "http://org" in shown
    assert "TOP" not in shown
    assert "RT==" not in shown
