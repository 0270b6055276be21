"""Failover, load balance, recipient list, templates, endpoints by name."""

from __future__ import annotations

import pytest

from tests.fakes.backends import refused, reply
from tests.fakes.served import Served, fault_of

NEVER = "<suspendOnFailure><initialDuration>0</initialDuration></suspendOnFailure>"
TO_G = '<call><endpoint key="G"/></call><respond/>'


def to(host: str, more: str = "", name: str = "") -> str:
    return f'<endpoint name="{name or host}"><http method="post" uri-template="http://{host}/">{more}</http></endpoint>'


def group(kind: str, *children: str, attributes: str = "") -> str:
    return f'<endpoint name="G"><{kind} {attributes}>{"".join(children)}</{kind}></endpoint>'


async def whos(served: Served, count: int) -> str:
    """Who answered, one letter a request; the last digit of the code for a fault."""
    out = ""
    for _ in range(count):
        answer = await served.post()
        code = answer.header("X-Code")
        out += code[-1] if code else answer.json["who"]
    return out


def who(name: str) -> dict[str, str]:
    return {"who": name}


async def test_failover_takes_the_first_that_delivers_with_the_body_it_got() -> None:
    served = Served(TO_G, group("failover", to("a"), to("b"), to("c")), a=refused(), b=refused(), c=reply(who("c")))
    assert await whos(served, 2) == "cc"
    assert [served.backends.count(name) for name in "abc"] == [1, 1, 2]
    assert {each.body for each in served.backends.sent} == {b'{"a": 1}'}


async def test_failover_gives_the_last_fault_first_and_says_that_none_is_ready_later() -> None:
    served = Served(TO_G, group("failover", to("a"), to("b")), a=refused(), b=refused())
    assert fault_of(await served.post()) == ("101503", "Error connecting to the back end")
    assert fault_of(await served.post()) == ("303000", "Failover endpoint : G - no ready child endpoints")


async def test_each_child_is_tried_once_per_message() -> None:
    served = Served(TO_G, group("failover", to("a", NEVER), to("b", NEVER)), a=refused(), b=refused())
    assert fault_of(await served.post())[0] == "101503"
    assert len(served.backends.sent) == 2


@pytest.mark.parametrize(
    "codes", ["<disabledErrorCodes>101503</disabledErrorCodes>", "<enabledErrorCodes>101504</enabledErrorCodes>"]
)
async def test_retry_settings_of_the_failed_child_decide(codes: str) -> None:
    served = Served(
        TO_G, group("failover", to("a", f"{NEVER}<retryConfig>{codes}</retryConfig>"), to("b")), a=refused()
    )
    assert fault_of(await served.post())[0] == "101503"
    assert served.backends.count("b") == 0


async def test_an_http_500_is_an_answer() -> None:
    served = Served(TO_G, group("failover", to("a"), to("b")), a=reply(who("a"), status=500))
    answer = await served.post()
    assert (answer.status, answer.json) == (500, who("a"))


async def test_static_failover_stays_where_it_went() -> None:
    served = Served(
        TO_G,
        group("failover", to("a", NEVER), to("b", NEVER), attributes='dynamic="false"'),
        a=[refused(), reply(who("a"))],
        b=[reply(who("b")), reply(who("b")), refused()],
    )
    assert await whos(served, 3) == "bba"


async def test_groups_nest_and_take_endpoints_by_name() -> None:
    served = Served(
        TO_G,
        group(
            "failover",
            '<endpoint key="A"/>',
            '<endpoint name="n"><failover>' + to("b") + to("c") + "</failover></endpoint>",
        ),
        '<endpoint name="A"><address uri="http://a/"/></endpoint>',
        a=refused(),
        b=refused(),
        c=reply(who("c")),
    )
    assert await whos(served, 2) == "cc"


async def test_load_balance_takes_turns_and_passes_over_the_dead() -> None:
    children = [to("a"), to("b"), to("c")]
    served = Served(TO_G, group("loadbalance", *children), a=reply(who("a")), b=refused(), c=reply(who("c")))
    assert await whos(served, 5) == "acaca"


async def test_load_balance_without_failover_reports_the_dead_once() -> None:
    children = [to("a"), to("b"), to("c")]
    served = Served(
        TO_G,
        group("loadbalance", *children, attributes='failover="false"'),
        a=reply(who("a")),
        b=refused(),
        c=reply(who("c")),
    )
    assert await whos(served, 5) == "a3cac"


async def test_weights_are_runs() -> None:
    children = [
        f'<endpoint name="{name}"><http method="post" uri-template="http://{name}/"/>'
        f'<property name="loadbalance.weight" value="{weight}"/></endpoint>'
        for name, weight in zip("abc", (1, 3, 2), strict=True)
    ]
    algorithm = 'algorithm="org.apache.synapse.endpoints.algorithms.WeightedRoundRobin"'
    served = Served(
        TO_G, group("loadbalance", *children, attributes=algorithm), **{name: reply(who(name)) for name in "abc"}
    )
    assert await whos(served, 9) == "abbbccabb"


