"""From PATHs to a deployment, and from there to the next one: only changed files are compiled again.

Each step builds a whole new deployment beside the one in service and then swaps one reference, so nobody ever sees
half of a change. A file that fails keeps what it deployed last.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from engine.artifacts.api import check_registrations
from engine.artifacts.base import Artifact
from engine.diagnostics import Problem, Problems, Severity
from engine.records import dataclass
from engine.runtime.cross_checks import check_together
from engine.runtime.deployment import Deployment, assemble
from engine.runtime.references import duplicate, missing_references, names_of
from engine.runtime.registry_artifacts import RegistryArtifacts
from engine.runtime.report import report
from engine.runtime.units import Unit, compile_unit, unreadable
from engine.settings.model import DeploymentSettings
from engine.source.project import FoundFile, Scan, Signature, scan, signature_of
from engine.source.resources import ResourceFolder, Resources

REPLACEABLE = frozenset({("sequence", "main"), ("sequence", "fault")})
"""What a carbon application may define although the server has one."""

_CLOCK_GRAIN = 50_000_000
"""Nanoseconds: a file changed this shortly before it was read may change again without a new modification time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one load led to. `unsettled`: something looked half-done and should be looked at again shortly."""

    deployment: Deployment
    artifacts: tuple[Artifact, ...]
    problems: tuple[Problem, ...]
    files: int
    changed: bool
    unsettled: bool
    generation: int
    kept: tuple[str, ...] = ()
    """Files that are broken now and whose last good version serves."""
    faulty_applications: tuple[str, ...] = ()
    """Carbon applications that are broken now."""

    @property
    def ready(self) -> bool:
        """Whether nothing keeps any artifact from being served as its file says."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


EMPTY = Outcome(Deployment(), (), (), 0, False, False, 0)


@dataclass(slots=True)
class _File:
    """What is known about one file. `good` is the last version without errors."""

    path: str
    latest: Unit
    signature: Signature | None = None
    digest: bytes = b""
    good: Unit | None = None
    awaited: bytes | None = None
    """Digest of a content that looks half-written, while it is not known whether it stays."""
    gone: bool = False
    doubtful_since: float = 0.0

    @property
    def effective(self) -> Unit:
        """The version that serves."""
        if self.latest.complete:
            return self.latest
        if self.good is not None:
            return self.good
        return Unit(self.latest.file) if self.latest.whole else self.latest


