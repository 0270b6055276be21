from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from engine.observe.context import working_for
from engine.observe.log import set_up_logging
from engine.observe.redaction import Redactor
from engine.settings import Logging


class Request:
    correlation_id = "abc-1"
    entry = "api createjob"


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    before, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    yield
    root.handlers[:] = before
    root.setLevel(level)
    logging.raiseExceptions = raising
    logging.getLogger("synflow.quiet").setLevel(logging.NOTSET)


def written(settings: Logging) -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(settings, Redactor(), stream)
    return stream


def test_text_follows_the_pattern_of_the_reference_engine() -> None:
    stream = written(Logging())
    logging.getLogger("synflow.LogMediator").info("{api:createjob} hello")
    assert re.fullmatch(
        r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]  INFO \{LogMediator\} - \{api:createjob\} hello\n", stream.getvalue()
    )


def test_text_names_the_request_and_shows_tracebacks_without_secrets() -> None:
    stream = written(Logging())
    token = working_for.set(Request())
    try:
        raise ValueError("password=S3CR3T")
    except ValueError:
        logging.getLogger("synflow.x").exception("failed with %s", "access_token=S3CR3T")
    finally:
        working_for.reset(token)
    text = stream.getvalue()
    assert "ERROR {x} [abc-1] - failed with access_token=*****" in text
    assert "ValueError: password=*****" in text
    assert "S3CR3T" not in text


def test_json_is_one_object_a_line() -> None:
    stream = written(Logging(format="json"))
    token = working_for.set(Request())
    logging.getLogger("synflow.mediation").warning('line one\nline "two" client_secret=%s', "S3CR3T")
    working_for.reset(token)
    event = json.loads(stream.getvalue())
    assert stream.getvalue().count("\n") == 1
    assert event["level"] == "WARN"
    assert event["logger"] == "synflow.mediation"
    assert event["message"] == 'line one\nline "two" client_secret=*****'
    assert (event["correlation_id"], event["flow"]) == ("abc-1", "api createjob")


def test_levels_of_all_and_of_single_loggers() -> None:
    stream = written(Logging(level="WARNING", loggers={"synflow.quiet": "ERROR"}))
    logging.getLogger("synflow.loud").info("not this")
    logging.getLogger("synflow.quiet").warning("nor this")
    logging.getLogger("synflow.loud").warning("but this")
    assert [line.rpartition(" - ")[2] for line in stream.getvalue().splitlines()] == ["but this"]
