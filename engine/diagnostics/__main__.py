"""Prints the page of problem codes: `python -m engine.diagnostics > docs/codes.md`."""

from __future__ import annotations

from engine.diagnostics.catalogue import as_page

if __name__ == "__main__":
    print(as_page(), end="")
