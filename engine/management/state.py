"""How an engine stands, as one value that can be sent between processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, field
from typing import Any

from engine.observe.redaction import Redactor
from engine.records import dataclass
from engine.runtime.deployer import Outcome

STARTING = "starting"
SERVING = "serving"
STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class State:
    """How one engine, or all workers of one together, stand. `problems` are as `synflow lint --json` prints them.

    `stale` names the files that are broken now and whose last good version serves.
    """

    phase: str = STARTING
    generation: int = 0
    files: int = 0
    problems: tuple[Mapping[str, str | int], ...] = ()
    artifacts: tuple[Mapping[str, str | int], ...] = ()
    faulty_applications: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether everything that has been deployed is serving as its files say.

        An artifact that was refused from the start does not count, as in the reference engine: the others serve. When
        nothing at all could be deployed there is nothing to be ready for.
        """
        if self.phase != SERVING or self.stale:
            return False
        return bool(self.artifacts) or not any(problem["severity"] == "error" for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """For the way to another process."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> State:
        """What `as_json` gave, on the other side."""
        return cls(
            value["phase"],
            value["generation"],
            value["files"],
            tuple(value["problems"]),
            tuple(value["artifacts"]),
            tuple(value["faulty_applications"]),
            tuple(value["stale"]),
            value["metrics"],
        )


StateOf = Callable[[], State]


def state_of(phase: str, outcome: Outcome, metrics: Mapping[str, float], redactor: Redactor) -> State:
    """The state of one process."""
    return State(
        phase,
        outcome.generation,
        outcome.files,
        tuple(
            {**problem.as_json(), "message": redactor.clean(problem.message), "hint": redactor.clean(problem.hint)}
            for problem in outcome.problems
        ),
        tuple(
            {"kind": each.kind, "name": each.name, "file": each.place.file, "line": each.place.line}
            for each in outcome.artifacts
        ),
        outcome.faulty_applications,
        outcome.kept,
        metrics,
    )


def together(states: Sequence[State], wanted: int) -> State:
    """The workers of one supervisor as one: serving when all of them are, with every problem that one of them has."""
    if not states:
        return State()
    phases = {state.phase for state in states}
    phase = STOPPING if STOPPING in phases else SERVING if phases == {SERVING} and len(states) >= wanted else STARTING
    newest = max(states, key=lambda state: state.generation)
    problems = {tuple(sorted(problem.items())): problem for state in states for problem in state.problems}
    return State(
        phase,
        newest.generation,
        newest.files,
        tuple(problems.values()),
        newest.artifacts,
        newest.faulty_applications,
        tuple(sorted({file for state in states for file in state.stale})),
        _summed(state.metrics for state in states),
    )


def _summed(metrics: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for each in metrics:
        for name, value in each.items():
            if name.endswith(("_total", "connections")):
                total[name] = total.get(name, 0) + value
            else:
                total[name] = max(total.get(name, 0), value)
    return total
