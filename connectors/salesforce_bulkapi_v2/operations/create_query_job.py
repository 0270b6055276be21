"""`<salesforce_bulkapi_v2.createQueryJob>`: a query job."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.operation import (
    DELIMITERS,
    LINE_ENDINGS,
    SalesforceOperation,
    call_through,
)
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext

_OPERATIONS = {"QUERY": "query", "QUERY_ALL": "queryAll"}


@operation("salesforce_bulkapi_v2.createQueryJob")
class CreateQueryJob(SalesforceOperation):
    """Create a query job; its id is in the reply."""

    query: str = parameter("query", "the SOQL query", required=True)
    job_operation: str = parameter(
        "operation",
        "QUERY_ALL finds deleted records too",
        kind="choice",
        fold=True,
        default="QUERY",
        choices=tuple(_OPERATIONS),
    )
    column_delimiter: str | None = parameter(
        "columnDelimiter",
        "between the columns of the results",
        kind="choice",
        default=None,
        choices=DELIMITERS,
        fold=True,
    )
    line_ending: str | None = parameter(
        "lineEnding", "of the results", kind="choice", default=None, choices=LINE_ENDINGS, fold=True
    )

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Create it."""
        members = {
            "columnDelimiter": self.column_delimiter,
            "lineEnding": self.line_ending,
            "operation": _OPERATIONS[self.job_operation],
            "query": self.query,
        }
        job = {name: value for name, value in members.items() if value is not None}
        await call_through(message, connection, "POST", "/query/", job)
