"""The data plane: every request of the HTTP listeners comes here and gets exactly one answer."""

from __future__ import annotations

import base64
import binascii
import hmac
import itertools
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import field

from engine.artifacts.api import DEFAULT_ENTRY, Api
from engine.artifacts.api_handlers import BasicAuthHandler, CorsHandler
from engine.artifacts.cors import CorsPolicy
from engine.codecs.json_xml_settings import DEFAULT_SETTINGS, JsonXmlSettings
from engine.errors import MediationError
from engine.mediators.base import Flow
from engine.message.context import MessageContext
from engine.message.exchange import Exchange, Services, Trace
from engine.message.fault import note_fault
from engine.message.inbound import Inbound
from engine.observe.context import working_for
from engine.records import dataclass
from engine.runtime.deployment import Deployment
from engine.runtime.descriptions import describe_api, wants_description, wants_wsdl
from engine.runtime.dispatcher import Choice, Request
from engine.runtime.fault_reply import refused_service, unhandled_fault
from engine.runtime.flows import ApiRoute, Flows
from engine.runtime.properties import Facts, QueryError, new_message, set_api_properties, set_query_parameters
from engine.runtime.reply import Answerer, origin_of

log = logging.getLogger("synflow.mediation")

_MAIN = Flows("main sequence", "main", "main", None)
_HANDLER_SEQUENCES = {404: "_resource_mismatch_handler_", 405: "_method_not_allowed_handler_"}


@dataclass(frozen=True, slots=True)
class DataPlaneSettings:
    """What an operator decides about answers. `faults`: "error" answers unhandled faults with 500, "mi" with 202."""

    faults: str = "error"
    service_path: str = "services"
    block_service_list: bool = True
    server_name: str = "localhost"
    correlation_header: str = "activityid"
    cors: CorsPolicy | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    json_xml: JsonXmlSettings = DEFAULT_SETTINGS


