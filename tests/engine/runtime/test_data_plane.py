from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from engine.artifacts.api_handlers import API_HANDLERS, ApiHandler, api_handler
from engine.artifacts.cors import CorsPolicy
from engine.errors import TransportError
from engine.mediators.base import CONTINUE, MEDIATORS, Flow, Mediator, mediator
from engine.message.blob import Blob, BlobBody
from engine.message.body import BytesBody
from engine.message.context import MessageContext
from engine.observe.context import working_for
from engine.runtime.data_plane import DataPlaneSettings
from engine.source.document import SYNAPSE
from tests.fakes.inbound import Client, FakeInbound

pytestmark = pytest.mark.anyio

if "probe.reply" not in MEDIATORS:

    @mediator("probe.reply")
    class ProbeReply(Mediator):
        """A back end's reply arrives, as `call` would bring it."""

        @property
        def content_aware(self) -> bool:
            return False

        async def mediate(self, message: MessageContext) -> Flow:
            message.replied = True
            message.axis2 = {"HTTP_SC": 201}
            return CONTINUE

    @mediator("probe.send")
    class ProbeSend(Mediator):
        """`send` to a back end that answers with its own text."""

        @property
        def content_aware(self) -> bool:
            return False

        async def mediate(self, message: MessageContext) -> Flow:
            if message.is_response:
                await message.exchange.answer(message)
                return Flow.STOP
            await message.exchange.accept(message)
            message.replied = True
            message.payload.set_text("from back end")
            message.axis2 = {"HTTP_SC": 203, "messageType": "text/plain", "ContentType": "text/plain"}
            message.headers.clear()
            assert message.exchange.out_flow is not None
            await message.exchange.out_flow(message)
            return Flow.STOP

    @mediator("probe.twice")
    class ProbeTwice(Mediator):
        """Two branches that both answer."""

        async def mediate(self, message: MessageContext) -> Flow:
            await message.exchange.answer(message)
            message.axis2["HTTP_SC"] = 500
            await message.exchange.answer(message)
            return Flow.STOP

    @mediator("probe.swap")
    class ProbeSwap(Mediator):
        """A reload in the middle of a flow."""

        async def mediate(self, message: MessageContext) -> Flow:
            message.exchange.services.state["swap"]()
            return CONTINUE

    @mediator("probe.timeout")
    class ProbeTimeout(Mediator):
        """An endpoint whose time limit discards."""

        async def mediate(self, message: MessageContext) -> Flow:
            error = TransportError("Send timeout", code=101504)
            error.skips_handlers = True
            raise error

    @mediator("probe.working")
    class ProbeWorking(Mediator):
        """Something that logs on behalf of the request."""

        async def mediate(self, message: MessageContext) -> Flow:
            working = working_for.get()
            assert working is not None
            message.headers.set("X-Id", working.correlation_id)
            message.headers.set("X-Flow", working.entry)
            return CONTINUE

    @mediator("probe.bug")
    class ProbeBug(Mediator):
        """A defect of the engine itself."""

        async def mediate(self, message: MessageContext) -> Flow:
            raise KeyError("a defect")


def header(name: str, expression: str) -> str:
    return f'<header name="{name}" scope="transport" expression="{expression}"/>'


def api(*resources: str, attributes: str = 'name="A" context="/a"', more: str = "") -> str:
    return f'<api xmlns="{SYNAPSE}" {attributes}>{"".join(resources)}{more}</api>'


def resource(flow: str, attributes: str = 'methods="GET POST" uri-template="/x"', more: str = "") -> str:
    return f"<resource {attributes}><inSequence>{flow}</inSequence>{more}</resource>"


def sequence(name: str, flow: str) -> str:
    return f'<sequence xmlns="{SYNAPSE}" name="{name}">{flow}</sequence>'


def proxy(target: str, attributes: str = 'name="P"', more: str = "") -> str:
    return f'<proxy xmlns="{SYNAPSE}" {attributes}><target>{target}</target>{more}</proxy>'