async def test_members_take_the_path_of_the_request() -> None:
    members = '<member hostName="a" httpPort="81"/><member hostName="b" httpPort="82" httpsPort="83"/>'
    served = Served(TO_G, group("loadbalance", members))
    await served.post(path="/t/x?q=1")
    await served.post()
    assert [each.url for each in served.backends.sent] == ["http://a:81/t/x?q=1", "http://b:82/t/x"]


async def test_a_session_stays_with_the_child_that_began_it() -> None:
    balanced = group("loadbalance", to("a"), to("b")).replace("<loadbalance", '<session type="http"/><loadbalance', 1)
    served = Served(TO_G, balanced, a=reply(who("a"), Set_Cookie="sid=1; Path=/"), b=reply(who("b")))
    assert (await served.post()).json == who("a")
    answers = [(await served.post(Cookie="x=9; sid=1")).json for _ in range(2)]
    assert answers == [who("a"), who("a")]
    assert (await served.post(Cookie="sid=unknown")).json == who("b")


async def test_send_to_a_recipient_list_hands_over_every_reply() -> None:
    served = Served(
        '<send><endpoint><recipientlist><endpoints value="http://a/1,http://b/2, http://c/3"/></recipientlist></endpoint></send>',
        a=refused(),
        b=reply(who("b")),
        c=reply(who("c")),
    )
    answer = await served.post()
    assert answer.json in (who("b"), who("c"))
    assert sorted(each.path for each in served.backends.sent) == ["/1/x", "/2/x", "/3/x"]


async def test_a_recipient_list_of_which_nobody_answers_is_a_fault() -> None:
    served = Served(
        "<send><endpoint><recipientlist>" + to("a") + to("b") + "</recipientlist></endpoint></send>",
        a=refused(),
        b=refused(),
    )
    assert fault_of(await served.post())[0] == "101503"
    assert fault_of(await served.post())[0] == "303000"


TEMPLATE = (
    '<template name="T"><parameter name="name"/><parameter name="uri"/><parameter name="fmt"/><parameter name="wait"/>'
    '<endpoint name="$name"><address uri="$uri" format="$fmt">'
    "<suspendOnFailure><initialDuration>$wait</initialDuration>"
    '</suspendOnFailure></address><property name="X-Via" scope="transport" value="$name"/>'
    '<property name="X-Part" scope="transport" value="$name/$none"/></endpoint></template>'
)


def made(name: str, wait: str, fmt: str = "pox") -> str:
    return (
        f'<endpoint name="{name}" template="T" uri="http://{name.lower()}/p"><parameter name="fmt" value="{fmt}"/>'
        f'<parameter name="wait" value="{wait}"/></endpoint>'
    )


async def test_endpoints_of_a_template_have_values_and_states_of_their_own() -> None:
    flow = '<call><endpoint key-expression="$trp:X-To"/></call><respond/>'
    served = Served(flow, TEMPLATE, made("A", "60000"), made("B", "0"), a=refused(), b=refused())
    codes = [fault_of(await served.post(X_To=name))[0] for name in "AABB"]
    assert codes == ["101503", "303001", "101503", "101503"]
    assert served.backends.last.headers["x-via"] == "B"
    assert served.backends.last.headers["x-part"] == "$name/$none"
    assert served.backends.last.headers["content-type"].startswith("application/xml")


async def test_a_changed_template_changes_its_endpoints() -> None:
    flow = '<call><endpoint key="A"/></call><respond/>'
    served = Served(flow, TEMPLATE, made("A", "0"))
    await served.post()
    assert served.backends.last.path == "/p/x"
    served.deploy(flow, TEMPLATE.replace('uri="$uri"', 'uri="http://new/"'), made("A", "0"))
    await served.post()
    assert served.backends.last.url == "http://new/x"


async def test_a_template_that_is_not_deployed_is_a_fault() -> None:
    served = Served('<call><endpoint key="A"/></call><respond/>', made("A", "0"))
    assert fault_of(await served.post()) == ("305100", "Endpoint template T cannot be found")


async def test_a_local_entry_may_hold_an_endpoint() -> None:
    served = Served(
        '<call><endpoint key="L"/></call><respond/>',
        '<localEntry key="L"><endpoint><http method="post" uri-template="http://b/le"/></endpoint></localEntry>',
    )
    await served.post()
    assert served.backends.last.path == "/le"


WSDL = (
    '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">'
    '<service name="S"><port name="P"><soap:address location="http://b/svc"/></port></service></definitions>'
)


async def test_a_wsdl_endpoint_sends_to_the_address_of_its_port() -> None:
    inline = f'<endpoint name="G"><wsdl service="S" port="P">{WSDL}</wsdl></endpoint>'
    served = Served(TO_G, inline)
    await served.post()
    assert served.backends.last.url == "http://b/svc/x"


async def test_a_wsdl_is_fetched_once_and_its_failure_is_told() -> None:
    fetched = '<endpoint name="G"><wsdl uri="http://w/a?wsdl" service="S" port="P"/></endpoint>'
    served = Served(TO_G, fetched, w=[refused(), reply(WSDL, "text/xml")])
    assert fault_of(await served.post()) == ("303002", "Could not connect to the WSDL endpoint http://w/a?wsdl")
    await served.post()
    await served.post()
    assert served.backends.count("w") == 2
    assert served.backends.last.url == "http://b/svc/x"
