"""Finding connectors by the prefix of their elements: built in, installed, or in folders of the user."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.build import snake_case
from engine.mediators.connector_declaration import CONNECTIONS, OPERATIONS, Connection, Operation

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "synflow.connectors"
"""Entry point group: the name is the element prefix, the value the package that declares the connector."""

_PACKAGE = "connectors"
_FOLDER_PREFIX = "synflow_connector_"
_loaded: set[str] = set()
_folders: list[Path] = []


def add_connector_folders(folders: Iterable[str | Path]) -> None:
    """Look for connectors in these folders too: `acme/__init__.py` or `acme.py` declares the connector `acme`."""
    for each in folders:
        path = Path(each).resolve()
        if path not in _folders:
            _folders.append(path)


def find_operation(tag: str) -> type[Operation] | None:
    """The operation behind an element name such as `file.read`."""
    found = OPERATIONS.get(tag)
    if found is None:
        prefix, _, name = tag.partition(".")
        if _import_own(prefix, f"operations.{snake_case(name)}"):
            found = OPERATIONS.get(tag)
    if found is None:
        load_connector(prefix)
        found = OPERATIONS.get(tag)
    return found


def find_connection(connector: str) -> type[Connection] | None:
    """The connection class of a connector."""
    if connector not in CONNECTIONS and not (_import_own(connector, "connection") and connector in CONNECTIONS):
        load_connector(connector)
    return CONNECTIONS.get(connector)


def is_connector(name: str) -> bool:
    """Whether there is a connector with this prefix."""
    load_connector(name)
    return name in CONNECTIONS or any(tag.startswith(name + ".") for tag in OPERATIONS)


def operations_of(connector: str) -> list[str]:
    """The element names of all operations of a connector."""
    load_connector(connector)
    return [tag for tag in OPERATIONS if tag.startswith(connector + ".")]


def connector_names() -> list[str]:
    """The prefixes of all connectors that can be found."""
    names = {tag.partition(".")[0] for tag in OPERATIONS} | set(CONNECTIONS)
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is not None and spec.submodule_search_locations is not None:
        names |= {each.name for each in pkgutil.iter_modules(spec.submodule_search_locations)}
    names |= {each.name for each in _installed()}
    for folder in _folders:
        names |= {each.name for each in pkgutil.iter_modules([str(folder)])}
    return sorted(name for name in names if not name.startswith("_"))


def load_connector(name: str) -> None:
    """Import the connector with this prefix, if there is one and it is not there yet."""
    if name in _loaded or not re.fullmatch(r"[A-Za-z]\w*", name):
        return
    for path in _folders:
        if _load_from_folder(path, name):
            break
    else:
        if _exists(f"{_PACKAGE}.{name}"):
            _import_all(f"{_PACKAGE}.{name}")
        else:
            for entry in _installed():
                if entry.name == name:
                    _import_all(entry.module)
                    break
    _loaded.add(name)


def _import_own(connector: str, module: str) -> bool:
    """Import one module of a connector of ours, where its place is known by convention; whether there is one.

    A flow that uses two operations need not wait for the others.
    """
    if not re.fullmatch(r"[A-Za-z]\w*", connector) or any(_in_folder(path, connector) for path in _folders):
        return False
    if not _exists(f"{_PACKAGE}.{connector}") or not _exists(f"{_PACKAGE}.{connector}.{module}"):
        return False
    importlib.import_module(f"{_PACKAGE}.{connector}.{module}")
    return True


def _in_folder(folder: Path, name: str) -> Path | None:
    """The file that declares this connector in a user's folder."""
    package, single = folder / name / "__init__.py", folder / f"{name}.py"
    found = package if package.is_file() else single
    return found if found.is_file() else None


def _installed() -> Iterable[EntryPoint]:
    """What installed packages declare; looked for only when a name is none of ours, for that takes milliseconds."""
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _import_all(package: str) -> None:
    """Import a package and everything below it, so that what it declares is registered."""
    module = importlib.import_module(package)
    for each in pkgutil.walk_packages(getattr(module, "__path__", []), package + "."):
        importlib.import_module(each.name)


def _load_from_folder(folder: Path, name: str) -> bool:
    found = _in_folder(folder, name)
    if found is None:
        return False
    is_package = found.name == "__init__.py"
    module_name = _FOLDER_PREFIX + name
    spec = importlib.util.spec_from_file_location(
        module_name, found, submodule_search_locations=[str(found.parent)] if is_package else None
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{found} cannot be loaded as a connector", path=str(found))
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]
        raise
    if is_package:
        _import_all(module_name)
    return True