THROW = '<throwError type="BOOM" errorMessage="it broke"/>'
JSON = {"Content-Type": "application/json"}
SOAP11 = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '"urn:one"'}
SHOW_FAULT = header("X-Code", "get-property('ERROR_CODE')") + header("X-Message", "get-property('ERROR_MESSAGE')")


async def test_respond_sends_the_request_back() -> None:
    answer = await Client(api(resource("<respond/>"))).send("POST", "/a/x", {**JSON, "X-Keep": "k"}, '{"a": 1}')
    assert (answer.status, answer.content) == (200, b'{"a": 1}')
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("X-Keep") == "k"
    assert answer.header("Host") is None


async def test_flow_sees_the_properties_of_its_request() -> None:
    names = [
        "REST_METHOD",
        "REST_FULL_REQUEST_PATH",
        "REST_SUB_REQUEST_PATH",
        "REST_API_CONTEXT",
        "SYNAPSE_REST_API",
        "SYNAPSE_REST_API_VERSION",
        "SYNAPSE_REST_API_VERSION_STRATEGY",
        "To",
        "rest.url.pattern",
        "RESOURCE_PATH",
        "uri.var.id",
        "query.param.x",
        "query.param.y",
        "REST_URL_PREFIX",
        "TRANSPORT_IN_NAME",
    ]
    axis2 = ["HTTP_METHOD", "REST_URL_POSTFIX", "REMOTE_ADDR", "TransportInURL", "NO_ENTITY_BODY"]
    flow = "".join(header(f"X-{n}", f"get-property('{name}')") for n, name in enumerate(names))
    flow += "".join(header(f"Y-{n}", f"get-property('axis2','{name}')") for n, name in enumerate(axis2))
    client = Client(
        api(
            resource(flow + "<respond/>", 'uri-template="/o/{id}"'),
            attributes='name="V" context="/v" version="1.0" version-type="url"',
        )
    )
    answer = await client.send("GET", "/v/1.0/o/a%20b?x=1+2&y=%2F&z")
    assert [answer.header(f"X-{n}") for n in range(len(names))] == [
        "GET",
        "/v/1.0/o/a%20b?x=1+2&y=%2F&z",
        "/o/a%20b?x=1+2&y=%2F&z",
        "/v",
        "V:v1.0",
        "1.0",
        "url",
        "/v/1.0/o/a%20b?x=1+2&y=%2F&z",
        "/o/{id}",
        "/o/a%20b?x=1+2&y=%2F&z",
        "a b",
        "1 2",
        "/&z",
        "http://localhost:8290",
        "http",
    ]
    assert [answer.header(f"Y-{n}") for n in range(len(axis2))] == [
        "GET",
        "/o/a%20b?x=1+2&y=%2F&z",
        "127.0.0.1",
        "/v/1.0/o/a%20b?x=1+2&y=%2F&z",
        "true",
    ]


@pytest.mark.parametrize(
    ("target", "sub_path", "postfix"),
    [
        ("/a", "/", ""),
        ("/a/", "/", "/"),
        ("/a?x=1", "?x=1", "?x=1"),
        ("/a/b/c", "/b/c", "/b/c"),
    ],
)
async def test_sub_path_and_postfix_of_a_default_resource(target: str, sub_path: str, postfix: str) -> None:
    flow = header("X-Sub", "get-property('REST_SUB_REQUEST_PATH')") + header("X-Post", "$axis2:REST_URL_POSTFIX")
    answer = await Client(api(resource(flow + "<respond/>", ""))).send("GET", target)
    assert (answer.header("X-Sub"), answer.header("X-Post")) == (sub_path, postfix)


async def test_no_answer_at_the_end_is_202() -> None:
    client = Client(api(resource("<drop/>"), resource("", 'uri-template="/y"')))
    for target in ("/a/x", "/a/y"):
        answer = await client.send("GET", target)
        assert (answer.status, answer.content) == (202, b"")


