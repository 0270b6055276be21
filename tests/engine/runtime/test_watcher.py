from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.runtime.deployer import Deployer, Outcome
from engine.runtime.watcher import Watcher
from engine.settings import DeploymentSettings

pytestmark = pytest.mark.anyio

DEADLINE = 10.0


def sequence(name: str, value: str = "1") -> str:
    return (
        f'<sequence xmlns="http://ws.apache.org/ns/synapse" name="{name}"><property name="v" value="{value}"/>'
        "</sequence>"
    )


class Watched:
    """A deployer that is being watched; every outcome is kept."""

    def __init__(self, deployer: Deployer) -> None:
        self.deployer = deployer
        self.outcomes: list[Outcome] = []
        self._news = asyncio.Event()

    async def listen(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._news.set()

    async def until(self, condition: Callable[[Outcome], bool]) -> Outcome:
        async with asyncio.timeout(DEADLINE):
            while not condition(self.deployer.outcome):
                self._news.clear()
                await self._news.wait()
        return self.deployer.outcome


@asynccontextmanager
async def watching(path: Path, **settings: int | bool) -> AsyncIterator[Watched]:
    deployer = Deployer([str(path)], DeploymentSettings(**{"settle_ms": 30, "poll_ms": 20, **settings}), quiet=True)  # type: ignore[arg-type]
    deployer.load()
    watched = Watched(deployer)
    task = asyncio.create_task(Watcher(deployer, watched.listen).run())
    try:
        async with asyncio.timeout(DEADLINE):
            while not watched.outcomes:  # the first look after watching has begun
                await asyncio.sleep(0.001)
        yield watched
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def has(*names: str) -> Callable[[Outcome], bool]:
    return lambda outcome: set(outcome.deployment.sequences) == set(names)


@pytest.mark.parametrize("poll", [False, True])
async def test_new_changed_renamed_and_deleted_files_are_taken(tmp_path: Path, poll: bool) -> None:
    async with watching(tmp_path, poll=poll) as watched:
        (tmp_path / "a.xml").write_text(sequence("A"))
        first = await watched.until(has("A"))
        (tmp_path / "a.xml").write_text(sequence("A", "two"))
        await watched.until(lambda outcome: outcome.generation > first.generation)
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "b.xml").write_text(sequence("B"))
        await watched.until(has("A", "B"))
        os.rename(tmp_path / "a.xml", tmp_path / "z.xml")
        await watched.until(
            lambda outcome: (
                [each.place.file for each in outcome.artifacts if each.name == "A"] == [str(tmp_path / "z.xml")]
            )
        )
        (tmp_path / "z.xml").unlink()
        await watched.until(has("B"))
        shutil.rmtree(tmp_path / "deep")
        await watched.until(has())
    assert not [problem for outcome in watched.outcomes for problem in outcome.problems]


