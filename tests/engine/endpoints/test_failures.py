"""What happens when a back end fails: codes, states, time limits, onError."""

from __future__ import annotations

import pytest

from engine.endpoints.suspension import EndpointState
from tests.fakes.backends import Answer, closed, refused, reply, timed_out
from tests.fakes.served import Served, fault_of

TO_E = '<call><endpoint key="E"/></call><respond/>'


def endpoint(children: str = "", kind: str = "http") -> str:
    attribute = 'method="post" uri-template' if kind == "http" else "uri"
    return f'<endpoint name="E"><{kind} {attribute}="http://b/">{children}</{kind}></endpoint>'


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (refused(), ("101503", "Error connecting to the back end")),
        (closed(), ("101508", "Error in Sender")),
    ],
)
async def test_error_code_is_the_base_code_with_the_protocol_state(failure: Answer, expected: tuple[str, str]) -> None:
    served = Served(TO_E, endpoint(), b=failure)
    assert fault_of(await served.post()) == expected


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("http", "Currently, HTTP endpoint : [ Name : E ] [ State : SUSPENDED ]"),
        ("address", "Currently , Address endpoint : [ Name : E ] [ State : SUSPENDED ]"),
    ],
)
async def test_a_failed_endpoint_rests_and_says_so(kind: str, message: str) -> None:
    served = Served(TO_E, endpoint(kind=kind), b=[refused(), reply({"ok": 1})])
    await served.post()
    assert fault_of(await served.post()) == ("303001", message)
    assert served.backends.count("b") == 1


async def test_the_state_survives_a_reload_that_did_not_change_the_definition() -> None:
    served = Served(TO_E, endpoint(), b=[refused(), reply({"ok": 1})])
    await served.post()
    served.deploy(TO_E, endpoint())
    assert fault_of(await served.post())[0] == "303001"
    served.deploy(TO_E, endpoint("<suspendOnFailure><initialDuration>5</initialDuration></suspendOnFailure>"))
    assert (await served.post()).json == {"ok": 1}


async def test_equal_endpoints_written_in_two_places_have_states_of_their_own() -> None:
    one = '<call><endpoint><http method="post" uri-template="http://b/"/></endpoint></call>'
    served = Served(
        f"<filter source='$trp:X-Way' regex='1'><then>{one}</then><else>{one}</else></filter><respond/>",
        b=[refused(), reply({"ok": 1})],
    )
    await served.post(X_Way="1")
    assert fault_of(await served.post(X_Way="1"))[0] == "303001"
    assert (await served.post(X_Way="2")).json == {"ok": 1}


async def test_a_reply_makes_the_endpoint_active_again() -> None:
    policy = "<suspendOnFailure><initialDuration>0</initialDuration></suspendOnFailure>"
    served = Served(TO_E, endpoint(policy), b=[refused(), reply(status=500), refused(), refused()])
    for _ in range(4):
        await served.post()
    states = [value for value in served.services.state.values() if isinstance(value, EndpointState)]
    assert len(states) == 1
    assert served.backends.count("b") == 4


async def test_a_time_limit_with_action_fault_runs_the_fault_sequence() -> None:
    limit = "<timeout><duration>1000</duration><responseAction>fault</responseAction></timeout>"
    served = Served(TO_E, endpoint(limit), b=timed_out())
    assert fault_of(await served.post()) == ("101504", "Send timeout")
    assert fault_of(await served.post())[0] == "303001"


@pytest.mark.parametrize("action", ["", "<responseAction>discard</responseAction>"])
async def test_without_that_action_no_fault_sequence_runs_and_the_client_gets_a_500(action: str) -> None:
    served = Served(TO_E, endpoint(f"<timeout><duration>1000</duration>{action}</timeout>"), b=timed_out())
    answer = await served.post()
    assert answer.status == 500
    assert answer.header("X-Code") is None
    assert answer.json["fault"]["code"] == "101504"


@pytest.mark.parametrize(("given", "expected"), [("4000", 4.0), ("999999999", 120.0), ("soon", 120.0), ("0", 120.0)])
async def test_a_time_limit_worked_out_per_message_never_exceeds_the_global_one(given: str, expected: float) -> None:
    limit = "<timeout><duration>{get-property('t')}</duration></timeout>"
    served = Served(f'<property name="t" value="{given}"/>' + TO_E, endpoint(limit))
    await served.post()
    assert served.backends.last.options["timeout"] == expected


async def test_an_endpoint_that_is_not_deployed_is_a_fault_of_its_own() -> None:
    served = Served('<call><endpoint key="Nope"/></call><respond/>')
    assert fault_of(await served.post()) == ("305100", "Couldn't find the endpoint with the key : Nope")


async def test_a_later_failure_is_not_hidden_by_an_earlier_one_that_was_handled() -> None:
    served = Served(
        '<sequence key="first"/><respond/>',
        '<sequence name="first" onError="again"><call><endpoint key="Nope"/></call></sequence>',
        f'<sequence name="again">{TO_E}</sequence>',
        endpoint(),
        b=refused(),
    )
    assert fault_of(await served.post())[0] == "101503"


async def test_on_error_of_an_endpoint_runs_in_place_of_the_fault_sequence() -> None:
    mark = '<header name="X-Mine" scope="transport" expression="$ctx:ERROR_CODE"/>'
    handler = f'<sequence name="mine">{mark}<respond/></sequence>'
    served = Served(TO_E, endpoint().replace('name="E"', 'name="E" onError="mine"'), handler, b=refused())
    answer = await served.post()
    assert answer.header("X-Mine") == "101503"
    assert answer.header("X-Code") is None


@pytest.mark.parametrize(
    ("url", "part"),
    [("jms:/queue", "jms"), ("localhost:99/x", "localhost:99"), ("http://h:port/", "port")],
)
async def test_an_address_that_cannot_be_called_faults_with_401003(url: str, part: str) -> None:
    from engine.transports.http_client import HttpClient
    from engine.transports.http_service import HttpCalls

    served = Served(f'<call><endpoint><address uri="{url}"/></endpoint></call><respond/>')
    client = HttpClient()
    served.services.http = HttpCalls(client)
    try:
        code, message = fault_of(await served.post())
    finally:
        await client.aclose()
    assert code == "401003"
    assert part in str(message)


FAULT = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
    "<faultstring>no such thing</faultstring></s:Fault></s:Body></s:Envelope>"
)


async def test_a_soap_fault_is_a_reply_unless_the_flow_forces_an_error() -> None:
    served = Served(TO_E, endpoint(), b=reply(FAULT, "text/xml", 500))
    assert (await served.post()).text == FAULT
    served.deploy('<property name="FORCE_ERROR_ON_SOAP_FAULT" value="true"/>' + TO_E, endpoint())
    assert fault_of(await served.post()) == ("500000", "no such thing")


async def test_security_that_cannot_be_given_keeps_the_message_here() -> None:
    served = Served(TO_E, '<endpoint name="E"><address uri="http://b/"><enableSec policy="p"/></address></endpoint>')
    assert fault_of(await served.post())[0] == "401003"
    assert not served.backends.sent