async def test_unknown_paths_and_methods() -> None:
    client = Client(api(resource("<respond/>"), resource("<respond/>", 'methods="DELETE" uri-template="/y"')))
    assert [
        (each.status, each.content)
        for each in [
            await client.send("GET", "/nowhere"),
            await client.send("GET", "/a/zz"),
            await client.send("GET", "/favicon.ico"),
        ]
    ] == [(404, b"")] * 3
    refused = await client.send("DELETE", "/a/x")
    assert (refused.status, refused.header("Allow"), refused.content) == (405, "GET, POST", b"")


async def test_sequences_of_the_flow_may_answer_404_and_405() -> None:
    client = Client(
        api(resource("<respond/>")),
        sequence("_resource_mismatch_handler_", '<property name="HTTP_SC" scope="axis2" value="410"/><respond/>'),
        sequence("_method_not_allowed_handler_", "<drop/>"),
    )
    assert (await client.send("GET", "/a/zz")).status == 410
    assert (await client.send("DELETE", "/a/x")).status == 405


async def test_main_sequence_takes_what_no_api_takes() -> None:
    client = Client(
        api(resource("<respond/>")),
        sequence(
            "main",
            "<in>" + header("X-To", "get-property('To')") + "<loopback/></in>"
            '<out><property name="HTTP_SC" scope="axis2" value="299"/><respond/></out>',
        ),
    )
    for target in ("/other?x=1", "/services/Nope"):
        answer = await client.send("GET", target)
        assert (answer.status, answer.header("X-To")) == (299, target)
    assert (await client.send("GET", "/a/zz")).status == 404