class Deployer:
    """Loads PATHs, again and again. `deployment` is what serves; safe to read from any thread."""

    def __init__(
        self,
        paths: Sequence[str],
        settings: DeploymentSettings | None = None,
        *,
        prepare: Callable[[Deployment], None] | None = None,
        resource_folders: Sequence[ResourceFolder] = (),
        quiet: bool = False,
    ) -> None:
        """`resource_folders` hold registry resources beside those below the PATHs.

        `prepare` is called with each new deployment before it serves and before anything is logged about it.
        `quiet`: nothing is logged; the outcome has it all.
        """
        self.paths = tuple(paths)
        self.settings = settings or DeploymentSettings()
        self._prepare = prepare
        self._resource_folders = tuple(resource_folders)
        self._quiet = quiet
        self.outcome = EMPTY
        self._files: dict[str, _File] = {}
        self._lock = threading.Lock()
        self._owners: dict[tuple[str, str], str] = {}
        self._serving: tuple[Artifact, ...] = ()
        self._contents: tuple[Sequence[ResourceFolder], Mapping[str, bytes]] = ((), {})
        self._registry = RegistryArtifacts()
        self.linked = False

    @property
    def deployment(self) -> Deployment:
        """The deployment in service."""
        return self.outcome.deployment

    def load(self, changed: Iterable[str] = ()) -> Outcome:
        """Take the files as they are now; `changed` are read again even if they look unchanged.

        Blocks for as long as reading and compiling takes: call it in a thread once the engine serves.
        """
        with self._lock:
            found = scan(self.paths)
            self.linked = found.linked
            unsettled = self._read(found, inodes(changed))
            before = self.outcome
            after = self._next(found, unsettled)
            if self._prepare is not None and after.changed:
                self._prepare(after.deployment)
            self.outcome = after
        if not self._quiet:
            report(before, after)
        return after

    def source_line(self, file: str, line: int) -> str:
        """The text of a line that a problem names; empty when it cannot be had."""
        name, _, member = file.partition("!/")
        known = self._files.get(name)
        if known is None or line < 1:
            return ""
        try:
            if member:
                from engine.source.archive import member_of

                data = member_of(known.path, member)
            else:
                data = Path(known.path).read_bytes()
        except (OSError, ValueError):
            return ""
        lines = data.decode("utf-8", "replace").splitlines()
        return lines[line - 1] if line <= len(lines) else ""

    # -- reading
    def _read(self, found: Scan, forced: set[tuple[int, int]]) -> bool:
        """Bring every file up to date. Returns whether one of them should be looked at again shortly."""
        unsettled = False
        now = time.time_ns()
        present = set()
        for each in found.files:
            present.add(each.file)
            known = self._files.get(each.file)
            if known is None:
                known = self._files[each.file] = _File(each.path, latest=Unit(each.file))
            known.path, known.gone = each.path, False
            if known.signature != each.signature or known.awaited is not None or each.signature[2:] in forced:
                unsettled |= self._take(known, each, now)
        for file in [file for file in self._files if file not in present]:
            known = self._files[file]
            if not known.gone:
                known.gone, known.doubtful_since = True, time.monotonic()
            if self.outcome is EMPTY or self._settled(known):
                del self._files[file]
            else:
                unsettled = True
        return unsettled

    def _take(self, known: _File, found: FoundFile, now: int) -> bool:
        """Read one file and compile it if its content is new. True when it has not looked half-written for long."""
        try:
            with open(found.path, "rb", buffering=0) as opened:
                data = opened.read()
        except FileNotFoundError:
            known.signature = None
            return True
        except OSError as error:
            known.signature = None
            known.latest, known.digest = unreadable(found.file, error.strerror or str(error)), b""
            return False
        known.signature = found.signature if found.signature[0] < now - _CLOCK_GRAIN else None
        digest = blake2b(data, digest_size=16).digest()
        if digest == known.digest:
            known.awaited = None
            return False
        unit = compile_unit(
            found.file,
            data,
            max_file_bytes=self.settings.max_file_bytes,
            max_archive_bytes=self.settings.max_archive_bytes,
        )
        if not unit.well_formed and self.outcome is not EMPTY:
            if known.awaited != digest:
                known.awaited, known.doubtful_since = digest, time.monotonic()
            if not self._settled(known):
                return True
        known.awaited = None
        known.latest, known.digest = unit, digest
        if unit.complete:
            known.good = unit
        return False

    def _settled(self, known: _File) -> bool:
        """Whether a file that has gone or looks half-written has been so long enough to be meant like that."""
        return time.monotonic() - known.doubtful_since >= self.settings.settle_ms / 1000

    # -- assembling
    def _next(self, found: Scan, unsettled: bool) -> Outcome:
        files = sorted(self._files.values(), key=lambda each: (not each.effective.definitions, each.latest.file))
        problems = Problems()
        for path in found.missing:
            problems.add(Problem("SYN056", Severity.ERROR, "there is no such file or folder", path))
        for each in files:
            problems.extend(each.latest.problems)
        artifacts = self._side_by_side(self._chosen(files, problems), files, problems)
        contents = (
            (*found.resource_folders, *self._resource_folders),
            {place: data for each in files for place, data in each.effective.resources.items()},
        )
        resources = Resources(*contents)
        references = [reference for each in files for reference in each.effective.references]
        artifacts.extend(self._registry.load(references, resources, problems))
        names = names_of(artifacts)
        for each in files:
            if not each.gone:
                problems.extend(missing_references(each.latest.references, names, resources))
        problems.extend(check_together(artifacts, references))
        before = self.outcome
        deployment = before.deployment
        changed = before is EMPTY or contents != self._contents or not same(artifacts, self._serving)
        if changed:
            deployment = assemble(artifacts, resources)
            self._contents, self._serving = contents, tuple(artifacts)
        return Outcome(
            deployment,
            self._serving,
            tuple(problems.sorted()),
            sum(each.latest.documents for each in files),
            changed,
            unsettled,
            before.generation + 1 if changed else before.generation,
            tuple(each.latest.file for each in files if each.good is not None and not each.latest.complete),
            tuple(each.latest.file for each in files if each.latest.whole and not each.latest.complete),
        )

    def _chosen(self, files: Iterable[_File], problems: Problems) -> list[Artifact]:
        """The artifacts that serve. Of two with one name the one that serves already stays; the other is an error."""
        offers: dict[tuple[str, str], list[tuple[_File, Artifact]]] = {}
        for each in files:
            for artifact in each.effective.artifacts:
                offers.setdefault((artifact.kind, artifact.name), []).append((each, artifact))
        owners: dict[tuple[str, str], str] = {}
        chosen = []
        for key, offered in offers.items():
            winner = offered[0]
            if len(offered) > 1:
                winner = self._winner(key, offered, problems)
            owners[key] = winner[0].latest.file
            chosen.append(winner[1])
        self._owners = owners
        return chosen

    def _winner(
        self, key: tuple[str, str], offered: list[tuple[_File, Artifact]], problems: Problems
    ) -> tuple[_File, Artifact]:
        staying = [offer for offer in offered if not offer[0].gone] or offered[:1]
        if key in REPLACEABLE:
            # an application's own main and fault sequences take the place of the server's
            staying.sort(key=lambda offer: not offer[0].latest.whole)
            if staying[0][0].latest.whole:
                staying = [offer for offer in staying if offer[0].latest.whole]
        winner = next((offer for offer in staying if offer[0].latest.file == self._owners.get(key)), staying[0])
        for _, artifact in staying:
            if artifact is not winner[1]:
                problems.add(duplicate(artifact, winner[1]))
        return winner

    def _side_by_side(self, artifacts: list[Artifact], files: Iterable[_File], problems: Problems) -> list[Artifact]:
        """The artifacts without those APIs that clash with one that serves already; what is about to go gives way."""
        gone = {each.latest.file for each in files if each.gone}

        def going(file: str) -> bool:
            return file.partition("!/")[0] in gone

        staying = [each for each in self._serving if not going(each.place.file)]
        accepted, clashes = check_registrations(sorted(artifacts, key=lambda each: going(each.place.file)), staying)
        problems.extend(problem for problem in clashes if not going(problem.file))
        return accepted


def inodes(paths: Iterable[str]) -> set[tuple[int, int]]:
    """What tells these files apart from others, whatever the way to them; those that have gone are left out."""
    found = set()
    for path in paths:
        with contextlib.suppress(OSError):
            found.add(signature_of(os.stat(path))[2:])
    return found


def same(these: Sequence[Artifact], those: Sequence[Artifact]) -> bool:
    """Whether both hold the very same compiled artifacts."""
    return len(these) == len(those) and set(map(id, these)) == set(map(id, those))
