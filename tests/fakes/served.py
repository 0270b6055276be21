"""An API with scripted back ends, run through the data plane."""

from __future__ import annotations

from typing import Any

from engine.source.document import SYNAPSE
from tests.fakes.backends import Backends
from tests.fakes.flows import FakeServices
from tests.fakes.inbound import Client, FakeInbound

FAULT = (
    "<faultSequence><header name='X-Code' scope='transport' expression='$ctx:ERROR_CODE'/>"
    "<header name='X-Message' scope='transport' expression='$ctx:ERROR_MESSAGE'/><respond/></faultSequence>"
)


class Served:
    """An API `/t` whose in sequence is given, named endpoints beside it, and scripted back ends."""

    def __init__(self, in_sequence: str, *artifacts: str, fault: bool = True, **hosts: Any) -> None:
        self.backends = Backends(**hosts)
        self.services = FakeServices(http=self.backends)
        self.deploy(in_sequence, *artifacts, fault=fault)

    def deploy(self, in_sequence: str, *artifacts: str, fault: bool = True) -> None:
        """Deploy anew; what lives in the services stays."""
        api = (
            f"<api xmlns='{SYNAPSE}' name='T' context='/t'>"
            "<resource methods='GET POST PUT DELETE PATCH' uri-template='/*'>"
            f"<inSequence>{in_sequence}</inSequence>{FAULT if fault else ''}</resource></api>"
        )
        files = [text.replace(" ", f" xmlns='{SYNAPSE}' ", 1) for text in artifacts]
        self.client = Client(api, *files, services=self.services)

    async def post(self, body: str = '{"a": 1}', path: str = "/t/x", **headers: str) -> FakeInbound:
        """A JSON POST."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.send("POST", path, {"Content-Type": "application/json", **given}, body)

    async def get(self, path: str = "/t/x", **headers: str) -> FakeInbound:
        """A GET."""
        return await self.client.send("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})


def fault_of(answer: FakeInbound) -> tuple[str | None, str | None]:
    """ERROR_CODE and ERROR_MESSAGE as the fault sequence saw them."""
    return answer.header("X-Code"), answer.header("X-Message")
