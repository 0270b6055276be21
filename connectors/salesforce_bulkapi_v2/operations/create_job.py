"""`<salesforce_bulkapi_v2.createJob>`: an ingest job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.errors import misconfigured
from connectors.salesforce_bulkapi_v2.operation import (
    DELIMITERS,
    LINE_ENDINGS,
    SalesforceOperation,
    call_through,
)
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext
from engine.source.node import Node

_OPERATIONS = {
    "INSERT": "insert",
    "UPDATE": "update",
    "UPSERT": "upsert",
    "DELETE": "delete",
    "HARD_DELETE": "hardDelete",
}


@operation("salesforce_bulkapi_v2.createJob")
class CreateJob(SalesforceOperation):
    """Create an ingest job; its id is in the reply."""

    job_operation: str = parameter(
        "operation", "what is done with the rows", kind="choice", fold=True, required=True, choices=tuple(_OPERATIONS)
    )
    object: str = parameter("object", "API name of the object, such as Account", required=True)
    column_delimiter: str | None = parameter(
        "columnDelimiter", "between the columns of the CSV", kind="choice", default=None, choices=DELIMITERS, fold=True
    )
    line_ending: str | None = parameter(
        "lineEnding", "of the CSV", kind="choice", default=None, choices=LINE_ENDINGS, fold=True
    )
    assignment_rule: str | None = parameter("assignmentRuleId", "assignment rule for a Case or Lead", default=None)
    external_id_field: str | None = parameter(
        "externalIdFieldName", "field that tells records apart; needed for UPSERT", default=None
    )

    @classmethod
    def check(cls, node: Node, constants: Mapping[str, Any], given: frozenset[str]) -> None:
        """UPSERT needs an external id."""
        if constants.get("job_operation") == "UPSERT" and "external_id_field" not in given:
            node.error(
                "SYN082",
                f"<{node.tag}> with operation UPSERT needs the parameter <externalIdFieldName>",
                hint="the field that tells records apart; Id is allowed",
            )

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Create it."""
        if self.job_operation == "UPSERT" and not self.external_id_field:
            raise misconfigured("External ID field name is required for the operation UPSERT")
        members = {
            "assignmentRuleId": self.assignment_rule,
            "columnDelimiter": self.column_delimiter,
            "externalIdFieldName": self.external_id_field,
            "lineEnding": self.line_ending,
            "operation": _OPERATIONS[self.job_operation],
            "object": self.object,
        }
        job = {name: value for name, value in members.items() if value is not None}
        await call_through(message, connection, "POST", "/ingest/", job)
