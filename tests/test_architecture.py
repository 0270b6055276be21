"""The direction of imports: what travels knows nothing of what runs it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A module may import from its own layer and from layers before it.
LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "engine.errors",
        "engine.heap",
        "engine.records",
        "engine.diagnostics",
        "engine.registry",
        "engine.values",
        "engine.codecs",
    ),
    ("engine.source",),
    ("engine.message",),
    ("engine.expressions", "engine.formats", "engine.files"),
    ("engine.build", "engine.schema"),
    ("engine.mediators", "engine.endpoints", "connectors"),
    ("engine.artifacts",),
    ("engine.settings", "engine.observe", "engine.runtime"),
    ("engine.transports", "engine.management", "engine.sandbox"),
    ("engine.app", "engine.configured", "engine.serve", "engine.supervise", "engine.worker"),
    ("engine.cli",),
)


def modules() -> list[Path]:
    return sorted(path for package in ("engine", "connectors") for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> int | None:
    found = [
        (len(prefix), number)
        for number, layer in enumerate(LAYERS)
        for prefix in layer
        if module == prefix or module.startswith(prefix + ".")
    ]
    return max(found)[1] if found else None


def imports(path: Path) -> list[tuple[str, int]]:
    """Modules imported when this one is loaded; imports inside functions and for type checking only do not count."""
    tree = ast.parse(path.read_text("utf-8"))
    found: list[tuple[str, int]] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found.append((node.module, node.lineno))
        elif isinstance(node, ast.Import):
            found.extend((alias.name, node.lineno) for alias in node.names)
    return found


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    own = layer_of(name_of(path))
    if own is None:
        assert name_of(path) in ("engine", "connectors"), f"{name_of(path)} belongs to no layer"
        return
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for module, line in imports(path)
        if module.startswith(("engine.", "connectors.")) and (layer_of(module) or 0) > own
    ]
    assert not wrong, wrong
