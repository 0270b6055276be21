"""Logging of the whole process to standard error, as text in MI's pattern or as JSON, one line an event."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TextIO

from engine.observe.context import working_for
from engine.observe.redaction import Redactor
from engine.settings.model import Logging

_LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_QUIET = ("asyncio", "watchfiles", "httpx", "httpcore", "uvicorn")


class TextFormatter(logging.Formatter):
    """`[2026-01-31 09:15:00,123]  INFO {LogMediator} [correlation id] - text`."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor
        self._second = -1
        self._stamp = ""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it when there is one; secrets masked."""
        second = int(record.created)
        if second != self._second:
            self._stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
            self._second = second
        level = _LEVELS.get(record.levelname, record.levelname)
        request = working_for.get()
        about = f" [{request.correlation_id}]" if request is not None and request.correlation_id else ""
        text = (
            f"[{self._stamp},{int(record.msecs):03d}] {level:>5} {{{short_name(record.name)}}}{about} - "
            f"{record.getMessage()}"
        )
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return self._redactor.clean(text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the request it belongs to."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The event as JSON; secrets masked."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        event: dict[str, object] = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": _LEVELS.get(record.levelname, record.levelname),
            "logger": record.name,
            "message": self._redactor.clean(record.getMessage()),
        }
        request = working_for.get()
        if request is not None:
            event["correlation_id"] = request.correlation_id
            event["flow"] = request.entry
        if record.exc_info:
            event["exception"] = self._redactor.clean(self.formatException(record.exc_info))
        return json.dumps(event, ensure_ascii=False)


def short_name(logger: str) -> str:
    """The last part of a logger's name, as MI's console shows it."""
    return logger.rpartition(".")[2]


def set_up_logging(settings: Logging, redactor: Redactor, stream: TextIO | None = None) -> logging.Handler:
    """Send everything that is logged in this process to `stream` (standard error), through the redactor."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(redactor) if settings.format == "json" else TextFormatter(redactor))
    root = logging.getLogger()
    for earlier in list(root.handlers):
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(settings.level)
    logging.addLevelName(5, "TRACE")
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name, level in settings.loggers.items():
        logging.getLogger(name).setLevel(level.upper())
    logging.raiseExceptions = False  # a reader of our log that goes away must not fill standard error with tracebacks
    return handler
