"""As much of the REST API as loads need around them: versions, limits, describe, single records, queries."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import partial

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.salesforce.errors import ApiError, JobFailed, RowError, not_found
from engine.sandbox.salesforce.ids import canonical_id
from engine.sandbox.salesforce.org import Org
from engine.sandbox.salesforce.records import Outcome
from engine.sandbox.salesforce.routes.jobs import version_of
from engine.sandbox.salesforce.schema import Field, FieldType, SObject
from engine.sandbox.salesforce.settings import OLDEST_VERSION
from engine.sandbox.salesforce.soql import CompiledQuery, compile_query, parse
from engine.sandbox.salesforce.soql.tree import Comparison, Literal, Query
from engine.sandbox.salesforce.values import SqlValue, json_value
from engine.sandbox.salesforce.web import Json, json_response, org_of, read_json

PAGE = 2000


async def versions(request: Request) -> Response:
    """GET of the API versions; needs no token."""
    newest = org_of(request).settings.newest_version
    listed = [
        {"label": f"API {number}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST_VERSION, newest + 1)
    ]
    return json_response(request, listed)


async def resources(request: Request) -> Response:
    """GET of what a version offers."""
    base = f"/services/data/v{version_of(request)}"
    names = ("jobs", "limits", "query", "queryAll", "sobjects")
    return json_response(request, {name: f"{base}/{name}" for name in names})


async def limits(request: Request) -> Response:
    """GET of the org's limits."""
    org = org_of(request)
    daily = org.settings.daily_api_limit
    queries = sum(not job.ingest for job in org.jobs.all())
    members = {
        "DailyApiRequests": {"Max": daily, "Remaining": max(0, daily - org.calls)},
        "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
        "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": max(0, 10_000 - queries)},
        "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
    }
    return json_response(request, members)


def _sobject(request: Request) -> SObject:
    sobject = org_of(request).schema.find(str(request.path_params["object"]))
    if sobject is None:
        raise not_found()
    return sobject


def _summary(sobject: SObject, version: str) -> dict[str, Json]:
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        "name": sobject.name,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "keyPrefix": sobject.prefix,
        "custom": sobject.name.endswith("__c"),
        "createable": sobject.loadable,
        "updateable": sobject.loadable,
        "deletable": sobject.loadable,
        "queryable": True,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def _describe(field: Field) -> dict[str, Json]:
    return {
        "name": field.name,
        "label": field.title,
        "type": field.type.describe,
        "length": field.length,
        "nillable": not field.required and field.createable,
        "defaultedOnCreate": field.default is not None or not field.createable,
        "createable": field.createable,
        "updateable": field.updateable,
        "unique": field.unique,
        "externalId": field.external_id,
        "idLookup": field.is_key,
        "calculated": bool(field.generated),
        "custom": field.name.endswith("__c"),
        "referenceTo": [field.reference_to] if field.reference_to else [],
        "relationshipName": field.relationship or None,
        "restrictedPicklist": field.restricted,
        "picklistValues": [
            {"active": True, "defaultValue": value == field.default, "label": value, "value": value}
            for value in field.values
        ],
    }


