"""The words of problems: each code's message as users read it."""

from __future__ import annotations

from pathlib import Path

from engine.diagnostics.catalogue import as_artifact, catalogue
from engine.runtime.deployer import Deployer

GOLDEN = Path(__file__).with_name("messages.txt")


def messages(folder: Path) -> list[str]:
    """The first problem of each code that its wrong example gives."""
    lines = []
    for code in catalogue().values():
        if not code.wrong:
            continue
        place = folder / code.name
        place.mkdir()
        (place / "a.xml").write_text(code.file(code.wrong))
        if code.beside:
            (place / "b.xml").write_text(as_artifact(code.beside))
        problems = Deployer((str(place),), quiet=True).load().problems
        first = next(problem for problem in problems if problem.code == code.name)
        lines.append(str(first).replace(f"{place}/", ""))
    return lines


def test_messages_are_as_recorded(tmp_path: Path) -> None:
    assert messages(tmp_path) == GOLDEN.read_text("utf-8").splitlines()


def test_at_least_sixty_messages_are_recorded() -> None:
    assert len(GOLDEN.read_text("utf-8").splitlines()) >= 60
