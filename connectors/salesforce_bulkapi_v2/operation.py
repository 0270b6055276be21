"""What all operations of the Salesforce connector share."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.calls import Call, perform
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.errors import SalesforceFault, misconfigured
from engine.endpoints.reply import take_reply
from engine.errors import MediationError
from engine.mediators.connector import Operation, ParameterError
from engine.message.context import MessageContext
from engine.message.payload import Payload
from engine.records import dataclass
from engine.values.json_document import Json, dumps

DELIMITERS = ("BACKQUOTE", "CARET", "COMMA", "PIPE", "SEMICOLON", "TAB")
LINE_ENDINGS = ("LF", "CRLF")
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceOperation(Operation):
    """An operation whose reply becomes the message: body, headers, and HTTP_SC, errors of Salesforce included."""

    @classmethod
    def misconfigured(cls, message: MessageContext, error: ParameterError) -> MediationError:
        """Missing and wrong parameters: ERROR_CODE 1, HTTP_SC 400."""
        return misconfigured(str(error))

    @classmethod
    def failed(cls, message: MessageContext, error: MediationError, *, to_variable: bool) -> None:
        """Leave `{"error": ...}` and the status for the fault sequence."""
        if isinstance(error, SalesforceFault):
            put_json(message, {"error": error.message})
            message.axis2["HTTP_SC"] = error.status


async def call_through(
    message: MessageContext, connection: SalesforceConnection, method: str, path: str, body: Json | None = None
) -> int:
    """Make a call and let its reply be the message; returns the status."""
    data = b"" if body is None else dumps(body).encode()
    reply = await perform(message, connection, Call(method, path, data, JSON if data else ""))
    take_reply(message, reply)
    return reply.status


def put_json(message: MessageContext, value: Json) -> None:
    """Make a JSON value the body."""
    payload = Payload(rules=message.payload.rules)
    payload.set_json(value)
    message.payload = payload
    message.headers.remove("content-type")
    message.axis2["messageType"] = message.axis2["ContentType"] = JSON
    message.axis2.pop("NO_ENTITY_BODY", None)


async def delete(message: MessageContext, connection: SalesforceConnection, path: str) -> None:
    """Delete a job; when it is gone the body says `{"result": "success"}`."""
    if await call_through(message, connection, "DELETE", path) == 204:
        message.axis2["HTTP_SC"] = 200
        put_json(message, {"result": "success"})
