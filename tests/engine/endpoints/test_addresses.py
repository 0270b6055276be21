"""Which URL, method and headers an endpoint sends."""

from __future__ import annotations

import pytest

from engine.build import Build
from engine.diagnostics import Problems
from engine.settings import HttpClientSettings, Settings
from engine.source.document import SYNAPSE
from engine.source.node import Node
from tests.fakes.backends import FakeReply, StreamBody, refused, reply
from tests.fakes.flows import document
from tests.fakes.served import Served, fault_of


def call(endpoint: str) -> str:
    return f"<call><endpoint>{endpoint}</endpoint></call><respond/>"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ('<address uri="http://b/p"/>', "/p/x/y?q=a%20b"),
        ('<address uri="http://b/p/"/>', "/p/x/y?q=a%20b"),
        ('<address uri="http://b"/>', "/x/y?q=a%20b"),
        ('<address uri="http://b/p?k=v"/>', "/p/x/y?k=v&q=a%20b"),
        ('<address uri="http://b/p" format="rest"/>', "/p/x/y?q=a%20b"),
        ('<address uri="http://b/p" format="soap11"/>', "/p"),
        ('<http uri-template="http://b/p"/>', "/p/x/y?q=a%20b"),
        ('<http method="post" uri-template="http://b/p"/>', "/p"),
    ],
)
async def test_the_rest_of_the_path_goes_behind_addresses_and_http_endpoints_without_method(
    endpoint: str, expected: str
) -> None:
    served = Served(call(endpoint))
    await served.post(path="/t/x/y?q=a%20b")
    assert served.backends.last.path == expected


async def test_a_blocking_call_appends_it_even_with_a_method() -> None:
    served = Served('<call blocking="true"><endpoint><http method="post" uri-template="http://b/p"/></endpoint></call>')
    await served.post(path="/t/x?q=1")
    assert served.backends.last.path == "/p/x?q=1"


async def test_a_soap_request_gets_nothing_appended() -> None:
    served = Served(call('<address uri="http://b/p"/>'))
    envelope = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><a/></s:Body></s:Envelope>'
    await served.client.send("POST", "/t/x", {"Content-Type": "text/xml", "SOAPAction": "urn:a"}, envelope)
    assert served.backends.last.path == "/p"
    assert served.backends.last.body == envelope.encode()
    assert served.backends.last.headers["soapaction"] == "urn:a"


async def test_a_second_call_posts_the_reply_to_the_bare_address() -> None:
    served = Served(
        call('<address uri="http://b/one"/>').replace("<respond/>", "") + call('<address uri="http://b/two"/>')
    )
    await served.get("/t/x?q=1")
    assert [(each.method, each.path) for each in served.backends.sent] == [("GET", "/one/x?q=1"), ("POST", "/two")]
    assert served.backends.last.body == b'{"ok": true}'


async def test_properties_fill_in_an_address_and_unset_ones_stay() -> None:
    served = Served(
        '<property name="seg" value="dyn"/>' + call('<address uri="http://b/${seg}/${none}" format="soap11"/>')
    )
    await served.post()
    assert served.backends.last.url == "http://b/dyn/${none}"


async def test_template_variables_are_encoded_and_expressions_of_the_endpoint_come_too_late() -> None:
    served = Served(
        '<property name="uri.var.id" value="a/b c"/>'
        '<call><endpoint><http method="get" uri-template="http://b/{uri.var.id}/{uri.var.lit}?e={uri.var.late}"/>'
        '<property name="uri.var.lit" value="L"/><property name="uri.var.late" expression="\'x\'"/>'
        '<property name="X-Late" scope="transport" expression="get-property(\'uri.var.id\')"/></endpoint></call>'
        "<respond/>"
    )
    await served.post()
    assert served.backends.last.path == "/a%2Fb%20c/L?e="
    assert served.backends.last.headers["x-late"] == "a/b c"


async def test_a_template_without_any_variable_set_is_sent_as_it_is_written() -> None:
    served = Served(call('<http method="get" uri-template="http://b/{uri.var.none}"/>'))
    await served.get()
    assert served.backends.last.url == "http://b/{uri.var.none}"


async def test_an_expression_in_a_template_is_evaluated_and_encoded() -> None:
    served = Served(call('<http method="post" uri-template="http://b/${payload.a}?n=${payload.n}"/>'))
    await served.post('{"a": "x/y z", "n": 4}')
    assert served.backends.last.path == "/x%2Fy%20z?n=4"


