"""`<salesforce_bulkapi_v2.getAllQueryJobInfo>`: the query jobs of the org, a page at a time."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.job_list import JobList
from engine.mediators.connector import operation
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.getAllQueryJobInfo")
class GetAllQueryJobInfo(JobList):
    """List the query jobs of the org."""

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Get a page of the list."""
        await self.fetch(message, connection, "query")
