"""From a query's tree to SQL over the org's tables; names are checked, values are bound, never pasted."""

from __future__ import annotations

from dataclasses import dataclass

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.database import quoted
from engine.sandbox.salesforce.errors import ApiError
from engine.sandbox.salesforce.ids import canonical_id
from engine.sandbox.salesforce.schema import (
    ID_TYPES,
    NUMBER_TYPES,
    TEXT_TYPES,
    Field,
    FieldType,
    Schema,
    SObject,
)
from engine.sandbox.salesforce.soql.dates import day_range
from engine.sandbox.salesforce.soql.tree import (
    Comparison,
    Condition,
    Junction,
    Literal,
    Membership,
    Negation,
    Query,
)
from engine.sandbox.salesforce.values import SqlValue, parse_date, parse_moment

_PARENT_LEVELS = 5
_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."
_SQL_OPERATORS = {"=": "IS", "!=": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Selected:
    """One column of the outcome.

    Its name as Salesforce spells it, the field, the relationship in front of it.
    """

    name: str
    field: Field
    relationship: str = ""


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """SQL, its values, and what each column is. `sobject` is the object named after FROM."""

    sobject: SObject
    sql: str
    values: tuple[SqlValue, ...]
    columns: tuple[Selected, ...]
    count: bool = False


def compile_query(query: Query, schema: Schema, *, deleted_too: bool = False, bulk: bool = True) -> CompiledQuery:
    """The SQL of a query. Raises ApiError for names, values and clauses that do not fit.

    `bulk` refuses what a bulk query refuses: OFFSET and COUNT().
    """
    return _Compiler(query, schema, deleted_too, bulk).compile()


class _Compiler:
    __slots__ = ("_bulk", "_deleted_too", "_joins", "_query", "_schema", "_sobject", "_values")

    def __init__(self, query: Query, schema: Schema, deleted_too: bool, bulk: bool) -> None:
        sobject = schema.find(query.sobject)
        if sobject is None:
            raise ApiError(
                400,
                "INVALID_TYPE",
                f"sObject type '{query.sobject}' is not supported. If you are attempting to use a custom "
                f"object, be sure to append the '__c' after the entity name. {_REFERENCE}",
            )
        self._query = query
        self._schema = schema
        self._sobject = sobject
        self._deleted_too = deleted_too
        self._bulk = bulk
        self._joins: dict[str, str] = {}
        self._values: list[SqlValue] = []

    def compile(self) -> CompiledQuery:
        query = self._query
        if self._bulk and query.offset is not None:
            raise ApiError(400, "API_ERROR", "OFFSET is not supported in Bulk Query")
        if self._bulk and query.count:
            raise ApiError(400, "API_ERROR", "Aggregate functions are not supported in Bulk Query")
        columns = tuple(self._selected(path) for path in query.fields)
        names = [self._sql_name(column.relationship, column.field) for column in columns]
        conditions = [] if self._deleted_too else ['t."IsDeleted" = 0']
        if query.where is not None:
            conditions.append(self._condition(query.where))
        order = [self._order_key(key.path, key.descending, key.nulls_last) for key in query.order]
        sql = f"SELECT {'count(*)' if query.count else ', '.join(names)} FROM {quoted(self._sobject.name)} AS t"
        sql += "".join(self._joins.values())
        if conditions:
            sql += " WHERE " + " AND ".join(conditions)
        if not query.count:
            sql += " ORDER BY " + ", ".join([*order, "t.seq"])
            if query.limit is not None or query.offset is not None:
                sql += " LIMIT ? OFFSET ?"
                self._values += [query.limit if query.limit is not None else -1, query.offset or 0]
        return CompiledQuery(self._sobject, sql, tuple(self._values), columns, query.count)

    def _selected(self, path: str) -> Selected:
        relationship, field = self._resolve(path)
        if field.type is FieldType.ADDRESS:
            if self._bulk:
                raise ApiError(400, "API_ERROR", errors.COMPOUND_IN_BULK)
            raise self._no_column(path)
        name = f"{relationship}.{field.name}" if relationship else field.name
        return Selected(name, field, relationship)

    def _no_column(self, path: str, entity: str = "") -> ApiError:
        return ApiError(
            400,
            "INVALID_FIELD",
            f"No such column '{path}' on entity '{entity or self._sobject.name}'. If you are attempting to use "
            f"a custom field, be sure to append the '__c' after the custom field name. {_REFERENCE}",
        )

    def _resolve(self, path: str) -> tuple[str, Field]:
        """The way to the field (canonical, empty for the object itself) and the field that a path names."""
        parts = path.split(".")
        if (
            len(parts) > 1
            and parts[0].lower() == self._sobject.name.lower()
            and self._sobject.related(parts[0]) is None
        ):
            parts = parts[1:]
        sobject, alias, names = self._sobject, "t", ""
        for word in parts[:-1]:
            reference = sobject.related(word)
            target = self._schema.find(reference.reference_to) if reference is not None else None
            if reference is None or target is None or len(parts) > _PARENT_LEVELS + 1:
                raise ApiError(
                    400,
                    "INVALID_FIELD",
                    f"Didn't understand relationship '{word}' in field path. If you are attempting to use a custom "
                    f"relationship, be sure to append the '__r' after the custom relationship name.",
                )
            names = f"{names}.{reference.relationship}" if names else reference.relationship
            alias = self._join(names, alias, reference, target)
            sobject = target
        field = sobject.find(parts[-1])
        if field is None:
            raise self._no_column(parts[-1], sobject.name)
        return names, field

    def _join(self, names: str, parent: str, reference: Field, target: SObject) -> str:
        """The SQL name of a related object, joined to its child once."""
        alias = quoted(f"r.{names}")
        self._joins[names] = (
            f' LEFT JOIN {quoted(target.name)} AS {alias} ON {alias}."Id" = {parent}.{quoted(reference.name)}'
        )
        return alias

    def _sql_name(self, relationship: str, field: Field) -> str:
        alias = quoted(f"r.{relationship}") if relationship else "t"
        return f"{alias}.{quoted(field.name)}"

    def _order_key(self, path: str, descending: bool, nulls_last: bool) -> str:
        relationship, field = self._resolve(path)
        direction = "DESC" if descending else "ASC"
        return f"{self._sql_name(relationship, field)} {direction} NULLS {'LAST' if nulls_last else 'FIRST'}"

    def _condition(self, condition: Condition) -> str:
        if isinstance(condition, Junction):
            return "(" + f" {condition.word} ".join(self._condition(part) for part in condition.parts) + ")"
        if isinstance(condition, Negation):
            return f"NOT {self._condition(condition.inner)}"
        relationship, field = self._resolve(condition.path)
        if field.type is FieldType.ADDRESS or (field.type is FieldType.TEXTAREA and field.length > 255):
            raise ApiError(400, "INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
        name = self._sql_name(relationship, field)
        if isinstance(condition, Membership):
            return self._membership(name, field, condition)
        return self._comparison(name, field, condition)

    def _membership(self, name: str, field: Field, condition: Membership) -> str:
        parts = [
            self._comparison(name, field, Comparison(condition.path, "=", literal)) for literal in condition.literals
        ]
        inside = "(" + " OR ".join(parts) + ")"
        return f"NOT {inside}" if condition.negated else inside

    def _comparison(self, name: str, field: Field, condition: Comparison) -> str:
        literal, operator = condition.literal, condition.operator
        if operator == "LIKE":
            if literal.kind != "string" or field.type not in TEXT_TYPES:
                raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type.describe} field")
            self._values.append(str(literal.value))
            return f"coalesce({name} LIKE ? ESCAPE '\\', 0)"
        if literal.kind == "null":
            if operator not in ("=", "!="):
                raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on null")
            return f"{name} {_SQL_OPERATORS[operator]} NULL"
        if literal.kind == "range":
            return self._in_range(name, field, operator, literal)
        self._values.append(_bound(field, literal))
        if operator in ("=", "!="):
            return f"{name} {_SQL_OPERATORS[operator]} ?"
        return f"coalesce({name} {operator} ?, 0)"

    def _in_range(self, name: str, field: Field, operator: str, literal: Literal) -> str:
        if field.type not in (FieldType.DATE, FieldType.DATETIME):
            raise _wrong_type(field, literal)
        ends = [day.isoformat() for day in day_range(str(literal.value))]
        if field.type is FieldType.DATETIME:
            ends = [f"{end}T00:00:00.000Z" for end in ends]
        start, stop = ends
        if operator in ("=", "!="):
            self._values += [start, stop]
            inside = f"coalesce({name} >= ? AND {name} < ?, 0)"
            return inside if operator == "=" else f"NOT {inside}"
        sql = {"<": "<", ">=": ">=", ">": ">=", "<=": "<"}[operator]
        self._values.append(start if operator in ("<", ">=") else stop)
        return f"coalesce({name} {sql} ?, 0)"


def _bound(field: Field, literal: Literal) -> SqlValue:
    """The value to compare with, in its stored form.

    Raises ApiError when its kind does not suit the field.
    """
    kind, value = literal.kind, literal.value
    if field.type in ID_TYPES and kind == "string":
        record_id = canonical_id(str(value))
        if record_id is None:
            raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
        return record_id
    if field.type in TEXT_TYPES and kind == "string":
        return str(value)
    if field.type in NUMBER_TYPES and kind == "number" and isinstance(value, (int, float)):
        return float(value) if isinstance(value, float) or abs(value) >= 2**63 else value
    if field.type is FieldType.BOOLEAN and kind == "boolean":
        return int(bool(value))
    stored: str | None = None
    if field.type is FieldType.DATE and kind == "date":
        stored = parse_date(str(value))
    elif field.type is FieldType.DATETIME and kind == "datetime":
        stored = parse_moment(str(value))
    elif field.type is FieldType.DATETIME and kind == "date":
        stored = parse_moment(f"{value}T00:00:00Z")
    if stored is None:
        raise _wrong_type(field, literal)
    return stored


def _wrong_type(field: Field, literal: Literal) -> ApiError:
    quoted_literal = literal.kind == "string"
    wants_quotes = field.type in TEXT_TYPES or field.type in ID_TYPES
    tail = "should be enclosed in quotes" if wants_quotes else "should not be enclosed in quotes"
    wanted = field.type.xsd.partition(":")[2]
    message = f"{literal.text}\nvalue of filter criterion for field '{field.name}' must be of type {wanted}"
    return ApiError(400, "INVALID_FIELD", message + (f" and {tail}" if wants_quotes or quoted_literal else ""))
