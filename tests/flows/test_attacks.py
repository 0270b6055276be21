"""Clients that mean harm are refused or limited with the right status, and the engine goes on serving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.attacks import ATTACKS, Attack, Target
from tests.attack.flow import laughing_api
from tests.attack.run import attacked
from tests.fakes.program import Program

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with attacked(tmp_path_factory.mktemp("attacked"), SYNFLOW_LISTENER_KEEP_ALIVE_TIMEOUT="2") as one:
        yield one
        assert one.stop() == 0


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_attack_is_answered_as_it_deserves_and_others_are_served(program: Program, attack: Attack) -> None:
    target = Target(program.port, program.process.pid, crowd=500)
    assert await attack.run(target) == attack.expected
    assert program.get("/attacked/ping") == (200, b'{"pong":true}')


def test_billion_laughs_in_a_deployed_file_is_a_problem_and_the_rest_is_served(tmp_path: Path) -> None:
    with attacked(tmp_path) as program:
        (tmp_path / "flows/laughing.xml").write_text(laughing_api())
        program.until(lambda: "laughing.xml" in str(program.readiness()[1]["problems"]))
        assert program.get("/attacked/ping")[0] == 200
        assert program.stop() == 0
