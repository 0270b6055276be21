"""What the log says about a load: what was deployed, changed and taken away, and what is wrong."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engine.artifacts.base import Artifact
from engine.diagnostics import Severity
from engine.runtime.references import noun

if TYPE_CHECKING:
    from engine.runtime.deployer import Outcome

log = logging.getLogger("synflow.deployment")

LEVELS = {Severity.ERROR: logging.ERROR, Severity.WARNING: logging.WARNING, Severity.INFO: logging.INFO}


def report(before: Outcome, after: Outcome) -> None:
    """Log the step from one outcome to the next; what was said before is not said again."""
    known = set(before.problems)
    for problem in after.problems:
        if problem not in known:
            log.log(LEVELS[problem.severity], "%s", problem)
    for file in after.kept:
        if file not in before.kept:
            log.warning("%s keeps its last good version serving until it is mended", file)
    gone = known - set(after.problems)
    if gone and not after.problems and before.generation:
        log.info("all problems are solved")
    if not after.changed:
        return
    if before.generation == 0:
        log.info("%d artifacts deployed from %d files", len(after.artifacts), after.files)
        return
    _changes(before.artifacts, after.artifacts)


def _changes(before: tuple[Artifact, ...], after: tuple[Artifact, ...]) -> None:
    earlier = {(each.kind, each.name): each for each in before}
    for each in after:
        old = earlier.pop((each.kind, each.name), None)
        what = _title(each)
        if old is None:
            log.info("%s named '%s' has been deployed from file : %s", what, each.name, each.place.file)
        elif old is not each:
            log.info("%s: %s has been updated from the file: %s", what, each.name, each.place.file)
    for each in earlier.values():
        log.info("%s named '%s' has been undeployed", _title(each), each.name)


def _title(artifact: Artifact) -> str:
    name = noun(artifact.kind)
    return name[0].upper() + name[1:]
