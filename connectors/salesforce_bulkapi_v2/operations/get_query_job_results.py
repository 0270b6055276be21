"""`<salesforce_bulkapi_v2.getQueryJobResults>`: the rows of a query job, a page at a time."""

from __future__ import annotations

from urllib.parse import quote

from connectors.salesforce_bulkapi_v2.calls import job_path
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.results import ResultsOperation
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.getQueryJobResults")
class GetQueryJobResults(ResultsOperation):
    """Get rows of a query job. `$trp:Sforce-Locator` names the next page; it is `null` on the last one."""

    job_id: str = parameter("queryJobId", "id of the job", required=True)
    locator: str | None = parameter("locator", "the page to get", default=None)
    max_records: int | None = parameter(
        "maxRecords", "how many rows at most; otherwise Salesforce decides", kind="integer", default=None, minimum=1
    )

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Get them."""
        query = []
        if self.locator:
            query.append(f"locator={quote(self.locator, safe='')}")
        if self.max_records is not None:
            query.append(f"maxRecords={self.max_records}")
        path = job_path("query", self.job_id, "/results")
        await self.fetch(message, connection, path + ("?" + "&".join(query) if query else ""))