class DataPlane:
    """The handler of the HTTP listeners. `current` gives the deployment that a request arriving now keeps."""

    def __init__(
        self,
        current: Callable[[], Deployment],
        services: Services,
        settings: DataPlaneSettings | None = None,
        *,
        entry: str = DEFAULT_ENTRY,
    ) -> None:
        self.settings = settings or DataPlaneSettings()
        self.answerer = Answerer(self.settings.cors)
        self._current = current
        self._services = services
        self._entry = entry
        self._service_prefix = f"/{self.settings.service_path}/"
        self._service_list = (self._service_prefix, self._service_prefix[:-1])
        self._correlation_header = self.settings.correlation_header.lower().encode()
        self._correlation_prefix = f"{secrets.token_hex(6)}-{os.getpid():x}-"
        self._count = itertools.count(1)
        self._answer = self.answerer.answer
        self._accept = self.answerer.accept
        self._fail_bound = self._fail

    async def __call__(self, inbound: Inbound, trace: Trace | None = None) -> None:
        """Serve one request, recorded by `trace` when there is one."""
        deployment = self._current()
        facts = Facts(inbound, self._correlation_header)
        exchange = Exchange(
            inbound, deployment, self._services, facts.correlation or f"{self._correlation_prefix}{next(self._count):x}"
        )
        working_for.set(exchange)
        exchange.answer = self._answer
        exchange.accept = self._accept
        exchange.fail = self._fail_bound
        message = new_message(exchange, facts, self.settings.json_xml)
        if trace is not None:
            trace.start(message)
        target = inbound.target
        if target.startswith(self._service_prefix):
            await self._serve_service(message, facts, deployment)
        else:
            await self._serve_dispatched(message, facts, deployment)
        if not exchange.answered:
            await self.answerer.status(exchange, 202)

    async def _serve_dispatched(self, message: MessageContext, facts: Facts, deployment: Deployment) -> None:
        """An API, or what no API takes."""
        inbound = message.exchange.inbound
        choice = deployment.dispatcher.choose(
            inbound.method, inbound.target, Request(inbound.scheme, inbound.headers, facts.has_body, self._entry)
        )
        if choice.api is not None:
            await self._serve_api(message, facts, choice)
        else:
            await self._serve_rest(message, facts, deployment, denied=choice.denied)

    # -- APIs
    async def _serve_api(self, message: MessageContext, facts: Facts, choice: Choice[ApiRoute]) -> None:
        exchange = message.exchange
        api = choice.api
        assert api is not None
        route = choice.route
        exchange.api = api
        exchange.entry = f"api {api.name}" if route is None else route.api_label
        exchange.log_prefix = f"{{api:{api.name}}} " if route is None else route.log_prefix
        if api.handlers and not await self._pass_handlers(message, api, choice):
            return
        if choice.status != 200 or route is None or choice.resource is None:
            await self._refuse(message, facts, choice)
            return
        method = exchange.inbound.method
        if method == "OPTIONS" and (not self._lists_options(choice) or _last_hop(exchange.inbound)):
            await self._answer_options(message, api, choice)
            return
        exchange.entry = route.label
        exchange.out_flow = route.run_out
        set_api_properties(message, route.constants, choice.sub_path, choice.variables, facts)
        query = choice.sub_path.partition("?")[2]
        if not query:
            await route.guarded(message, route.run_in)
            return

        async def with_query(message: MessageContext) -> Flow:
            set_query_parameters(message, query)
            return await route.run_in(message)

        await route.guarded(message, with_query)

    async def _pass_handlers(self, message: MessageContext, api: Api, choice: Choice[ApiRoute]) -> bool:
        """Run the API's handlers in order; False when one of them has answered."""
        for handler in api.handlers:
            if isinstance(handler, CorsHandler):
                preflight = message.exchange.inbound.method == "OPTIONS" and choice.status == 200
                if preflight and not self._lists_options(choice):
                    await self._answer_options(message, api, choice)
                    return False
            elif isinstance(handler, BasicAuthHandler):
                if not await self._authenticated(message.exchange):
                    return False
            elif not await handler.handle_request(message):
                return False
        return True

    def _lists_options(self, choice: Choice[ApiRoute]) -> bool:
        return choice.resource is not None and "OPTIONS" in choice.resource.methods

    async def _answer_options(self, message: MessageContext, api: Api, choice: Choice[ApiRoute]) -> None:
        """OPTIONS on a resource that does not list it: 200, Allow, and what a preflight wants to know."""
        exchange = message.exchange
        deployment = exchange.deployment
        assert isinstance(deployment, Deployment)
        allow = deployment.dispatcher.allowed(api, choice.sub_path)
        headers = [(b"Allow", allow.encode())]
        policy = self.answerer.policy(exchange)
        if policy is not None:
            headers.extend(policy.preflight_headers(origin_of(exchange), allow))
        await self.answerer.status(exchange, 200, headers, cross_origin=False)

    async def _authenticated(self, exchange: Exchange) -> bool:
        """Basic authentication: 401 without credentials, 403 with wrong ones (RESTBasicAuthHandler)."""
        given = next((value for name, value in exchange.inbound.headers if name == b"authorization"), b"")
        scheme, _, coded = given.partition(b" ")
        if scheme.lower() != b"basic":
            await self.answerer.status(exchange, 401, [(b"WWW-Authenticate", b'Basic realm="WSO2 EI"')])
            return False
        try:
            user, colon, password = base64.b64decode(coded.strip(), validate=True).partition(b":")
        except binascii.Error:
            user, colon, password = b"", b"", b""
        wanted = self.settings.users.get(user.decode("utf-8", "replace"))
        if not colon or not hmac.compare_digest(password, (wanted or secrets.token_hex()).encode()):
            await self.answerer.status(exchange, 403)
            return False
        return True

    async def _refuse(self, message: MessageContext, facts: Facts, choice: Choice[ApiRoute]) -> None:
        """404, 405 or 400 of a known API, by the flow's own sequence where one is deployed for it."""
        exchange = message.exchange
        assert choice.api is not None
        name = _HANDLER_SEQUENCES.get(choice.status)
        if name is not None and name in exchange.deployment.sequences:
            flows = Flows(f"api {choice.api.name}", name, None, None)
            exchange.out_flow = flows.run_out
            message.properties["REST_FULL_REQUEST_PATH"] = exchange.inbound.target
            message.properties["REST_METHOD"] = exchange.inbound.method
            message.properties["SYNAPSE_REST_API"] = choice.api.name
            message.axis2["REST_URL_POSTFIX"] = choice.sub_path
            await flows.guarded(message, flows.run_in)
        headers = [(b"Allow", choice.allow.encode())] if choice.allow else None
        await self.answerer.status(exchange, choice.status, headers)

    # -- everything else
    async def _serve_rest(self, message: MessageContext, facts: Facts, deployment: Deployment, *, denied: bool) -> None:
        """What no API takes: descriptions, the list of services, favicon, the main sequence, 404."""
        exchange = message.exchange
        target = exchange.inbound.target
        if wants_description(target):
            described = describe_api(deployment, target, exchange.inbound.scheme, facts.host)
            if described is not None:
                media, body = described
                await self.answerer.status(exchange, 200, [(b"content-type", media.encode())], body)
                return
        if target in self._service_list and exchange.inbound.method == "GET":
            await self._list_services(exchange, deployment)
            return
        if target == "/favicon.ico":
            await self.answerer.status(exchange, 404)
            return
        if denied:
            message.properties["TRANSPORT_DENIED"] = True
        await self._run_main(message, deployment)

    async def _list_services(self, exchange: Exchange, deployment: Deployment) -> None:
        if self.settings.block_service_list:
            await self.answerer.status(exchange, 403)
            return
        from html import escape  # one of a start's imports for a page that is seldom asked for

        listed = map(escape, sorted(deployment.services))
        names = "".join(f'<li><a href="{name}?wsdl">{name}</a></li>' for name in listed)
        body = f"<html><head><title>Services</title></head><body><ul>{names}</ul></body></html>".encode()
        await self.answerer.status(exchange, 200, [(b"content-type", b"text/html; charset=UTF-8")], body)

    async def _run_main(self, message: MessageContext, deployment: Deployment) -> None:
        exchange = message.exchange
        exchange.entry = _MAIN.label
        message.axis2["REST_URL_POSTFIX"] = exchange.inbound.target
        message.properties["TRANSPORT_IN_NAME"] = exchange.inbound.scheme
        if "main" in deployment.sequences:
            exchange.out_flow = _MAIN.run_out
            await _MAIN.guarded(message, _MAIN.run_in)
            return
        log.info("main sequence executed for call to non-existent = %s", exchange.inbound.target)
        await self.answerer.status(exchange, 404)

    # -- proxies
    async def _serve_service(self, message: MessageContext, facts: Facts, deployment: Deployment) -> None:
        exchange = message.exchange
        target = exchange.inbound.target
        rest = target[len(self._service_prefix) :]
        end = min((position for position in (rest.find("/"), rest.find("?")) if position >= 0), default=len(rest))
        name = rest[:end]
        route = deployment.services.get(name) or deployment.services.get(name.partition(".")[0])
        if route is None:
            # An API may have its context below the path of the services.
            await self._serve_dispatched(message, facts, deployment)
            return
        if wants_wsdl(rest[end:]) and exchange.inbound.method == "GET":
            address = f"{exchange.inbound.scheme}://{facts.host}{self._service_prefix}{route.proxy.name}"
            await self.answerer.status(
                exchange, 200, [(b"content-type", b"text/xml; charset=UTF-8")], route.wsdl(address)
            )
            return
        message.axis2["REST_URL_POSTFIX"] = rest[end:]
        refusal = route.refusal(message, facts, self.settings.server_name)
        if refusal is not None:
            await self._refuse_service(exchange, facts, *refusal)
            return
        if not facts.content_type:
            message.axis2["messageType"] = "application/xml"
        message.properties = {"proxy.name": route.proxy.name, "TRANSPORT_IN_NAME": exchange.inbound.scheme}
        exchange.log_prefix = f"{{proxy:{route.proxy.name}}} "
        exchange.entry = route.label
        exchange.out_flow = route.run_out
        await route.run(message)

    async def _refuse_service(self, exchange: Exchange, facts: Facts, status: int, reason: str) -> None:
        if not reason:
            await self.answerer.status(exchange, status)
            return
        log.warning("%s", reason)
        media, body = refused_service(exchange, facts, reason)
        await self.answerer.status(exchange, status, [(b"content-type", media.encode())], body)

    # -- faults
    async def _fail(self, message: MessageContext, error: MediationError) -> None:
        """The built-in fault sequence: log, then tell the client."""
        exchange = message.exchange
        note_fault(message, error)
        properties = message.properties
        log.error(
            "Executing default 'fault' sequence, ERROR_CODE = %s, ERROR_MESSAGE = %s, at %s, request %s %s, "
            "correlation id %s",
            properties.get("ERROR_CODE"),
            properties.get("ERROR_MESSAGE"),
            error.location,
            exchange.inbound.method,
            exchange.inbound.target,
            exchange.correlation_id,
        )
        if exchange.answered or self.settings.faults == "mi":
            return
        facts = Facts(exchange.inbound, self._correlation_header)
        media, body = unhandled_fault(exchange, facts, properties.get("ERROR_CODE"))
        status = 400 if isinstance(error, QueryError) else 500
        await self.answerer.status(exchange, status, [(b"content-type", media.encode())], body)


def _last_hop(inbound: Inbound) -> bool:
    return any(name == b"max-forwards" and value.strip() == b"0" for name, value in inbound.headers)
