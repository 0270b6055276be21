from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.program import NS, status_api, synflow

BROKEN = f"""<api {NS} name="A" context="/a">
  <resource methods="GET">
    <inSequence>
      <lgo level="full"/>
      <sequence key="nowhere"/>
    </inSequence>
  </resource>
</api>
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.xml").write_text(BROKEN)
    (tmp_path / "flows" / "b.xml").write_text(status_api("B", "/b", 201))
    return tmp_path


def test_text_shows_place_line_and_caret(project: Path) -> None:
    ended = synflow("lint", "flows", cwd=project)
    lines = ended.stdout.splitlines()
    assert ended.returncode == 1
    assert ended.stderr == ""
    assert lines[0].startswith("flows/a.xml:4:7: error SYN010: <lgo> is no mediator (did you mean <log>?)")
    assert lines[1:3] == ['     4 |       <lgo level="full"/>', "               ^"]
    assert lines[3].startswith("flows/a.xml:5:17: warning SYN040: <sequence> names the sequence 'nowhere'")
    assert lines[-1] == "1 error, 1 warning in 2 files"


def test_json_is_one_object_and_nothing_else(project: Path) -> None:
    ended = synflow("lint", "flows", "--json", cwd=project)
    report = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert report["files"] == 2
    assert [(each["file"], each["line"], each["severity"]) for each in report["problems"]] == [
        ("flows/a.xml", 4, "error"),
        ("flows/a.xml", 5, "warning"),
    ]
    assert set(report["problems"][0]) == {"file", "line", "column", "code", "severity", "message", "hint", "artifact"}


def test_sarif(project: Path) -> None:
    ended = synflow("lint", "flows", "--sarif", cwd=project)
    assert ended.returncode == 1
    assert len(json.loads(ended.stdout)["runs"][0]["results"]) == 2
    assert synflow("lint", "flows", "--sarif", "--json", cwd=project).returncode == 2


def test_sound_files_and_warnings_end_with_zero(project: Path) -> None:
    sound = synflow("lint", "flows/b.xml", cwd=project)
    assert (sound.returncode, sound.stdout) == (0, "no problems in 1 file\n")
    (project / "flows" / "a.xml").write_text(BROKEN.replace('<lgo level="full"/>', ""))
    assert synflow("lint", cwd=project).returncode == 0


def test_missing_path_is_an_error(project: Path) -> None:
    ended = synflow("lint", "nowhere", cwd=project)
    assert ended.returncode == 1
    assert "nowhere: error SYN056: there is no such file or folder" in ended.stdout


def test_help_names_every_command_and_its_options(project: Path) -> None:
    top = synflow("--help", cwd=project)
    assert {"lint", "mock", "run"} <= set(top.stdout.split())
    run = synflow("run", "--help", cwd=project).stdout
    for option in ("--host", "--port", "--management-port", "--conf", "--workers", "--sandbox", "--no-reload"):
        assert option in run
    assert "did you mean 'lint'?" in synflow("lnit", cwd=project).stderr


def test_help_imports_neither_engine_nor_framework(project: Path) -> None:
    import subprocess
    import sys

    from tests.fakes.program import environment

    code = (
        "import sys; sys.argv = ['synflow', '--help']\nfrom engine.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'lxml', 'uvicorn', 'starlette', 'httpx', 'asyncio', 'engine.app'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=project, env=environment(), stdout=subprocess.DEVNULL)


def test_connectors_of_the_conf_folder_are_known(project: Path) -> None:
    (project / "own").mkdir()
    (project / "own" / "acme.py").write_text(
        "from engine.mediators.connector import Operation, operation\n\n\n"
        "@operation('acme.greet')\nclass Greet(Operation):\n"
        "    async def execute(self, message, connection):\n        return None\n"
    )
    (project / "conf").mkdir()
    (project / "conf" / "synflow.toml").write_text('[connectors]\nfolders = ["own"]\n')
    (project / "flows" / "a.xml").write_text(status_api("A", "/a", 201, "<acme.greet/>"))
    ended = synflow("lint", cwd=project)
    assert ended.stdout == "no problems in 2 files\n"
    (project / "conf" / "synflow.toml").write_text("[connectors]\nfolder = []\n")
    assert "did you mean 'folders'?" in synflow("lint", cwd=project).stderr


def test_explain_shows_a_code_with_its_example(tmp_path: Path) -> None:
    ended = synflow("lint", "--explain", "SYN012", cwd=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout.startswith("SYN012 unknown attribute")
    assert synflow("lint", "--explain", "SYN000", cwd=tmp_path).returncode == 2