async def test_the_default_endpoint_sends_to_the_to_header() -> None:
    served = Served('<header name="To" value="http://b/to"/>' + call("<default/>"))
    await served.post(path="/t/x?q=1")
    assert served.backends.last.path == "/to/x?q=1"


async def test_a_call_without_endpoint_sends_to_the_bare_to_header() -> None:
    served = Served('<header name="To" value="http://b/to"/><call/><respond/>')
    await served.post()
    assert served.backends.last.path == "/to"


async def test_no_address_at_all_is_a_fault() -> None:
    served = Served("<call/><respond/>")
    code, message = fault_of(await served.post())
    assert code == "401003"
    assert "endpoint reference (EPR)" in str(message)


@pytest.mark.parametrize(
    ("method", "attribute", "expected"),
    [("POST", "", "POST"), ("PUT", "", "PUT"), ("POST", 'method="get"', "GET"), ("GET", 'method="POST"', "POST")],
)
async def test_the_method_attribute_wins_over_the_request(method: str, attribute: str, expected: str) -> None:
    served = Served(call(f'<http {attribute} uri-template="http://b/"/>'))
    await served.client.send(method, "/t/x", {"Content-Type": "application/json"}, "{}")
    assert served.backends.last.method == expected
    assert (served.backends.last.body == b"") == ("GET" in (method, expected))


async def test_headers_go_on_without_those_of_the_connection() -> None:
    served = Served(call('<http method="post" uri-template="http://b/"/>'))
    await served.post(
        X_One="1",
        Authorization="Basic x",
        Accept="text/plain",
        Connection="close",
        Keep_Alive="1",
        TE="trailers",
        User_Agent="me",
        Date="now",
        Content_Length="8",
        Host="client",
        activityid="abc",
    )
    headers = served.backends.last.headers
    assert {name: headers.get(name) for name in ("x-one", "authorization", "accept", "activityid")} == {
        "x-one": "1",
        "authorization": "Basic x",
        "accept": "text/plain",
        "activityid": "abc",
    }
    assert not {"connection", "keep-alive", "te", "date", "content-length", "host"} & headers.keys()
    assert headers["user-agent"] == "synflow"
    assert headers["content-type"] == "application/json"


async def test_preserved_headers_go_on_as_the_client_wrote_them() -> None:
    served = Served(call('<http method="post" uri-template="http://b/"/>'))
    http_client = HttpClientSettings(preserve_user_agent=True, preserve_headers=("Content-Type", "Host", "Connection"))
    served.services.settings = Settings(http_client=http_client)
    await served.post(User_Agent="me", Host="client", Connection="close", Date="now")
    headers = served.backends.last.headers
    assert (headers["user-agent"], headers["host"]) == ("me", "client")
    assert not {"connection", "date"} & headers.keys()


async def test_request_properties_reach_the_client() -> None:
    served = Served(
        '<property name="NO_KEEPALIVE" value="true" scope="axis2"/>'
        '<property name="POST_TO_URI" value="true" scope="axis2"/>'
        '<property name="FORCE_HTTP_1.0" value="true" scope="axis2"/>'
        '<property name="REQUEST_HOST_HEADER" value="other:81" scope="axis2"/>'
        + call('<http method="post" uri-template="http://b/"><timeout><duration>1500</duration></timeout></http>')
    )
    await served.post()
    assert served.backends.last.options == {"timeout": 1.5, "http10": True, "absolute_form": True, "keep_alive": False}
    assert served.backends.last.headers["host"] == "other:81"


async def test_a_reply_streams_on_untouched() -> None:
    body = StreamBody(b'{"n" :', b" 1 }")
    served = Served(
        call('<http method="get" uri-template="http://b/"/>'),
        b=FakeReply(201, [(b"content-type", b"application/json"), (b"x-back", b"1")], body),
    )
    answer = await served.get(X_In="1")
    assert (answer.status, answer.content) == (201, b'{"n" : 1 }')
    assert answer.header("X-Back") == "1"
    assert answer.header("X-In") is None
    assert served.services.formats.build_count == 0


@pytest.mark.parametrize("status", [204, 400, 404, 500, 503])
async def test_a_status_is_no_fault(status: int) -> None:
    served = Served(call('<http method="get" uri-template="http://b/"/>'), b=reply(b"", status=status))
    assert (await served.get()).status == status


