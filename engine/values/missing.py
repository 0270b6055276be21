"""The answer "there is no such thing", which is neither null nor an empty text."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Missing(Enum):
    """Type of MISSING; an enum so that `value is MISSING` narrows types. False as a condition."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING
"""A path, variable or member that is not there. Compare with `is`."""
