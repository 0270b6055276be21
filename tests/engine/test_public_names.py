from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import engine

PUBLIC = [
    "CONTINUE",
    "STOP",
    "Connection",
    "Engine",
    "Flow",
    "MediationError",
    "Mediator",
    "MessageContext",
    "Operation",
    "PayloadError",
    "Result",
    "Settings",
    "SyncMediator",
    "SynflowError",
    "attribute",
    "connection",
    "load_settings",
    "mediator",
    "operation",
    "parameter",
]


def test_the_public_names_are_these_and_can_be_imported() -> None:
    assert engine.__all__ == PUBLIC
    assert [name for name in PUBLIC if getattr(engine, name) is None] == []


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(engine.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = [alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(str(name) for name in seen) == sorted(PUBLIC)


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    code = "import sys, engine; print([name for name in sys.modules if name.startswith('engine.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
