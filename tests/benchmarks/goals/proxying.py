"""Goals 1 to 5 and 7: requests that pass through, with and without a look into the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.flows import json_document, xml_document
from tests.benchmarks.goals import goal
from tests.benchmarks.result import Row, skipped
from tests.benchmarks.stage import Figures, Server, Stage

PUBLISHED_XML_ROUTING = {1: 4252, 10: 1157, 100: 70}
"""Requests a second of WSO2 MI 4.5.0 on two virtual cores, as its vendor publishes them."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What the ratio to one peer must reach."""

    floor: float | None = None
    goal: float | None = None
    record: float | None = None


def rows(number: int, scenario: str, found: Mapping[str, Figures], bounds: Mapping[str, Bound]) -> list[Row]:
    """A row for each peer: how much less processor time a request of synflow takes."""
    own = found["synflow"]
    made = []
    detail = {name: figures.shown() for name, figures in found.items()}
    for name, limits in bounds.items():
        peer = found.get(name)
        if peer is None:
            made.append(skipped(number, scenario, f"{name} is not installed"))
            continue
        bad = own.bad or peer.bad
        made.append(
            Row(
                number,
                scenario,
                f"CPU of {name} / CPU of synflow",
                None if bad else peer.cpu / own.cpu,
                limits.floor,
                limits.goal,
                limits.record,
                note=f"{own.bad} and {peer.bad} bad replies" if bad else "",
                detail=detail,
            )
        )
        detail = {}
    return made


def passing(stage: Stage) -> Sequence[Server | None]:
    """All who can pass a request through."""
    return (
        stage.engine("/pass"),
        stage.bare("aiohttp-pass", "B"),
        stage.bare("minimal-pass", "R"),
        stage.bare("httpx-pass", "S"),
        stage.node_red("/pass"),
        stage.node_proxy(),
    )


@goal(1)
def pass_through(stage: Stage) -> list[Row]:
    """Bodies of 1 and 10 KB."""
    made = []
    for size in (1, 10):
        found = stage.compare(passing(stage), json_document(size << 10), "application/json")
        made += rows(
            1,
            f"pass-through {size} KB",
            found,
            {"B": Bound(1.0, 1.5), "N": Bound(4, 7), "R": Bound(record=0.85), "S": Bound(), "node": Bound(record=1.0)},
        )
    return made


@goal(2)
def pass_through_large(stage: Stage) -> list[Row]:
    """Bodies of 100 KB."""
    found = stage.compare(passing(stage), json_document(100 << 10), "application/json")
    return rows(
        2,
        "pass-through 100 KB",
        found,
        {"B": Bound(0.9, 1.3), "N": Bound(goal=12), "R": Bound(record=0.85), "S": Bound()},
    )


@goal(3)
def latency(stage: Stage) -> list[Row]:
    """One client on one connection."""
    found = stage.compare(
        (stage.engine("/pass"), stage.bare("aiohttp-pass", "B"), stage.bare("minimal-pass", "R")),
        json_document(1024),
        "application/json",
        connections=1,
    )
    own, base, record = found["synflow"], found["B"], found["R"]
    scenario = "pass-through 1 KB, one connection"
    return [
        Row(
            3,
            scenario,
            "p50 - p50 of B, ms",
            own.p50 - base.p50,
            0.10,
            0.0,
            less_is_better=True,
            detail={name: figures.shown() for name, figures in found.items()},
        ),
        Row(3, scenario, "p99 / p50", own.p99 / own.p50, None, 3, less_is_better=True),
        Row(3, scenario, "p50 - p50 of R, ms", own.p50 - record.p50, None, None, 0.05, less_is_better=True),
    ]


def _tail(scenario: str, found: Mapping[str, Figures]) -> Row:
    own = found["synflow"]
    return Row(
        7,
        f"tail of {scenario}",
        "p99 / p50",
        own.p99 / own.p50,
        8,
        3,
        2,
        less_is_better=True,
        note=", ".join(f"{name} {each.p99 / each.p50:.1f}" for name, each in found.items() if name != "synflow"),
    )


@goal(4)
def json_routing(stage: Stage) -> list[Row]:
    """One JSONPath decides where the request goes."""
    made = []
    for size, red in ((1, 6), (10, 6), (100, 4)):
        scenario = f"JSON routing {size} KB"
        found = stage.compare(
            (
                stage.engine("/json"),
                stage.bare("aiohttp-json", "B'"),
                stage.bare("minimal-json", "R'"),
                stage.node_red("/json"),
            ),
            json_document(size << 10),
            "application/json",
        )

        made += rows(4, scenario, found, {"B'": Bound(0.9, 1.3), "N": Bound(goal=red), "R'": Bound(record=0.85)})
        made.append(_tail(scenario, found))
    return made


@goal(5)
def xml_routing(stage: Stage) -> list[Row]:
    """One XPath decides where the request goes."""
    made = []
    for size, times in ((1, 1.0), (10, 2.5), (100, 10.0)):
        scenario = f"XML routing {size} KB"
        found = stage.compare(
            (stage.engine("/xml"), stage.bare("aiohttp-xml", "B'"), stage.bare("minimal-xml", "R'")),
            xml_document(size << 10),
            "application/xml",
        )
        made += rows(5, scenario, found, {"B'": Bound(0.9, 1.2), "R'": Bound(record=0.9)})
        published = PUBLISHED_XML_ROUTING[size]
        made.append(
            Row(5, scenario, f"req/s / {published} (MI, published)", found["synflow"].rate / published, None, times)
        )
        made.append(_tail(scenario, found))
    return made


@goal(7)
def json_to_xml(stage: Stage) -> list[Row]:
    """The body is converted on the way."""
    made = []
    for size in (10, 100):
        scenario = f"JSON to XML {size} KB"
        found = stage.compare(
            (stage.engine("/convert"), stage.bare("aiohttp-convert", "B'"), stage.bare("minimal-convert", "R'")),
            json_document(size << 10),
            "application/json",
        )
        made += rows(7, scenario, found, {"B'": Bound(0.9, 2.0, 3.0), "R'": Bound()})
        made.append(_tail(scenario, found))
    return made
