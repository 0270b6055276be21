"""What a codec says when bytes are not what they claim to be."""

from __future__ import annotations


class FormatError(ValueError):
    """A text that breaks the rules of its format; `line` and `column` count from 1, 0 where unknown.

    The message is complete on its own: it names the place and, where that helps, the words found there.
    Builders turn it into the fault of the message, with the ERROR_CODE of their content type.
    """

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        self.line = line
        self.column = column
        if line:
            message = f"{message} (line {line}, column {column})" if column else f"{message} (line {line})"
        super().__init__(message)


def excerpt(text: str, limit: int = 40) -> str:
    """Quote the beginning of a text for an error message, on one line."""
    return repr(text if len(text) <= limit else text[:limit] + "...")
