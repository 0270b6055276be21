"""Databases and data services."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.planned.parts import value_or_expression
from engine.schema import Shape, many, one
from engine.schema.shape import Table
from engine.schema.words import choice, expression, flag, integer, text, value
from engine.source.node import Node

_JDBC_TYPES = (
    "CHAR",
    "VARCHAR",
    "LONGVARCHAR",
    "NUMERIC",
    "DECIMAL",
    "BIT",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "REAL",
    "FLOAT",
    "DOUBLE",
    "DATE",
    "TIME",
    "TIMESTAMP",
)
_POOL = {
    **{name: flag(name) for name in ("autocommit", "poolstatements", "testonborrow", "testonreturn", "testwhileidle")},
    **{
        name: integer(name, strict=False)
        for name in ("initialsize", "maxactive", "maxidle", "maxopenstatements", "maxwait", "minidle")
    },
    "isolation": choice(
        "isolation",
        "Connection.TRANSACTION_NONE",
        "Connection.TRANSACTION_READ_COMMITTED",
        "Connection.TRANSACTION_READ_UNCOMMITTED",
        "Connection.TRANSACTION_REPEATABLE_READ",
        "Connection.TRANSACTION_SERIALIZABLE",
        strict=False,
    ),
    "validationquery": text("validationquery"),
}
_TEXT = Shape((text("key"),), text=text("text"))


def _connection(node: Node, build: Build) -> None:
    held = {child.tag.rpartition("}")[2] for child in node.element if isinstance(child.tag, str)}
    if "dsName" not in held and not {"driver", "url"} <= held:
        node.error(
            "SYN025",
            "The DataSource connection information must be specified for using a custom DataSource connection "
            "pool or for a JNDI lookup",
            hint="add <dsName>, or <driver>, <url>, <user> and <password>",
        )


def _pool() -> Shape:
    names = ("dsName", "icClass", "driver", "url", "user", "password")
    return Shape(
        children=tuple(one(name, _TEXT) for name in names),
        rules=(_connection,),
        table=Table("property", _POOL, value="value", owner="a connection pool"),
    )


def _result_name(node: Node, build: Build) -> None:
    if not node.element.get("name") or not node.element.get("column"):
        node.error(
            "SYN020",
            "Invalid result element found missing either name and column [DBLookup] mediator",
            hint='write <result name="property" column="column"/>',
        )


def _statement(*, results: bool) -> Shape:
    parameter = Shape(
        (text("value", empty_ok=True), expression("expression"), choice("type", *_JDBC_TYPES, required=True)),
        rules=(value_or_expression,),
    )
    result = (many("result", Shape((text("name"), text("column")), rules=(_result_name,))),) if results else ()
    return Shape(children=(one("sql", Shape(text=text("sql", required=True))), many("parameter", parameter), *result))


def _database(*, results: bool) -> Shape:
    return Shape(
        () if results else (flag("useTransaction"),),
        (
            one("connection", Shape(children=(one("pool", _pool(), required=True),)), required=True),
            many("statement", _statement(results=results), required=True),
        ),
    )


_OPERATION = Shape(
    (text("name", required=True),),
    (
        many(
            "param",
            Shape(
                (
                    text("name", required=True),
                    text("value", empty_ok=True),
                    expression("expression"),
                    choice("evaluator", "xml", "json"),
                ),
                rules=(value_or_expression,),
            ),
        ),
    ),
)


def _target_name(node: Node, build: Build) -> None:
    if node.element.get("type") == "property" and not node.element.get("name"):
        node.error(
            "SYN020", "the 'name' attribute is required for a <target> of type property", hint="name the property"
        )


SHAPES = {
    "dblookup": _database(results=True),
    "dbreport": _database(results=False),
    "dataServiceCall": Shape(
        (text("serviceName", required=True),),
        (
            one("source", Shape((choice("type", "inline", "body"),))),
            one(
                "operations",
                Shape(
                    (choice("type", "single", "batch", "request-box"),), (many("operation", _OPERATION, required=True),)
                ),
            ),
            one("target", Shape((choice("type", "body", "property"), value("name")), rules=(_target_name,))),
        ),
    ),
    "transaction": Shape(
        (
            choice(
                "action",
                "new",
                "use-existing-or-new",
                "fault-if-no-tx",
                "commit",
                "rollback",
                "suspend",
                "resume",
                required=True,
                strict=False,
                otherwise="each message faults",
            ),
        ),
    ),
}
