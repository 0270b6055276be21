"""Handlers of an API: what runs before its resources and before its answers, named by class in the XML."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.artifacts.cors import CorsPolicy
from engine.message.context import MessageContext
from engine.registry import Registry
from engine.source.node import Node


class ApiHandler:
    """One handler; made when the API is deployed and shared by its messages.

    A subclass for a `class` of its own is registered with `@api_handler`; its constructor gets the `<property>` values
    by name and may raise ValueError, which becomes a located problem.
    """

    __slots__ = ()

    def __init__(self, properties: dict[str, str]) -> None:
        """Take the properties; the default wants none."""
        if properties:
            raise ValueError("it takes no properties, but has " + ", ".join(properties))

    async def handle_request(self, message: MessageContext) -> bool:
        """Look at a request before its resource runs; False when it has been answered and nothing else should run."""
        return True

    async def handle_response(self, message: MessageContext) -> bool:
        """Look at a reply that came for `send` before the out sequence; False when nothing else should run."""
        return True


API_HANDLERS: Registry[type[ApiHandler]] = Registry("API handler")
H = TypeVar("H", bound=ApiHandler)


def api_handler(*names: str) -> Callable[[type[H]], type[H]]:
    """Register the class below as the handler of these class names."""

    def register(cls: type[H]) -> type[H]:
        for name in names:
            API_HANDLERS.add(name, cls)
        return cls

    return register


@api_handler(
    "org.wso2.micro.integrator.security.handler.CORSRequestHandler",
    "org.wso2.carbon.integrator.core.handler.CORSRequestHandler",
)
class CorsHandler(ApiHandler):
    """CORS rules of one API, in place of the global ones. The data plane applies them."""

    __slots__ = ("policy",)

    KNOWN = ("allowedOrigins", "allowedMethods", "allowHeaders", "allowCredentials", "maxAge")

    def __init__(self, properties: dict[str, str]) -> None:
        unknown = [name for name in properties if name not in self.KNOWN]
        if unknown:
            raise ValueError(f"it has no property {unknown[0]!r}; known: {', '.join(self.KNOWN)}")
        max_age = properties.get("maxAge", "").strip()
        if max_age and not max_age.lstrip("-").isdigit():
            raise ValueError(f"maxAge must be a whole number of seconds, not {max_age!r}")
        self.policy = CorsPolicy(
            properties.get("allowedOrigins", "").split(","),
            methods=properties.get("allowedMethods", ""),
            headers=properties.get("allowHeaders", ""),
            max_age=max_age,
            credentials=properties.get("allowCredentials", "").strip().lower() == "true",
        )


@api_handler(
    "org.wso2.micro.integrator.security.handler.RESTBasicAuthHandler",
    "org.wso2.carbon.integrator.core.handler.RESTBasicAuthHandler",
)
class BasicAuthHandler(ApiHandler):
    """Asks for user name and password. The data plane checks them against the users of its settings."""

    __slots__ = ()


def read_handlers(node: Node) -> tuple[ApiHandler, ...]:
    """The `<handlers>` of an API. An unknown class is an error: leaving out what may guard an API would open it."""
    holder = node.child("handlers")
    if holder is None:
        return ()
    handlers: list[ApiHandler] = []
    for child in holder.children("handler"):
        name = child.attribute("class", required=True)
        properties: dict[str, str] = {}
        for each in child.children("property"):
            key = each.attribute("name", required=True)
            value = each.attribute("value", each.text(), empty_ok=True)
            each.finish()
            if key is not None:
                properties[key] = value or ""
        child.finish()
        if name is None:
            continue
        cls = API_HANDLERS.get(name)
        if cls is None:
            near = API_HANDLERS.nearest(name)
            child.error(
                "SYN069",
                f"no API handler is known by the class {name!r}",
                attribute="class",
                hint=f"did you mean {near!r}?" if near else "known: " + ", ".join(API_HANDLERS),
            )
            continue
        try:
            handlers.append(cls(properties))
        except ValueError as error:
            child.error("SYN069", f"the handler {name} is wrong: {error}", hint="correct its <property> children")
    holder.finish()
    return tuple(handlers)
