"""Query jobs: create, pages of results."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.errors import ApiError, not_found
from engine.sandbox.salesforce.jobs import Job, State, check_results
from engine.sandbox.salesforce.query import HEADER, LAST_LOCATOR, RESULTS, Page, find_page
from engine.sandbox.salesforce.routes import jobs
from engine.sandbox.salesforce.settings import OLDEST_PAGES_VERSION, OLDEST_QUERY_VERSION
from engine.sandbox.salesforce.soql import compile_query, parse
from engine.sandbox.salesforce.web import file_response, json_response, org_of, read_json

OPERATIONS = ("query", "queryAll")
PARALLEL_PAGES = 5
_MEMBERS = frozenset({"operation", "query", "contentType", "columnDelimiter", "lineEnding"})


async def create(request: Request) -> Response:
    """POST: a new query job, at once on its way. The query is checked here."""
    org = org_of(request)
    _need_version(request, OLDEST_QUERY_VERSION)
    body = await read_json(request)
    jobs.known_members(body, _MEMBERS)
    operation = jobs.one_of("operation", jobs.text_member(body, "operation"), OPERATIONS)
    text = jobs.text_member(body, "query")
    if not text.strip():
        raise ApiError(400, "API_ERROR", "A query is required for query jobs")
    compiled = compile_query(parse(text), org.schema, deleted_too=operation == "queryAll", bulk=True)
    job = jobs.new_job(org, request, body, ingest=False, state=State.UPLOAD_COMPLETE)
    job.sobject = compiled.sobject.name
    job.query = text
    org.jobs.add(job)
    answer = json_response(request, job.medium())
    org.processor.submit(job)
    return answer


def _need_version(request: Request, oldest: int) -> None:
    if float(jobs.version_of(request)) < oldest:
        raise not_found()


async def _finished(request: Request) -> Job:
    """The job whose results are asked. Raises ApiError."""
    org = org_of(request)
    job = org.job(str(request.path_params["job"]), ingest=False)
    await org.processor.settled(job)
    if jobs.version_of(request) != job.version:
        raise ApiError(
            409,
            "API_VERSION_MISMATCH",
            f"The job was created with API version {job.version}; use the same version",
        )
    check_results(job)
    return job


def _page_size(request: Request, default: int) -> int:
    text = request.query_params.get("maxRecords", "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**31:
        raise ApiError(400, "INVALID_ARGUMENT", errors.BAD_MAX_RECORDS)
    return int(text)


async def results(request: Request) -> Response:
    """GET of a page of results; the locator of the next one, or the word `null`, is a header."""
    org = org_of(request)
    job = await _finished(request)
    folder = org.jobs.files(job)
    locator = request.query_params.get("locator", "")
    size = _page_size(request, org.settings.page_records)
    page = await anyio.to_thread.run_sync(find_page, folder, locator, size)
    headers = {"Sforce-NumberOfRecords": str(page.rows), "Sforce-Locator": page.locator}
    head = (folder / HEADER).read_bytes()
    return file_response(folder / RESULTS, page.start, page.stop, head=head, headers=headers)


async def pages(request: Request) -> Response:
    """GET of the addresses of up to five pages, to be fetched side by side."""
    org = org_of(request)
    _need_version(request, OLDEST_PAGES_VERSION)
    job = await _finished(request)
    folder = org.jobs.files(job)
    size = _page_size(request, org.settings.page_records)
    base = f"/services/data/v{job.version}/jobs/query/{job.id}"
    locator = request.query_params.get("locator", "")
    listed: list[dict[str, str]] = []
    while len(listed) < PARALLEL_PAGES and locator != LAST_LOCATOR:
        page: Page = await anyio.to_thread.run_sync(find_page, folder, locator, size)
        suffix = f"&maxRecords={size}" if "maxRecords" in request.query_params else ""
        listed.append({"resultUrl": f"{base}/results?locator={locator}{suffix}"})
        locator = page.locator
    done = locator == LAST_LOCATOR
    following = None if done else f"{base}/resultpages?locator={locator}"
    return json_response(request, {"resultPages": listed, "nextRecordsUrl": following, "done": done})


def routes() -> list[Route]:
    """The paths of query jobs."""
    base = "/services/data/{version}/jobs/query"
    return [
        Route(base, create, methods=["POST"]),
        Route(base, jobs.listing, methods=["GET"]),
        Route(base + "/{job}", jobs.show, methods=["GET"]),
        Route(base + "/{job}", jobs.change, methods=["PATCH"]),
        Route(base + "/{job}", jobs.delete, methods=["DELETE"]),
        Route(base + "/{job}/results", results, methods=["GET"]),
        Route(base + "/{job}/resultPages", pages, methods=["GET"]),
    ]