async def test_an_unread_body_of_unknown_length_gets_one_when_chunking_is_off() -> None:
    served = Served(call('<http method="post" uri-template="http://b/"/>'))
    exchange_body = StreamBody(b"a,b\n", b"1,2\n")
    inbound = await _stream(served, exchange_body)
    assert inbound.status == 200
    assert served.backends.last.length is None
    served.deploy(
        '<call><endpoint><http method="post" uri-template="http://b/"/>'
        '<property name="DISABLE_CHUNKING" value="true" scope="axis2"/></endpoint></call><respond/>'
    )
    await _stream(served, StreamBody(b"a,b\n", b"1,2\n"))
    assert (served.backends.last.length, served.backends.last.body) == (8, b"a,b\n1,2\n")


async def _stream(served: Served, body: StreamBody):  # type: ignore[no-untyped-def]
    from tests.fakes.inbound import FakeInbound

    inbound = FakeInbound("POST", "/t/x", {"Content-Type": "text/csv"})
    inbound.body = body
    await served.client.plane(inbound)
    return inbound


async def test_endpoint_properties_are_set_before_the_call_and_stay() -> None:
    served = Served(
        '<call><endpoint><address uri="http://b/d"/><property name="mark" value="seen"/>'
        '<property name="REST_URL_POSTFIX" scope="axis2" value="/from-ep"/>'
        '<property name="X-N" scope="transport" expression="7 * 6" type="INTEGER"/></endpoint></call>'
        '<header name="X-Mark" scope="transport" expression="$ctx:mark"/><respond/>'
    )
    answer = await served.post()
    assert served.backends.last.path == "/d/from-ep"
    assert answer.header("X-Mark") == "seen"


def problems_of(endpoint: str) -> list[str]:
    found = Problems()
    doc = document(f'<endpoint xmlns="{SYNAPSE}" name="E">{endpoint}</endpoint>')
    Build(doc, found).endpoint(Node(doc.root, doc, found, "endpoint E"))
    return [f"{each.severity.value} {each.code}" for each in found.sorted()]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ('<address uri="http://h/x"/>', []),
        ("<address/>", ["error SYN020"]),
        ('<address uri=""/>', ["warning SYN021"]),
        ('<address uri="localhost:9999/back"/>', ["warning SYN045"]),
        ('<address uri="http://localhost:port/back"/>', ["warning SYN045"]),
        ('<address uri="http:/localhost/x"/>', ["warning SYN045"]),
        ('<address uri="not a uri"/>', ["warning SYN045"]),
        ('<address uri="jmss:/queue"/>', ["warning SYN045"]),
        ('<address uri="http://h/{uri.var.id}"/>', ["warning SYN044"]),
        ('<address uri="http://h/x"/><http uri-template="http://h/x"/>', ["warning SYN026"]),
        ('<address uri="http://h/x"/><timeout/>', ["warning SYN013"]),
        ('<address uri="http://h/x"><timeout><duration>ten</duration></timeout></address>', ["error SYN023"]),
        ('<address uri="http://h/x"><timeout><duration/></timeout></address>', ["error SYN023"]),
        ('<address uri="http://h/x"/><property name="a" value="b" scope="default2"/>', ["warning SYN022"]),
        ('<http method="get"/>', ["error SYN020"]),
        ('<http uri-template="http://h/uri.var.id}"/>', ["error SYN043"]),
        ('<http uri-template="ftpx://h/a"/>', ["warning SYN045"]),
        ('<http uri-template="http://local host/a"/>', ["warning SYN045", "warning SYN043"]),
        ('<http uri-template="http://h/{id}"/>', ["warning SYN044"]),
        ('<http uri-template="http://h/${payload.a}"/>', ["info SYN048"]),
        ("", ["error SYN025"]),
        ('<loadbalance policy="x"><endpoint><default/></endpoint></loadbalance>', ["error SYN022"]),
        ("<loadbalance/>", ["error SYN025"]),
        ("<failover/>", ["error SYN025"]),
        (
            '<failover><endpoint name="a"><default/></endpoint><endpoint name="a"><default/></endpoint></failover>',
            ["error SYN041"],
        ),
        ('<address uri="http://h/x"><enableSec/></address>', ["warning SYN074"]),
        ("<dynamicLoadbalance/>", ["warning SYN011"]),
    ],
)
def test_what_is_said_about_a_definition(endpoint: str, expected: list[str]) -> None:
    assert sorted(problems_of(endpoint)) == sorted(expected)


async def test_a_refused_connection_leaves_the_request_to_the_fault_sequence() -> None:
    served = Served(call('<http method="post" uri-template="http://b/"/>'), b=refused())
    answer = await served.post('{"kept": 1}')
    assert fault_of(answer) == ("101503", "Error connecting to the back end")
    assert answer.json == {"kept": 1}
