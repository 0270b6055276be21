from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.sandbox.salesforce.database import Database, connect
from engine.sandbox.salesforce.errors import ApiError
from engine.sandbox.salesforce.objects import standard_objects
from engine.sandbox.salesforce.schema import Schema
from engine.sandbox.salesforce.soql import compile_query, parse
from engine.sandbox.salesforce.soql.dates import day_range

SCHEMA = Schema(standard_objects())


@pytest.fixture
def data(database: Path) -> Iterator[sqlite3.Connection]:
    org = Database(database, SCHEMA)
    org.prepare()
    connection = connect(database)
    connection.executemany(
        'INSERT INTO "User" ("Id", "FirstName", "LastName", "IsDeleted") VALUES (?, ?, ?, 0)',
        [("0058d00000SIDcyAAH", "Demo", "User")],
    )
    connection.executemany(
        'INSERT INTO "Account" '
        '("Id", "Name", "NumberOfEmployees", "AnnualRevenue", "IsDeleted", "CreatedDate", "OwnerId")'
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            ("0018d00000SIDcyAAH", "Alpha", 10, 1.5, 0, "2024-01-01T00:00:00.000Z", "0058d00000SIDcyAAH"),
            ("0018d00000SIDczAAH", "beta_x", None, None, 0, "2024-01-02T00:00:00.000Z", None),
            ("0018d00000SIDd0AAH", "Gamma's", 30, 99.0, 0, "2024-01-03T12:30:00.000Z", "0058d00000SIDcyAAH"),
            ("0018d00000SIDd1AAH", "gone", 5, 2.0, 1, "2024-01-04T00:00:00.000Z", None),
        ],
    )
    yield connection
    connection.close()


def found(data: sqlite3.Connection, tail: str, *, deleted_too: bool = False, bulk: bool = True) -> list[str]:
    query = compile_query(parse(f"SELECT Name FROM Account {tail}"), SCHEMA, deleted_too=deleted_too, bulk=bulk)
    return [row[0] for row in data.execute(query.sql, query.values)]


@pytest.mark.parametrize(
    ("tail", "names"),
    [
        ("", ["Alpha", "beta_x", "Gamma's"]),
        ("WHERE Name = 'ALPHA'", ["Alpha"]),
        ("where name != 'alpha'", ["beta_x", "Gamma's"]),
        ("WHERE Name <> 'alpha'", ["beta_x", "Gamma's"]),
        (r"WHERE Name = 'Gamma\'s'", ["Gamma's"]),
        ("WHERE NumberOfEmployees > 10", ["Gamma's"]),
        ("WHERE NumberOfEmployees >= 10", ["Alpha", "Gamma's"]),
        ("WHERE NumberOfEmployees < 30", ["Alpha"]),
        ("WHERE NOT NumberOfEmployees < 30", ["beta_x", "Gamma's"]),
        ("WHERE NumberOfEmployees = null", ["beta_x"]),
        ("WHERE NumberOfEmployees != NULL", ["Alpha", "Gamma's"]),
        ("WHERE NumberOfEmployees != 10", ["beta_x", "Gamma's"]),
        ("WHERE AnnualRevenue = 1.5e0", ["Alpha"]),
        ("WHERE Name LIKE '%a'", ["Alpha"]),
        ("WHERE Name LIKE 'BETA%'", ["beta_x"]),
        (r"WHERE Name LIKE '%\\_x'", ["beta_x"]),
        ("WHERE (NOT Name LIKE '%a%')", []),
        ("WHERE Name IN ('alpha', 'beta_x')", ["Alpha", "beta_x"]),
        ("WHERE Name NOT IN ('alpha', 'beta_x')", ["Gamma's"]),
        ("WHERE Name = 'alpha' OR (NumberOfEmployees = 30 AND Name != null)", ["Alpha", "Gamma's"]),
        ("WHERE CreatedDate > 2024-01-02T00:00:00Z", ["Gamma's"]),
        ("WHERE CreatedDate >= 2024-01-03T13:30:00+01:00", ["Gamma's"]),
        ("WHERE CreatedDate = TODAY", []),
        ("WHERE CreatedDate < LAST_N_DAYS:30", ["Alpha", "beta_x", "Gamma's"]),
        ("WHERE CreatedDate != THIS_YEAR", ["Alpha", "beta_x", "Gamma's"]),
        ("WHERE IsDeleted = false", ["Alpha", "beta_x", "Gamma's"]),
        ("WHERE Id = '0018d00000SIDcy'", ["Alpha"]),
        ("WHERE Owner.Name = 'Demo User'", ["Alpha", "Gamma's"]),
        ("ORDER BY Name DESC", ["Gamma's", "beta_x", "Alpha"]),
        ("ORDER BY NumberOfEmployees", ["beta_x", "Alpha", "Gamma's"]),
        ("ORDER BY NumberOfEmployees DESC NULLS LAST, Name", ["Gamma's", "Alpha", "beta_x"]),
        ("ORDER BY Owner.LastName, Name DESC LIMIT 2", ["beta_x", "Gamma's"]),
        ("LIMIT 1", ["Alpha"]),
        ("LIMIT 0", []),
    ],
)
def test_conditions_orders_and_limits(data: sqlite3.Connection, tail: str, names: list[str]) -> None:
    assert found(data, tail) == names