async def global_describe(request: Request) -> Response:
    """GET of all objects."""
    version = version_of(request)
    listed = [_summary(sobject, version) for sobject in org_of(request).schema]
    return json_response(request, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


async def describe(request: Request) -> Response:
    """GET of one object and its fields."""
    sobject = _sobject(request)
    fields = [_describe(field) for field in sobject.fields]
    return json_response(request, _summary(sobject, version_of(request)) | {"fields": fields})


async def create(request: Request) -> Response:
    """POST of one record."""
    outcome = await _save(request, "insert", await read_json(request))
    return json_response(request, {"id": outcome.record_id, "success": True, "errors": []}, 201)


async def update(request: Request) -> Response:
    """PATCH of one record by id."""
    body = await read_json(request)
    if any(name.lower() == "id" for name in body):
        raise ApiError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    await _save(request, "update", {"Id": str(request.path_params["id"]), **body})
    return Response(status_code=204)


async def upsert(request: Request) -> Response:
    """PATCH of one record by external id."""
    name = str(request.path_params["field"])
    body = {name: str(request.path_params["value"]), **(await read_json(request))}
    outcome = await _save(request, "upsert", body, name)
    members = {"id": outcome.record_id, "success": True, "errors": [], "created": outcome.created}
    return json_response(request, members, 201 if outcome.created else 200)


async def delete(request: Request) -> Response:
    """DELETE of one record."""
    await _save(request, "delete", {"Id": str(request.path_params["id"])})
    return Response(status_code=204)


async def _save(request: Request, operation: str, body: dict[str, Json], external_id: str = "") -> Outcome:
    org, sobject = org_of(request), _sobject(request)
    if not sobject.loadable:
        raise ApiError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be changed: {sobject.name}")
    body = {name: value for name, value in body.items() if name != "attributes"}
    for name in body:
        if "." not in name and sobject.find(name) is None:
            raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
    try:
        outcome = await anyio.to_thread.run_sync(partial(org.save, sobject.name, operation, body, external_id))
    except JobFailed as failure:
        raise ApiError(400, "INVALID_FIELD", str(failure).partition(" : ")[2]) from failure
    if outcome.error is not None:
        raise _record_error(outcome.error)
    return outcome


def _record_error(error: RowError) -> ApiError:
    status = 404 if error.code in ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY") and not error.fields else 400
    return ApiError(status, error.code, error.message, fields=list(error.fields))


async def show(request: Request) -> Response:
    """GET of one record, all fields or those of the `fields` parameter."""
    org, sobject = org_of(request), _sobject(request)
    record_id = canonical_id(str(request.path_params["id"]))
    if record_id is None:
        raise not_found()
    return json_response(request, await _single(request, org, sobject, "Id", record_id))


async def show_by_key(request: Request) -> Response:
    """GET of one record by external id."""
    org, sobject = org_of(request), _sobject(request)
    field = sobject.find(str(request.path_params["field"]))
    if field is None or not field.is_key:
        raise not_found()
    return json_response(request, await _single(request, org, sobject, field.name, str(request.path_params["value"])))


async def _single(request: Request, org: Org, sobject: SObject, key: str, value: str) -> Json:
    asked = request.query_params.get("fields", "")
    names = tuple(name.strip() for name in asked.split(",") if name.strip()) or tuple(
        field.name for field in sobject.stored
    )
    where = Comparison(key, "=", Literal("string", value, f"'{value}'"))
    query = compile_query(Query(names, sobject.name, where, limit=1), org.schema, bulk=False)
    rows = await anyio.to_thread.run_sync(_rows, org, query)
    if not rows:
        raise not_found()
    return _record(org, query, rows[0], version_of(request))


def _rows(org: Org, query: CompiledQuery) -> list[tuple[SqlValue, ...]]:
    with org.database.reading() as connection:
        return connection.execute(query.sql, query.values).fetchall()


def _record(org: Org, query: CompiledQuery, row: tuple[SqlValue, ...], version: str) -> dict[str, Json]:
    record: dict[str, Json] = {"attributes": {"type": query.sobject.name}}
    for column, value in zip(query.columns, row, strict=True):
        holder = _holder(org, query.sobject, record, column.relationship)
        holder[column.field.name] = json_value(column.field, value)
        if column.field.type is FieldType.ID and value is not None:
            kind = holder["attributes"]["type"]
            holder["attributes"]["url"] = f"/services/data/v{version}/sobjects/{kind}/{value}"
    return {name: _absent_parent(value) for name, value in record.items()}


def _holder(org: Org, sobject: SObject, record: dict[str, Json], way: str) -> dict[str, Json]:
    """The object inside `record` that a relationship such as `Account.Owner` leads to."""
    for word in way.split(".") if way else ():
        reference = sobject.related(word)
        if reference is None:
            raise LookupError(f"{sobject.name} has no relationship {word}")
        sobject = org.schema.require(reference.reference_to)
        record = record.setdefault(word, {"attributes": {"type": sobject.name}})
    return record


def _absent_parent(value: Json) -> Json:
    """A related record with nothing in it is no record."""
    if not isinstance(value, dict) or "attributes" not in value:
        return value
    inner = {name: _absent_parent(one) for name, one in value.items()}
    return inner if any(one not in (None, False) for name, one in inner.items() if name != "attributes") else None


async def query(request: Request) -> Response:
    """GET of a query's records as JSON, PAGE at a time."""
    deleted_too = request.url.path.lower().endswith("/queryall")
    return await _query(request, request.query_params.get("q", ""), 0, deleted_too)


async def query_more(request: Request) -> Response:
    """GET of the next page of a query; the cursor carries the query and the place."""
    cursor = str(request.path_params["cursor"])
    try:
        mark, _, text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        start, deleted_too = int(mark.removesuffix("A")), mark.endswith("A")
    except ValueError as error:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from error
    return await _query(request, text, start, deleted_too)


async def _query(request: Request, text: str, start: int, deleted_too: bool) -> Response:
    org = org_of(request)
    compiled = compile_query(parse(text), org.schema, deleted_too=deleted_too, bulk=False)
    total, rows = await anyio.to_thread.run_sync(_page, org, compiled, start)
    version = version_of(request)
    members: dict[str, Json] = {
        "totalSize": total,
        "done": compiled.count or start + len(rows) >= total,
        "records": [_record(org, compiled, row, version) for row in rows],
    }
    if not members["done"]:
        mark = f"{start + len(rows)}{'A' if deleted_too else ''} {text}"
        cursor = urlsafe_b64encode(mark.encode()).decode().rstrip("=")
        members["nextRecordsUrl"] = f"/services/data/v{version}/query/{cursor}"
    return json_response(request, members)


def _page(org: Org, query: CompiledQuery, start: int) -> tuple[int, list[tuple[SqlValue, ...]]]:
    with org.database.reading() as connection:
        if query.count:
            return int(connection.execute(query.sql, query.values).fetchone()[0]), []
        total = int(connection.execute(f"SELECT count(*) FROM ({query.sql})", query.values).fetchone()[0])
        rows = connection.execute(f"SELECT * FROM ({query.sql}) LIMIT {PAGE} OFFSET ?", (*query.values, start))
        return total, rows.fetchall()


def routes() -> list[Route]:
    """The paths of the REST API."""
    base = "/services/data/{version}"
    record = base + "/sobjects/{object}"
    return [
        Route("/services/data", versions, methods=["GET"]),
        Route(base, resources, methods=["GET"]),
        Route(base + "/limits", limits, methods=["GET"]),
        Route(base + "/query", query, methods=["GET"]),
        Route(base + "/queryAll", query, methods=["GET"]),
        Route(base + "/query/{cursor}", query_more, methods=["GET"]),
        Route(base + "/sobjects", global_describe, methods=["GET"]),
        Route(record, create, methods=["POST"]),
        Route(record + "/describe", describe, methods=["GET"]),
        Route(record + "/{id}", show, methods=["GET"]),
        Route(record + "/{id}", update, methods=["PATCH"]),
        Route(record + "/{id}", delete, methods=["DELETE"]),
        Route(record + "/{field}/{value:path}", show_by_key, methods=["GET"]),
        Route(record + "/{field}/{value:path}", upsert, methods=["PATCH"]),
    ]