async def test_unhandled_fault_is_500_in_the_clients_format(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(api(resource(THROW)), proxy(f"<inSequence>{THROW}</inSequence>"))
    answer = await client.send("POST", "/a/x", {**JSON, "activityid": "c-1"}, "{}")
    assert (answer.status, answer.header("Content-Type")) == (500, "application/json")
    assert answer.json["fault"]["code"] == "BOOM"
    assert answer.json["fault"]["correlationId"] == "c-1"
    assert "it broke" not in answer.text
    assert "it broke" in caplog.text
    assert "api A > GET,POST /x > inSequence > [1] throwError (flow.xml:1)" in caplog.text
    soap = await client.send("POST", "/services/P", SOAP11, "<a/>")
    assert soap.status == 500
    assert soap.header("Content-Type") == "text/xml; charset=UTF-8"
    assert "<faultcode>soapenv:Server</faultcode>" in soap.text
    soap12 = await client.send("POST", "/services/P", {"Content-Type": "application/soap+xml"}, "<a/>")
    assert "http://www.w3.org/2003/05/soap-envelope" in soap12.text
    xml = await client.send("POST", "/a/x", {"Content-Type": "application/xml"}, "<a/>")
    assert xml.header("Content-Type") == "application/xml"
    assert "<code>BOOM</code>" in xml.text


async def test_faults_setting_mi_answers_202() -> None:
    client = Client(api(resource(THROW)), settings=DataPlaneSettings(faults="mi"))
    answer = await client.send("GET", "/a/x")
    assert (answer.status, answer.content) == (202, b"")


async def test_correlation_ids_differ_between_requests() -> None:
    client = Client(api(resource(THROW)))
    ids = {(await client.send("GET", "/a/x")).json["fault"]["correlationId"] for _ in range(3)}
    assert len(ids) == 3


async def test_own_fault_sequence_then_the_deployed_one() -> None:
    fault = sequence("fault", SHOW_FAULT + '<property name="HTTP_SC" scope="axis2" value="503"/><respond/>')
    own = '<faultSequence><property name="HTTP_SC" scope="axis2" value="409"/><respond/></faultSequence>'
    failing = '<faultSequence><throwError type="SECOND" errorMessage="again"/></faultSequence>'
    client = Client(
        api(
            resource(THROW, 'uri-template="/own"', own),
            resource(THROW, 'uri-template="/fails"', failing),
            resource(THROW, 'uri-template="/none"'),
            resource(THROW, 'uri-template="/missing" faultSequence="nowhere"'),
        ),
        fault,
    )
    assert (await client.send("GET", "/a/own")).status == 409
    for path, code in (("/a/fails", "SECOND"), ("/a/none", "BOOM"), ("/a/missing", "BOOM")):
        answer = await client.send("GET", path)
        assert (answer.status, answer.header("X-Code")) == (503, code)


async def test_missing_in_sequence_is_a_fault_with_its_name() -> None:
    client = Client(
        api(
            '<resource uri-template="/x" inSequence="nowhere"><faultSequence>'
            + SHOW_FAULT
            + "<respond/></faultSequence></resource>"
        )
    )
    answer = await client.send("GET", "/a/x")
    assert (answer.header("X-Code"), answer.header("X-Message")) == ("0", "Specified sequence: nowhere cannot be found")


async def test_fault_handler_that_stays_silent_is_202_but_500_after_a_reply() -> None:
    silent = "<faultSequence><drop/></faultSequence>"
    client = Client(
        api(
            resource(THROW, 'uri-template="/before"', silent),
            resource(f"<probe.reply/>{THROW}", 'uri-template="/after"', silent),
        )
    )
    assert (await client.send("GET", "/a/before")).status == 202
    assert (await client.send("GET", "/a/after")).status == 500


async def test_discarded_time_limit_runs_no_fault_sequence_but_answers() -> None:
    client = Client(
        api(resource('<sequence key="s"/>', more="<faultSequence><respond/></faultSequence>")),
        sequence("s", "<probe.timeout/>").replace("name=", 'onError="fault" name='),
        sequence("fault", "<respond/>"),
    )
    answer = await client.send("GET", "/a/x")
    assert (answer.status, answer.json["fault"]["code"]) == (500, "101504")


async def test_url_parameters_are_form_decoded() -> None:
    client = Client(api(resource(header("X-U", "$url:q") + "<respond/>")))
    assert (await client.send("GET", "/a/x?q=x+y%2Bz")).header("X-U") == "x y+z"


async def test_defect_of_a_mediator_is_a_fault_like_any_other() -> None:
    answer = await Client(api(resource("<probe.bug/>"))).send("GET", "/a/x")
    assert (answer.status, answer.json["fault"]["code"]) == (500, "0")


async def test_reply_of_send_goes_through_the_out_sequence() -> None:
    out = "<outSequence>" + header("X-Out", "'yes'") + "<probe.send/></outSequence>"
    client = Client(
        api(
            resource("<probe.send/>", 'uri-template="/out"', out),
            resource("<probe.send/>", 'uri-template="/straight"'),
            resource("<probe.send/>", 'uri-template="/silent"', "<outSequence/>"),
        )
    )
    answer = await client.send("GET", "/a/out")
    assert (answer.status, answer.text, answer.header("X-Out")) == (203, "from back end", "yes")
    assert (await client.send("GET", "/a/straight")).text == "from back end"
    assert (await client.send("GET", "/a/silent")).status == 202


async def test_fault_in_the_out_sequence_runs_the_resources_fault_sequence() -> None:
    parts = f"<outSequence>{THROW}</outSequence><faultSequence>{SHOW_FAULT}<respond/></faultSequence>"
    client = Client(
        api(resource('<sequence key="sends"/>', more=parts)),
        sequence("sends", "<probe.send/>").replace("name=", 'onError="wrong" name='),
        sequence("wrong", "<drop/>"),
    )
    answer = await client.send("GET", "/a/x")
    assert (answer.status, answer.header("X-Code")) == (500, "BOOM")


async def test_force_sc_accepted_answers_before_the_back_end_does() -> None:
    flow = '<property name="FORCE_SC_ACCEPTED" scope="axis2" value="true"/><probe.send/>'
    answer = await Client(api(resource(flow))).send("GET", "/a/x")
    assert (answer.status, answer.content) == (202, b"")


async def test_broken_query_escape_is_the_clients_mistake() -> None:
    fault = "<faultSequence>" + SHOW_FAULT + "<respond/></faultSequence>"
    client = Client(api(resource("<respond/>"), resource("<respond/>", 'uri-template="/own"', fault)))
    answer = await client.send("GET", "/a/x?q=%zz")
    assert (answer.status, answer.json["fault"]["code"]) == (400, "400")
    own = await client.send("GET", "/a/own?q=%zz")
    assert (own.status, own.header("X-Code")) == (400, "400")


async def test_options_is_answered_with_allow_and_without_mediation() -> None:
    client = Client(
        api(
            resource("<respond/>"),
            resource("<respond/>", 'methods="DELETE" uri-template="/x"'),
            resource(header("X-Seen", "'yes'") + "<respond/>", 'methods="OPTIONS GET" uri-template="/own"'),
        )
    )
    answer = await client.send("OPTIONS", "/a/x", {"Origin": "https://a.example"})
    assert (answer.status, answer.header("Allow"), answer.content) == (200, "GET, POST, DELETE", b"")
    assert answer.header("Access-Control-Allow-Origin") is None
    assert (await client.send("OPTIONS", "/a/own")).header("X-Seen") == "yes"
    assert (await client.send("OPTIONS", "/a/own", {"Max-Forwards": "0"})).header("X-Seen") is None
    assert (await client.send("OPTIONS", "/a/nope")).status == 404


async def test_global_cors_rules() -> None:
    policy = CorsPolicy(["https://a.example"], headers="X-One")
    client = Client(api(resource("<respond/>")), settings=DataPlaneSettings(cors=policy))
    preflight = await client.send("OPTIONS", "/a/x", {"Origin": "https://a.example"})
    assert preflight.header("Access-Control-Allow-Origin") == "https://a.example"
    assert preflight.header("Access-Control-Allow-Methods") == "GET, POST"
    assert preflight.header("Access-Control-Allow-Headers") == "X-One"
    assert (await client.send("GET", "/a/x", {"Origin": "https://a.example"})).header("Vary") == "Origin"
    stranger = await client.send("GET", "/a/x", {"Origin": "https://b.example"})
    assert stranger.header("Access-Control-Allow-Origin") is None


async def test_cors_rules_of_one_api_replace_the_global_ones() -> None:
    handlers = (
        '<handlers><handler class="org.wso2.micro.integrator.security.handler.CORSRequestHandler">'
        '<property name="allowedOrigins" value="*"/><property name="allowCredentials" value="true"/>'
        '<property name="allowedMethods" value="GET"/><property name="maxAge" value="60"/></handler></handlers>'
    )
    client = Client(
        api(resource("<respond/>"), more=handlers), settings=DataPlaneSettings(cors=CorsPolicy(["https://g"]))
    )
    preflight = await client.send("OPTIONS", "/a/x", {"Origin": "https://a.example"})
    assert preflight.header("Access-Control-Allow-Origin") == "https://a.example"
    assert preflight.header("Access-Control-Allow-Credentials") == "true"
    assert preflight.header("Access-Control-Allow-Methods") == "GET"
    assert preflight.header("Access-Control-Max-Age") == "60"
    missing = await client.send("GET", "/a/zz", {"Origin": "https://a.example"})
    assert (missing.status, missing.header("Access-Control-Allow-Origin")) == (404, "https://a.example")


async def test_basic_authentication_guards_an_api() -> None:
    handlers = '<handlers><handler class="org.wso2.micro.integrator.security.handler.RESTBasicAuthHandler"/></handlers>'
    client = Client(api(resource("<respond/>"), more=handlers), settings=DataPlaneSettings(users={"ann": "s3cret"}))
    unknown = await client.send("GET", "/a/x")
    assert (unknown.status, unknown.header("WWW-Authenticate")) == (401, 'Basic realm="WSO2 EI"')
    for wrong in ("Basic YW5uOndyb25n", "Basic %%%", "Basic Ym9iOnMzY3JldA==", "Basic YW5u"):
        assert (await client.send("GET", "/a/x", {"Authorization": wrong})).status == 403
    assert (await client.send("GET", "/a/x", {"Authorization": "Basic YW5uOnMzY3JldA=="})).status == 200


async def test_handlers_of_ones_own_see_requests_and_replies() -> None:
    if "com.acme.Gate" not in API_HANDLERS:

        @api_handler("com.acme.Gate")
        class Gate(ApiHandler):
            async def handle_request(self, message: MessageContext) -> bool:
                if message.headers.text("X-Pass") == "no":
                    message.axis2["HTTP_SC"] = 418
                    await message.exchange.answer(message)
                    return False
                return True

            async def handle_response(self, message: MessageContext) -> bool:
                message.headers.set("X-Gate", "reply")
                return True

    client = Client(api(resource("<probe.send/>"), more='<handlers><handler class="com.acme.Gate"/></handlers>'))
    assert (await client.send("GET", "/a/x", {"X-Pass": "no"})).status == 418
    assert (await client.send("GET", "/a/x")).header("X-Gate") == "reply"


async def test_proxy_runs_its_in_sequence_with_its_facts() -> None:
    flow = "".join(
        header(f"X-{n}", expression)
        for n, expression in enumerate(
            [
                "get-property('proxy.name')",
                "get-property('To')",
                "$axis2:REST_URL_POSTFIX",
                "get-property('Action')",
                "$axis2:messageType",
                "get-property('OperationName')",
                "$axis2:HTTP_METHOD",
            ]
        )
    )
    client = Client(proxy(f"<inSequence>{flow}<respond/></inSequence>"))
    answer = await client.send("POST", "/services/P/sub/x?y=1", SOAP11, "<a/>")
    assert [answer.header(f"X-{n}") for n in range(7)] == [
        "P",
        "/services/P/sub/x?y=1",
        "/sub/x?y=1",
        "urn:one",
        "text/xml",
        "mediate",
        "POST",
    ]
    plain = await client.send("GET", "/services/P?y=1")
    assert [plain.header(f"X-{n}") for n in range(7)] == [
        "P",
        "/services/P?y=1",
        "?y=1",
        "",
        "application/xml",
        "mediate",
        "GET",
    ]
    soap12 = await client.send(
        "POST", "/services/P.PHttpSoap12Endpoint", {"Content-Type": 'application/soap+xml; action="urn:two"'}, "<a/>"
    )
    assert soap12.header("X-3") == "urn:two"


async def test_proxy_out_and_fault_sequences() -> None:
    client = Client(
        proxy(
            "<inSequence><probe.send/></inSequence><outSequence>"
            + header("X-Out", "'yes'")
            + "<probe.send/></outSequence>"
        ),
        proxy(f"<inSequence>{THROW}</inSequence><faultSequence>{SHOW_FAULT}<respond/></faultSequence>", 'name="F"'),
        f'<proxy xmlns="{SYNAPSE}" name="M"><target inSequence="nowhere"><faultSequence>{SHOW_FAULT}<respond/>'
        "</faultSequence></target></proxy>",
    )
    assert (await client.send("POST", "/services/P", JSON, "{}")).header("X-Out") == "yes"
    assert (await client.send("POST", "/services/F", JSON, "{}")).header("X-Code") == "BOOM"
    missing = await client.send("POST", "/services/M", JSON, "{}")
    assert missing.header("X-Message") == "Unable to find in-sequence : nowhere"


async def test_attributes_of_a_proxy_decide_whether_it_answers() -> None:
    respond = "<inSequence><respond/></inSequence>"
    client = Client(
        proxy(respond, 'name="Off" startOnLoad="false"'),
        proxy(respond, 'name="Tls" transports="https"'),
        proxy(respond, 'name="Pinned" pinnedServers="elsewhere"'),
        proxy(respond, 'name="Here" pinnedServers="localhost"'),
        proxy(respond, 'name="Quiet"', '<parameter name="inbound.only">true</parameter>'),
    )
    statuses = {
        name: (await client.send("POST", f"/services/{name}", JSON, "{}")).status
        for name in ("Off", "Tls", "Pinned", "Here", "Quiet", "here")
    }
    assert statuses == {"Off": 500, "Tls": 500, "Pinned": 404, "Here": 200, "Quiet": 202, "here": 404}
    off = await client.send("POST", "/services/Off", JSON, "{}")
    assert "inactive service" in off.json["Fault"]["faultstring"]
    assert (await client.send("POST", "/services/Tls", JSON, "{}", scheme="https")).status == 200


WSDL = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"><wsdl:portType name="PT">
<wsdl:operation name="getQuote"/></wsdl:portType></wsdl:definitions>"""


async def test_published_wsdl_limits_a_proxy_to_its_operations() -> None:
    respond = "<inSequence>" + header("X-Op", "get-property('OperationName')") + "<respond/></inSequence>"
    free = '<parameter name="disableOperationValidation">true</parameter>'
    client = Client(
        proxy(respond, more=f"<publishWSDL>{WSDL}</publishWSDL>"),
        proxy(respond, 'name="K"', '<publishWSDL key="wsdl"/>'),
        proxy(respond, 'name="D"', f"<publishWSDL>{WSDL}</publishWSDL>{free}"),
        f'<localEntry xmlns="{SYNAPSE}" key="wsdl">{WSDL}</localEntry>',
    )
    good = {**SOAP11, "SOAPAction": '"urn:getQuote"'}
    assert (await client.send("POST", "/services/P", good, "<a/>")).header("X-Op") == "getQuote"
    assert (await client.send("POST", "/services/K", good, "<a/>")).status == 200
    assert (await client.send("POST", "/services/D", SOAP11, "<a/>")).status == 200
    assert (await client.send("POST", "/services/P/getQuote", JSON, "{}")).status == 200
    for headers, media in (
        (SOAP11, "text/xml"),
        ({"Content-Type": "application/xml"}, "application/xml"),
        (JSON, "application/json"),
    ):
        refused = await client.send("POST", "/services/P", headers, "<a/>")
        assert refused.status == 500
        assert (refused.header("Content-Type") or "").startswith(media)
        assert "Operation not found" in refused.text
    assert (await client.send("GET", "/services/P?x=1")).header("Content-Type") == "application/xml"


async def test_wsdl_and_openapi_are_answered_before_mediation() -> None:
    client = Client(
        proxy("<inSequence><drop/></inSequence>"),
        api(resource("<drop/>", 'methods="GET" uri-template="/x/{id}?k={key}"')),
    )
    wsdl = await client.send("GET", "/services/P?wsdl")
    assert (wsdl.status, wsdl.header("Content-Type")) == (200, "text/xml; charset=UTF-8")
    assert 'location="http://localhost:8290/services/P"' in wsdl.text
    swagger = await client.send("GET", "/A?swagger.json")
    assert swagger.json["servers"] == [{"url": "http://localhost:8290/a"}]
    assert [(each["name"], each["in"]) for each in swagger.json["paths"]["/x/{id}"]["get"]["parameters"]] == [
        ("id", "path"),
        ("k", "query"),
    ]
    yaml = pytest.importorskip("yaml")
    assert yaml.safe_load((await client.send("GET", "/A?swagger.yaml&x")).content) == swagger.json
    assert (await client.send("GET", "/A?x&swagger.json")).status == 404
    assert (await client.send("GET", "/services/P?x&wsdl")).status == 202


async def test_list_of_services_is_blocked_unless_asked_for() -> None:
    target = "<inSequence><drop/></inSequence>"
    assert (await Client(proxy(target)).send("GET", "/services")).status == 403
    open_list = await Client(proxy(target), settings=DataPlaneSettings(block_service_list=False)).send(
        "GET", "/services/"
    )
    assert '<a href="P?wsdl">P</a>' in open_list.text


async def test_second_answer_is_dropped_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    answer = await Client(api(resource("<probe.twice/>"))).send("GET", "/a/x")
    assert answer.status == 200
    assert "Trying to send a response to an already responded client request" in caplog.text


async def test_log_lines_name_api_or_proxy_and_the_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    simple = '<log level="custom"><property name="k" value="v"/></log>'
    client = Client(
        api(resource(simple + "<log><message>text</message></log><respond/>")),
        proxy(f"<inSequence>{simple}<respond/></inSequence>"),
    )
    await client.send("GET", "/a/x?q=1")
    await client.send("POST", "/services/P", JSON, "{}")
    lines = [record.getMessage() for record in caplog.records]
    assert "{api:A} k = v" in lines
    assert "{api:A GET /a/x} text" in lines
    assert "{proxy:P} k = v" in lines


async def test_code_that_runs_for_a_request_knows_its_correlation_id() -> None:
    client = Client(api(resource("<probe.working/><respond/>")))
    answer = await client.send("GET", "/a/x", {"activityid": "c-9"})
    assert (answer.header("X-Id"), answer.header("X-Flow")) == ("c-9", "api A > GET,POST /x")


@pytest.mark.parametrize("given", ["", "a\x07b", "x" * 129, "caf\xe9"])
async def test_unsuitable_correlation_id_is_replaced(given: str) -> None:
    answer = await Client(api(resource(THROW))).send("GET", "/a/x", {"activityid": given})
    assert answer.json["fault"]["correlationId"] not in ("", given)


async def test_client_that_went_away_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = Client(api(resource("<respond/>", more=f"<faultSequence>{THROW}</faultSequence>")))
    await client.plane(FakeInbound("GET", "/a/x", gone=True))
    assert "went away" in caplog.text
    assert "fault" not in caplog.text


async def test_unread_body_streams_through_unbuilt() -> None:
    class Stream(BlobBody):
        def __init__(self) -> None:
            super().__init__(Blob(b"abc"))
            self.complete = None
            self.length = 6

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"abc"
            yield b"def"

    client = Client(api(resource("<respond/>")))
    inbound = FakeInbound("POST", "/a/x", {"Content-Type": "text/unknown"})
    inbound.body = Stream()
    await client.plane(inbound)
    assert (inbound.content, inbound.header("Content-Type"), inbound.header("Content-Length")) == (
        b"abcdef",
        "text/unknown",
        "6",
    )
    assert client.services.formats.build_count == 0


async def test_body_of_a_get_is_ignored() -> None:
    inbound = FakeInbound("GET", "/a/x", JSON)
    inbound.body = BytesBody(b'{"a":1}')
    client = Client(api(resource("<respond/>")))
    await client.plane(inbound)
    assert (inbound.status, inbound.content) == (200, b"")


async def test_request_keeps_the_deployment_it_arrived_with() -> None:
    client = Client(
        api(resource('<probe.swap/><sequence key="s"/>')), sequence("s", header("X-V", "'old'") + "<respond/>")
    )
    newer = Client(api(resource("<respond/>", 'uri-template="/other"')))

    def swap() -> None:
        client.deployment = newer.deployment

    client.services.state["swap"] = swap
    assert (await client.send("GET", "/a/x")).header("X-V") == "old"
    assert (await client.send("GET", "/a/x")).status == 404


async def test_unanswerable_payload_is_a_fault_before_the_first_byte() -> None:
    flow = '<property name="CHARACTER_SET_ENCODING" scope="axis2" value="no-such-charset"/>'
    build = '<property name="messageType" scope="axis2" value="application/json"/>'
    answer = await Client(api(resource(build + flow + "<respond/>"))).send("POST", "/a/x", JSON, "{}")
    assert answer.status == 500
    assert answer.json["fault"]["code"] == "0"