async def test_editors_that_write_a_temporary_file_and_rename_it(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(sequence("A"))
    async with watching(tmp_path) as watched:
        before = watched.deployer.outcome.generation
        (tmp_path / ".a.xml.tmp").write_text(sequence("A", "two"))
        os.replace(tmp_path / ".a.xml.tmp", tmp_path / "a.xml")
        after = await watched.until(lambda outcome: outcome.generation > before)
    assert set(after.deployment.sequences) == {"A"}
    assert all(set(outcome.deployment.sequences) == {"A"} for outcome in watched.outcomes)


async def test_editors_that_rename_the_old_file_away_first(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(sequence("A"))
    async with watching(tmp_path, settle_ms=5000) as watched:
        before = watched.deployer.outcome.generation
        os.rename(tmp_path / "a.xml", tmp_path / "a.xml~")
        (tmp_path / "a.xml").write_text(sequence("A", "two"))
        await watched.until(lambda outcome: outcome.generation > before)
    assert all(set(outcome.deployment.sequences) == {"A"} for outcome in watched.outcomes)


async def test_truncated_file_that_is_filled_later_is_never_reported(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(sequence("A"))
    async with watching(tmp_path, settle_ms=5000) as watched:
        before = watched.deployer.outcome
        with (tmp_path / "a.xml").open("w") as file:
            file.flush()
            await watched.until(lambda outcome: outcome.unsettled)
            file.write(sequence("A", "two"))
        after = await watched.until(lambda outcome: outcome.generation > before.generation)
    assert not [problem for outcome in watched.outcomes for problem in outcome.problems]
    assert set(after.deployment.sequences) == {"A"}


async def test_file_that_stays_broken_is_reported_without_a_further_change(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(sequence("A"))
    async with watching(tmp_path) as watched:
        (tmp_path / "a.xml").write_text("<sequence")
        outcome = await watched.until(lambda outcome: bool(outcome.problems))
    assert outcome.problems[0].code == "SYN001"
    assert set(outcome.deployment.sequences) == {"A"}


async def test_swapped_link_of_a_config_map_is_taken(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}" / "a.xml").write_text(sequence("A", version))
    os.symlink("..1", tmp_path / "..data")
    os.symlink("..data/a.xml", tmp_path / "a.xml")
    async with watching(tmp_path) as watched:
        before = watched.deployer.outcome.generation
        os.symlink("..2", tmp_path / "..data_tmp")
        os.replace(tmp_path / "..data_tmp", tmp_path / "..data")
        await watched.until(lambda outcome: outcome.generation > before)
    assert not watched.deployer.outcome.problems


async def test_swapped_link_to_a_folder_of_flows_is_taken(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.xml").write_text(sequence(f"A{version}"))
    os.symlink("1", tmp_path / "current")
    async with watching(tmp_path / "current") as watched:
        await watched.until(has("A1"))
        os.symlink("2", tmp_path / "next")
        os.replace(tmp_path / "next", tmp_path / "current")
        await watched.until(has("A2"))
        (tmp_path / "2" / "b.xml").write_text(sequence("B"))
        await watched.until(has("A2", "B"))


async def test_folder_that_is_removed_and_made_again_is_watched_again(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "a.xml").write_text(sequence("A"))
    async with watching(flows) as watched:
        await watched.until(has("A"))
        shutil.rmtree(flows)
        await watched.until(has())
        flows.mkdir()
        (flows / "b.xml").write_text(sequence("B"))
        await watched.until(has("B"))
        (flows / "c.xml").write_text(sequence("C"))
        await watched.until(has("B", "C"))


async def test_change_between_loading_and_watching_is_not_lost(tmp_path: Path) -> None:
    deployer = Deployer([str(tmp_path)], DeploymentSettings(), quiet=True)
    deployer.load()
    (tmp_path / "a.xml").write_text(sequence("A"))
    watched = Watched(deployer)
    task = asyncio.create_task(Watcher(deployer, watched.listen).run())
    await watched.until(has("A"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_burst_over_many_files_is_one_deployment(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.xml").write_text(sequence(f"S{number}", "old"))
    async with watching(tmp_path, debounce_ms=200) as watched:
        before = watched.deployer.outcome.generation
        for number in range(50):
            (tmp_path / f"{number}.xml").write_text(sequence(f"S{number}", "new"))
        await watched.until(lambda outcome: outcome.generation > before)
        states = [outcome.generation for outcome in watched.outcomes]
    assert states[-1] - before <= 2
    assert len(watched.deployer.deployment.sequences) == 50


async def test_single_file_is_watched_without_what_lies_below_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(sequence("A"))
    async with watching(tmp_path / "a.xml") as watched:
        before = watched.deployer.outcome.generation
        os.rename(tmp_path / "a.xml", tmp_path / "a.old")
        (tmp_path / "a.xml").write_text(sequence("A", "two"))
        await watched.until(lambda outcome: outcome.generation > before)
        (tmp_path / "b.xml").write_text(sequence("B"))
        (tmp_path / "a.xml").write_text(sequence("C"))
        await watched.until(has("C"))


async def test_defect_while_loading_does_not_end_the_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.xml").write_text(sequence("A"))
    async with watching(tmp_path) as watched:
        with monkeypatch.context() as patch:
            patch.setattr("engine.runtime.deployer.assemble", lambda *_: 1 / 0)
            (tmp_path / "b.xml").write_text(sequence("B"))
            async with asyncio.timeout(DEADLINE):
                while "what served before goes on serving" not in caplog.text:
                    await asyncio.sleep(0.001)
        assert set(watched.deployer.deployment.sequences) == {"A"}
        (tmp_path / "c.xml").write_text(sequence("C"))
        await watched.until(has("A", "B", "C"))


async def test_missing_folder_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "flows").mkdir()
    async with watching(tmp_path / "flows") as watched:
        shutil.rmtree(tmp_path / "flows")
        await watched.until(lambda outcome: bool(outcome.problems))
        seen = len(watched.outcomes)
        async with asyncio.timeout(DEADLINE):
            while len(watched.outcomes) < seen + 5:
                await asyncio.sleep(0.001)
    assert caplog.text.count("cannot be watched") == 1
