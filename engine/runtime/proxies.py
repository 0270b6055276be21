"""Proxy services as the data plane runs them."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.artifacts.local_entry import LocalEntry
from engine.artifacts.proxy import Proxy
from engine.artifacts.wsdl import WsdlOperations, generated_wsdl, read_operations
from engine.mediators.base import CONTINUE, Flow
from engine.message.context import MessageContext
from engine.runtime.flows import Flows
from engine.runtime.properties import Facts


class ProxyRoute(Flows):
    """What a request to one proxy service runs."""

    __slots__ = ("_operations", "_published", "proxy")

    def __init__(self, proxy: Proxy, local_entries: Mapping[str, LocalEntry]) -> None:
        super().__init__(
            f"proxy {proxy.name}",
            proxy.in_sequence,
            proxy.out_sequence,
            proxy.fault_sequence,
            in_missing="Unable to find in-sequence : {}",
        )
        self.proxy = proxy
        self._published: etree._Element | None = None
        self._operations: WsdlOperations | None = None
        if proxy.wsdl is not None:
            self._published, self._operations = proxy.wsdl.definitions, proxy.wsdl.operations
            entry = local_entries.get(proxy.wsdl.key) if proxy.wsdl.key else None
            if entry is not None and entry.element is not None:
                self._published = entry.element
                try:
                    self._operations = read_operations(entry.element)
                except ValueError:
                    # Such an entry publishes as it is; without operations there is nothing to check requests against.
                    self._operations = None
        if proxy.parameter("disableOperationValidation").lower() == "true":
            self._operations = None

    async def run(self, message: MessageContext) -> None:
        """In sequence, then the target's endpoint unless the sequence ended the flow."""
        await self.guarded(message, self._run)

    async def _run(self, message: MessageContext) -> Flow:
        flow = await self.run_in(message)
        if flow is CONTINUE and self.proxy.sender is not None:
            return await self.proxy.sender.run(message)
        return flow

    def refusal(self, message: MessageContext, facts: Facts, server_name: str) -> tuple[int, str] | None:
        """Status and reason when the service does not take this request, else None; 202 discards it in silence."""
        proxy = self.proxy
        inbound = message.exchange.inbound
        if proxy.pinned_servers and server_name not in proxy.pinned_servers:
            return 404, ""
        if not proxy.start_on_load:
            return 500, f"The service {proxy.name} is an inactive service (startOnLoad is false)"
        if proxy.transports and inbound.scheme not in proxy.transports:
            return 500, (
                f"The service cannot be found for the endpoint reference (EPR) {inbound.target}: {proxy.name} "
                f"is not offered over {inbound.scheme}"
            )
        if proxy.parameter("inbound.only").lower() == "true":
            return 202, ""
        if self._operations is None:
            return None
        operation = self._operations.chosen(facts.action, str(message.axis2.get("REST_URL_POSTFIX", "")))
        if operation is None:
            return 500, (
                f"The endpoint reference (EPR) for the Operation not found is {inbound.target} and the WSA "
                f"Action = {facts.action or 'null'}. The operations of the WSDL of {proxy.name} are: "
                + ", ".join(sorted(self._operations.names))
            )
        message.axis2["OperationName"] = operation
        return None

    def wsdl(self, address: str) -> bytes:
        """The WSDL that `?wsdl` answers."""
        if self._published is not None:
            return etree.tostring(self._published, encoding="UTF-8", xml_declaration=True)
        return generated_wsdl(self.proxy.name, address)
