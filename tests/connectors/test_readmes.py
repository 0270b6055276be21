from __future__ import annotations

from pathlib import Path

import pytest

from engine.mediators.connector_docs import updated

FOLDER = Path(__file__).parents[2] / "connectors"


@pytest.mark.parametrize("connector", sorted(path.parent.name for path in FOLDER.glob("*/README.md")))
def test_the_option_tables_are_those_of_the_code(connector: str) -> None:
    text = (FOLDER / connector / "README.md").read_text("utf-8")
    assert text == updated(text, connector), "run python -m engine.mediators.connector_docs on the README"


def test_a_readme_without_markers_is_told() -> None:
    with pytest.raises(ValueError, match="no lines"):
        updated("# nothing", "file")
