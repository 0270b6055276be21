"""One soak: an engine, its back end, the clients, and what was left behind."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.heap import GIVE_BACK_SECONDS
from tests.fakes.process import descriptors, memory
from tests.fakes.program import Program, running
from tests.soak.backend import BackEnd, unused_port
from tests.soak.clients import ask
from tests.soak.flow import soak_api

DEADLINE = 30.0


@dataclass
class Standing:
    """What an engine holds while nobody asks anything of it."""

    tasks: int
    connections: int
    back_end_connections: int
    descriptors: Counter[str]
    temporary: list[str]
    memory: float


@dataclass
class Soak:
    """A running engine under soak."""

    program: Program
    back_end: BackEnd
    spill: Path
    outcomes: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    async def ask(self, count: int) -> None:
        """So many more requests."""
        port = await asyncio.to_thread(lambda: self.program.port)
        self.outcomes += await ask(port, count, first=self.asked)
        self.asked += count

    async def metrics(self) -> dict[str, int]:
        """The engine's own counters."""
        _, body = await asyncio.to_thread(self.program.get, "/metrics", management=True)
        return {name: int(float(value)) for name, value in re.findall(r"^(\w+) ([\d.]+)$", body.decode(), re.MULTILINE)}

    async def standing(self) -> Standing:
        """What is held once every request is through and the idle connections to the back end are dropped."""
        async with asyncio.timeout(DEADLINE):
            while True:
                metrics = await self.metrics()
                if not metrics["synflow_connections"] and not metrics["synflow_backend_connections"]:
                    break
                await asyncio.sleep(0.05)
        pid = self.program.process.pid
        least = memory(pid)
        settled = time.monotonic() + 2.5 * GIVE_BACK_SECONDS  # within which it gives back what it does not need
        while time.monotonic() < settled:
            await asyncio.sleep(0.1)
            least = min(least, memory(pid))
        seen = [Counter(descriptors(pid))]
        for _ in range(10):  # those of our own look at the metrics go a moment later
            await asyncio.sleep(0.02)
            seen.append(Counter(descriptors(pid)))
        return Standing(
            metrics["synflow_tasks"],
            metrics["synflow_connections"],
            metrics["synflow_backend_connections"],
            min(seen, key=Counter.total),
            sorted(path.name for path in self.spill.iterdir()),
            least,
        )


@asynccontextmanager
async def soaking(folder: Path) -> AsyncIterator[Soak]:
    """An engine in `folder` that spills below it and drops idle connections soon."""
    flows, spill = folder / "flows", folder / "spill"
    flows.mkdir()
    spill.mkdir()
    async with BackEnd().serving() as back_end:
        (flows / "soak.xml").write_text(soak_api(back_end.port, unused_port()))
        with running(
            cwd=folder, SYNFLOW_PAYLOAD_SPILL_FOLDER=str(spill), SYNFLOW_HTTP_CLIENT_IDLE_SECONDS="0.5"
        ) as program:
            await asyncio.to_thread(program.until_ready)
            yield Soak(program, back_end, spill)
            await asyncio.to_thread(program.stop)
