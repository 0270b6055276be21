"""`$env{NAME}` and `$env{NAME:default}` in artifacts: filled in once, when the file is read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\$env\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}")


def filled(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text with every placeholder replaced by the variable, or by its default when the variable is unset or empty.

    Raises ValueError naming the variable when it is unset and there is no default.
    """

    def value(match: re.Match[str]) -> str:
        found = environment.get(match.group(1)) or match.group(2)
        if found is None:
            raise ValueError(f"the environment variable {match.group(1)} is not set and {match.group()} has no default")
        return found

    return _PLACEHOLDER.sub(value, text) if "$env{" in text else text
