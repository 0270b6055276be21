"""What ingest and query jobs share.

Reading one, listing, changing the state, deleting, and the words of a create.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.csv_codec import DELIMITERS, LINE_ENDINGS
from engine.sandbox.salesforce.errors import ApiError, json_error
from engine.sandbox.salesforce.jobs import Job, State, check_change, check_delete
from engine.sandbox.salesforce.org import USER_ID, Org
from engine.sandbox.salesforce.values import now_text
from engine.sandbox.salesforce.web import Json, json_response, org_of, read_json

PAGE = 1000
_JOB_TYPES = ("V2Ingest", "V2Query", "Classic", "BigObjectIngest")


def text_member(body: Mapping[str, Json], name: str, default: str = "") -> str:
    """A member that must be text when it is there. Raises ApiError."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise json_error(f"Cannot deserialize value of '{name}': it must be a string")
    return value


def one_of(name: str, value: str, allowed: Mapping[str, str] | tuple[str, ...]) -> str:
    """The value when it is one of an enumeration's. Raises ApiError."""
    if value not in allowed:
        raise json_error(f"Cannot deserialize value of '{name}': '{value}' not one of [{', '.join(allowed)}]")
    return value


def known_members(body: Mapping[str, Json], known: frozenset[str]) -> None:
    """Raise ApiError for a member that a create does not have."""
    for name in body:
        if name not in known:
            raise json_error(f'Unrecognized field "{name}"')


def new_job(org: Org, request: Request, body: Mapping[str, Json], *, ingest: bool, state: State) -> Job:
    """A job with what both kinds are told when they are made; the caller fills the rest and adds it."""
    one_of("contentType", text_member(body, "contentType", "CSV"), ("CSV",))
    job = Job(
        id=org.jobs.next_id(),
        ingest=ingest,
        operation=text_member(body, "operation"),
        sobject="",
        created_by=USER_ID,
        created=now_text(),
        version=version_of(request),
        delimiter=one_of("columnDelimiter", text_member(body, "columnDelimiter", "COMMA"), DELIMITERS),
        line_ending=one_of("lineEnding", text_member(body, "lineEnding", "LF"), LINE_ENDINGS),
    )
    job.state = state
    return job


def version_of(request: Request) -> str:
    """The API version of the request's path, such as `57.0`."""
    return str(request.path_params["version"]).removeprefix("v")


async def show(request: Request) -> Response:
    """GET of one job."""
    org = org_of(request)
    job = _job(request)
    await org.processor.settled(job)
    return json_response(request, job.full())


async def change(request: Request) -> Response:
    """PATCH of a job's state; answers the short form."""
    org = org_of(request)
    job = _job(request)
    body = await read_json(request)
    known_members(body, frozenset({"state"}))
    wanted = check_change(job, text_member(body, "state"))
    if wanted is State.ABORTED:
        org.processor.abort(job)
    else:
        org.jobs.save(job, wanted)
        org.processor.submit(job)
    return json_response(request, job.short())


async def delete(request: Request) -> Response:
    """DELETE of a job that has ended, or of an ingest job that waits."""
    org = org_of(request)
    job = _job(request)
    await org.processor.settled(job)
    check_delete(job)
    if job.state is State.UPLOAD_COMPLETE:
        org.processor.abort(job)
    await org.drop_job(job)
    return Response(status_code=204)


async def listing(request: Request) -> Response:
    """GET of all jobs, PAGE at a time.

    The query list also shows ingest jobs unless `jobType` says otherwise.
    """
    org = org_of(request)
    ingest = _is_ingest(request)
    wanted = request.query_params.get("jobType", "")
    if wanted:
        one_of("jobType", wanted, _JOB_TYPES)
    chunking = request.query_params.get("isPkChunkingEnabled", "false").lower()
    one_of("isPkChunkingEnabled", chunking, ("true", "false"))
    fitting = [
        job
        for job in org.jobs.all()
        if (job.ingest or not ingest) and wanted in ("", job.job_type) and chunking == "false"
    ]
    start = _list_start(request.query_params.get("queryLocator", ""), len(fitting))
    page = fitting[start : start + PAGE]
    following: str | None = None
    if start + PAGE < len(fitting):
        locator = urlsafe_b64encode(f"jobs:{start + PAGE}".encode()).decode().rstrip("=")
        kind = "ingest" if ingest else "query"
        following = f"/services/data/v{version_of(request)}/jobs/{kind}?queryLocator={locator}"
        if wanted:
            following += f"&jobType={wanted}"
    body = {"done": following is None, "records": [job.entry() for job in page], "nextRecordsUrl": following}
    return json_response(request, body)


def _list_start(locator: str, total: int) -> int:
    if not locator:
        return 0
    try:
        word, _, number = urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode().partition(":")
        start = int(number)
    except ValueError:
        word, start = "", -1
    if word != "jobs" or not 0 <= start <= total:
        raise ApiError(400, "INVALIDLOCATOR", errors.BAD_LOCATOR.format(locator=locator))
    return start


def _is_ingest(request: Request) -> bool:
    return "/jobs/ingest" in request.url.path


def _job(request: Request) -> Job:
    return org_of(request).job(str(request.path_params["job"]), ingest=_is_ingest(request))
