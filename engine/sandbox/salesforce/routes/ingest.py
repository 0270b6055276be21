"""Ingest jobs: create, upload, results."""

from __future__ import annotations

import os
import zlib
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.errors import ApiError
from engine.sandbox.salesforce.ingest import FAILED, SUCCESSFUL, UNPROCESSED, UPLOAD
from engine.sandbox.salesforce.jobs import Job, State, check_results, check_upload
from engine.sandbox.salesforce.org import Org
from engine.sandbox.salesforce.routes import jobs
from engine.sandbox.salesforce.routes.multipart import read_job_form
from engine.sandbox.salesforce.schema import SObject
from engine.sandbox.salesforce.web import Json, file_response, json_response, org_of, read_json

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_MEMBERS = frozenset(
    {
        "object", "operation", "contentType", "columnDelimiter", "lineEnding", "externalIdFieldName",
        "assignmentRuleId",
    }
)  # fmt: skip
_RESULTS = {"successfulResults": SUCCESSFUL, "failedResults": FAILED, "unprocessedRecords": UNPROCESSED}
_WRITE_PIECE = 1 << 20


async def create(request: Request) -> Response:
    """POST: a new job, with its data when the body is a form of two parts."""
    org = org_of(request)
    content_type = request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/form-data"):
        body, content = await read_job_form(request)
        job = _new_job(org, request, body, State.UPLOAD_COMPLETE)
        path = _upload_path(org, job)
        await anyio.to_thread.run_sync(path.write_bytes, content)
        job.uploaded = True
        org.jobs.add(job)
        answer = json_response(request, job.medium())
        org.processor.submit(job)
        return answer
    job = _new_job(org, request, await read_json(request), State.OPEN)
    org.jobs.add(job)
    return json_response(request, job.medium())


def _new_job(org: Org, request: Request, body: Mapping[str, Json], state: State) -> Job:
    jobs.known_members(body, _MEMBERS)
    operation = jobs.one_of("operation", jobs.text_member(body, "operation"), OPERATIONS)
    if operation == "hardDelete" and not org.settings.hard_delete_allowed:
        raise ApiError(400, "INVALIDOPERATION", "hardDelete operation requires special user profile permission")
    sobject = _loadable(org, jobs.text_member(body, "object"))
    external_id = jobs.text_member(body, "externalIdFieldName")
    if operation == "upsert" and not external_id:
        raise ApiError(400, "INVALIDJOB", "External ID was blank for upsert operation")
    job = jobs.new_job(org, request, body, ingest=True, state=state)
    job.sobject = sobject.name
    if operation == "upsert":
        field = sobject.find(external_id)
        job.external_id = field.name if field is not None else external_id
    job.assignment_rule = jobs.text_member(body, "assignmentRuleId")
    return job


def _loadable(org: Org, name: str) -> SObject:
    sobject = org.schema.find(name)
    if sobject is None:
        raise ApiError(400, "INVALIDJOB", f"Unable to find object: {name}")
    if not sobject.loadable:
        raise ApiError(400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    return sobject


def _upload_path(org: Org, job: Job) -> Path:
    folder = org.jobs.files(job)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / UPLOAD


async def upload(request: Request) -> Response:
    """PUT of the data, streamed to disk; what breaks off half-way leaves the job as it was."""
    org = org_of(request)
    job = org.job(str(request.path_params["job"]), ingest=True)
    check_upload(job)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", errors.UPLOAD_NOT_CSV)
    path = _upload_path(org, job)
    part = path.with_suffix(".part")
    job.uploading = True
    try:
        await _store(_body(request), part, org.settings.max_upload_bytes)
        if job.state is not State.OPEN:
            check_upload(job)
        await anyio.to_thread.run_sync(partial(os.replace, part, path))
        job.uploaded = True
        org.jobs.save(job)
    finally:
        job.uploading = False
        part.unlink(missing_ok=True)
    return Response(status_code=201)


async def _body(request: Request) -> AsyncIterator[bytes]:
    if request.headers.get("content-encoding", "").lower() != "gzip":
        async for chunk in request.stream():
            yield chunk
        return
    unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        async for chunk in request.stream():
            while chunk:
                yield unzip.decompress(chunk, _WRITE_PIECE)
                chunk = unzip.unconsumed_tail
        yield unzip.flush()
    except zlib.error as error:
        raise ApiError(400, "INVALIDJOB", f"The request body is not gzip: {error}") from error


async def _store(chunks: AsyncIterator[bytes], path: Path, limit: int) -> None:
    """Write a body to disk in large pieces, off the event loop. Raises ApiError above `limit` bytes."""
    handle = await anyio.to_thread.run_sync(lambda: path.open("wb"))
    try:
        waiting: list[bytes] = []
        size = total = 0
        async for chunk in chunks:
            waiting.append(chunk)
            size += len(chunk)
            total += len(chunk)
            if total > limit:
                raise ApiError(413, "CLIENTINPUTERROR", errors.UPLOAD_TOO_LARGE.format(limit=limit))
            if size >= _WRITE_PIECE:
                await anyio.to_thread.run_sync(handle.write, b"".join(waiting))
                waiting.clear()
                size = 0
        if size:
            await anyio.to_thread.run_sync(handle.write, b"".join(waiting))
    finally:
        handle.close()


async def results(file: str, request: Request) -> Response:
    """GET of one of the three result files."""
    org = org_of(request)
    job = org.job(str(request.path_params["job"]), ingest=True)
    await org.processor.settled(job)
    check_results(job)
    path = org.jobs.files(job) / file
    if not job.done.is_set() or not path.exists():
        raise errors.job_state(errors.RESULTS_EARLY.format(state=job.state))
    return file_response(path, 0, path.stat().st_size)


def routes() -> list[Route]:
    """The paths of ingest jobs."""
    base = "/services/data/{version}/jobs/ingest"
    return [
        Route(base, create, methods=["POST"]),
        Route(base, jobs.listing, methods=["GET"]),
        Route(base + "/{job}", jobs.show, methods=["GET"]),
        Route(base + "/{job}", jobs.change, methods=["PATCH"]),
        Route(base + "/{job}", jobs.delete, methods=["DELETE"]),
        Route(base + "/{job}/batches", upload, methods=["PUT"]),
        *(Route(f"{base}/{{job}}/{name}", partial(results, file), methods=["GET"]) for name, file in _RESULTS.items()),
    ]
