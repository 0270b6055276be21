"""Permissions as flows write them."""

from __future__ import annotations

import re

from connectors.file.errors import invalid


def mode_of(text: str) -> int:
    """`644`, `0644` or `rw-r--r--` as a mode. Raises FileFault for anything else."""
    plain = text.strip()
    if re.fullmatch(r"0?[0-7]{3}", plain):
        return int(plain, 8)
    if re.fullmatch(r"(?:[r-][w-][x-]){3}", plain):
        return sum(1 << (8 - index) for index, char in enumerate(plain) if char != "-")
    raise invalid(f"permissions {text!r} are neither like 644 nor like rw-r--r--")