def test_a_query_of_all_sees_deleted_rows(data: sqlite3.Connection) -> None:
    assert found(data, "WHERE NumberOfEmployees < 10", deleted_too=True) == ["gone"]
    assert found(data, "WHERE IsDeleted = true", deleted_too=True) == ["gone"]


def test_offset_is_for_the_rest_api_only(data: sqlite3.Connection) -> None:
    assert found(data, "LIMIT 1 OFFSET 1", bulk=False) == ["beta_x"]
    assert found(data, "OFFSET 2", bulk=False) == ["Gamma's"]
    with pytest.raises(ApiError, match="OFFSET is not supported"):
        found(data, "OFFSET 1")


def test_names_come_back_in_their_own_case() -> None:
    query = compile_query(parse("select id, NAME, owner.name, Account.type from account"), SCHEMA)
    assert [column.name for column in query.columns] == ["Id", "Name", "Owner.Name", "Type"]
    assert query.sobject.name == "Account"


def test_counting_is_for_the_rest_api_only(data: sqlite3.Connection) -> None:
    query = compile_query(parse("SELECT COUNT() FROM Account"), SCHEMA, bulk=False)
    assert data.execute(query.sql, query.values).fetchone()[0] == 3
    with pytest.raises(ApiError, match="Aggregate"):
        compile_query(parse("SELECT COUNT() FROM Account"), SCHEMA)


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        ("SELEC Id FROM Account", "MALFORMED_QUERY", "ERROR at Row:1:Column:1"),
        ("SELECT Id\nFROM Account\nWHERE", "MALFORMED_QUERY", "ERROR at Row:3:Column:6"),
        ("SELECT Id, FROM Account", "MALFORMED_QUERY", "unexpected token: 'Account'"),
        ("SELECT FROM Account", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY", "Column:37"),
        ("SELECT Id FROM Account; DROP TABLE Account", "MALFORMED_QUERY", "Column:23"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", "'OR'"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("", "MALFORMED_QUERY", "<EOF>"),
        ("SELECT Nope FROM Account", "INVALID_FIELD", "No such column 'Nope' on entity 'Account'."),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT Id FROM Account ORDER BY Nope", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT Owner.Nope FROM Account", "INVALID_FIELD", "No such column 'Nope' on entity 'User'"),
        ("SELECT Nobody.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Nobody'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        (
            "SELECT BillingAddress FROM Account",
            "API_ERROR",
            "Selecting compound data not supported in Bulk Query",
        ),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR", "Nested queries"),
        ("SELECT MAX(Name) FROM Account", "API_ERROR", "Function MAX is not supported"),
        ("SELECT FIELDS(ALL) FROM Account", "API_ERROR", "Function FIELDS is not supported"),
        ("SELECT Name FROM Account GROUP BY Name", "API_ERROR", "GROUP is not supported"),
        (
            "SELECT Id FROM Account WHERE NumberOfEmployees = '3'",
            "INVALID_FIELD",
            "should not be enclosed in quotes",
        ),
        ("SELECT Id FROM Account WHERE Name = 3", "INVALID_FIELD", "should be enclosed in quotes"),
        (
            "SELECT Id FROM Account WHERE CreatedDate > '2024-01-01'",
            "INVALID_FIELD",
            "must be of type dateTime",
        ),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD", "must be of type string"),
        (
            "SELECT Id FROM Account WHERE Id = 'nope'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: nope",
        ),
        (
            "SELECT Id FROM Account WHERE NumberOfEmployees LIKE '1%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "int field",
        ),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            "'Description' can not be filtered",
        ),
        (
            "SELECT Id FROM Account WHERE " + "NOT " * 200 + "Name = 'x'",
            "QUERY_TOO_COMPLICATED",
            "too complicated",
        ),
        (
            "SELECT Id FROM Account WHERE Name = '" + "x" * 100_000 + "'",
            "QUERY_TOO_COMPLICATED",
            "longer than",
        ),
    ],
)
def test_queries_that_do_not_fit_are_refused(soql: str, code: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        compile_query(parse(soql), SCHEMA)
    assert caught.value.code == code
    assert message in caught.value.message


def test_values_are_bound_not_pasted() -> None:
    query = compile_query(parse(r"SELECT Id FROM Account WHERE Name = 'x\' OR 1=1 --'"), SCHEMA)
    assert "OR 1=1" not in query.sql
    assert query.values == ("x' OR 1=1 --",)


@pytest.mark.parametrize(
    ("name", "first", "after"),
    [
        ("TODAY", "2024-02-29", "2024-03-01"),
        ("YESTERDAY", "2024-02-28", "2024-02-29"),
        ("LAST_N_DAYS:7", "2024-02-22", "2024-03-01"),
        ("NEXT_N_DAYS:2", "2024-03-01", "2024-03-03"),
        ("THIS_WEEK", "2024-02-25", "2024-03-03"),
        ("LAST_MONTH", "2024-01-01", "2024-02-01"),
        ("THIS_QUARTER", "2024-01-01", "2024-04-01"),
        ("NEXT_YEAR", "2025-01-01", "2026-01-01"),
    ],
)
def test_date_literals_are_ranges_of_days(name: str, first: str, after: str) -> None:
    start, stop = day_range(name, date(2024, 2, 29))
    assert (start.isoformat(), stop.isoformat()) == (first, after)
