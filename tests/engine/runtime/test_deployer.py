from __future__ import annotations

import gc
import io
import logging
import os
import zipfile
from pathlib import Path

import pytest

from engine.diagnostics import Problem
from engine.runtime.deployer import Deployer, Outcome
from engine.settings import DeploymentSettings

NS = 'xmlns="http://ws.apache.org/ns/synapse"'


def api(name: str, context: str, body: str = "<respond/>") -> str:
    return (
        f'<api {NS} name="{name}" context="{context}">\n<resource methods="GET">\n<inSequence>{body}</inSequence>\n'
        "</resource></api>"
    )


def sequence(name: str, body: str = "<drop/>") -> str:
    return f'<sequence {NS} name="{name}">{body}</sequence>'


class Folder:
    """A folder of flows and a deployer over it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.deployer = Deployer([str(path)], DeploymentSettings(settle_ms=10), quiet=True)

    def write(self, name: str, text: str | bytes) -> Path:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def load(self, *changed: str) -> Outcome:
        return self.deployer.load(str(self.path / name) for name in changed)

    def settle(self) -> Outcome:
        """Load until nothing is unsettled, as the watcher does."""
        outcome = self.load()
        while outcome.unsettled:
            outcome = self.load()
        return outcome


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def names(outcome: Outcome) -> set[str]:
    return {f"{each.kind} {each.name}" for each in outcome.artifacts}


def codes(outcome: Outcome) -> list[tuple[str, str, int]]:
    return [(problem.code, Path(problem.file).name, problem.line) for problem in outcome.problems]


def only(outcome: Outcome) -> Problem:
    assert len(outcome.problems) == 1, outcome.problems
    return outcome.problems[0]


def test_everything_below_is_deployed(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a"))
    folder.write("deep/s.xml", sequence("S"))
    outcome = folder.load()
    assert names(outcome) == {"api A", "sequence S"}
    assert outcome.ready
    assert outcome.files == 2
    assert folder.deployer.deployment.sequences["S"].key == "S"


def test_unchanged_files_keep_the_very_same_deployment(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a"))
    first = folder.load()
    second = folder.load("a.xml")
    assert second.deployment is first.deployment
    assert not second.changed
    assert second.generation == first.generation == 1


def test_only_the_changed_file_is_compiled_again(folder: Folder) -> None:
    for number in range(20):
        folder.write(f"{number}.xml", api(f"A{number}", f"/a{number}"))
    first = {each.name: each for each in folder.load().artifacts}
    folder.write("7.xml", api("A7", "/changed"))
    second = {each.name: each for each in folder.load().artifacts}
    assert [name for name in first if first[name] is not second[name]] == ["A7"]


def test_touched_file_with_the_same_content_changes_nothing(folder: Folder) -> None:
    path = folder.write("a.xml", api("A", "/a"))
    first = folder.load()
    os.utime(path, (1, 1))
    assert folder.load().deployment is first.deployment


def test_same_size_change_within_one_clock_tick_is_seen(folder: Folder) -> None:
    path = folder.write("a.xml", api("A", "/a"))
    about = path.stat()
    folder.load()
    path.write_text(api("A", "/b"))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    folder.load()
    assert folder.deployer.deployment.apis[0].context == "/b"


def test_changed_file_named_by_the_watcher_is_read_whatever_its_time(folder: Folder) -> None:
    path = folder.write("a.xml", api("A", "/a"))
    os.utime(path, (1, 1))
    folder.load()
    path.write_text(api("A", "/b"))
    os.utime(path, (1, 1))
    folder.load("a.xml")
    assert folder.deployer.deployment.apis[0].context == "/b"


def test_broken_file_keeps_its_last_good_version(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a"))
    folder.write("b.xml", api("B", "/b"))
    good = folder.load()
    folder.write("a.xml", api("A", "/other", "<noSuchMediator/>"))
    outcome = folder.load()
    assert outcome.deployment is good.deployment
    assert not outcome.ready
    assert codes(outcome) == [("SYN010", "a.xml", 3)]
    assert [Path(file).name for file in outcome.kept] == ["a.xml"]
    folder.write("a.xml", api("A", "/mended"))
    mended = folder.load()
    assert mended.ready
    assert {each.context for each in mended.deployment.apis} == {"/mended", "/b"}


def test_file_broken_from_the_start_does_not_stop_the_others(folder: Folder) -> None:
    folder.write("a.xml", "<api")
    folder.write("b.xml", api("B", "/b"))
    outcome = folder.load()
    assert names(outcome) == {"api B"}
    assert codes(outcome) == [("SYN001", "a.xml", 1)]


def test_broken_child_of_definitions_leaves_the_others(folder: Folder) -> None:
    folder.write("synapse.xml", f"<definitions {NS}>{sequence('good')}{sequence('bad', '<nope/>')}</definitions>")
    outcome = folder.load()
    assert names(outcome) == {"sequence good"}
    assert [problem.code for problem in outcome.problems] == ["SYN010"]


def test_problems_of_all_files_are_found_in_one_load(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a", "<nope/>\n<neither/>"))
    folder.write("b.xml", "not xml")
    folder.write("c.xml", f'<sequense {NS} name="x"/>')
    assert codes(folder.load()) == [
        ("SYN010", "a.xml", 3),
        ("SYN010", "a.xml", 4),
        ("SYN001", "b.xml", 1),
        ("SYN002", "c.xml", 1),
    ]


# -- half-written and vanishing files


@pytest.mark.parametrize("half", ["", "  \n", api("A", "/b")[:40]])
def test_half_written_file_is_looked_at_again_before_it_counts(folder: Folder, half: str) -> None:
    folder.write("a.xml", api("A", "/a"))
    good = folder.load()
    folder.write("a.xml", half)
    first = folder.load()
    assert first.unsettled
    assert first.ready
    assert first.deployment is good.deployment
    folder.write("a.xml", api("A", "/b"))
    assert folder.load().deployment.apis[0].context == "/b"


def test_file_that_stays_empty_is_reported_and_its_good_version_serves(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a"))
    good = folder.load()
    folder.write("a.xml", "")
    outcome = folder.settle()
    assert only(outcome).message == "the file is empty"
    assert outcome.deployment is good.deployment


def test_growing_file_stays_unsettled_until_it_is_whole(folder: Folder) -> None:
    folder.write("b.xml", api("B", "/b"))
    folder.load()
    whole = api("A", "/a")
    for end in (0, 10, 30, 60):
        folder.write("a.xml", whole[:end])
        outcome = folder.load()
        assert outcome.unsettled
        assert not outcome.problems
    folder.write("a.xml", whole)
    assert names(folder.settle()) == {"api A", "api B"}


def test_file_that_vanishes_for_a_moment_serves_on(folder: Folder) -> None:
    path = folder.write("a.xml", api("A", "/a"))
    good = folder.load()
    path.unlink()
    between = folder.load()
    assert between.unsettled
    assert between.deployment is good.deployment
    folder.write("a.xml", api("A", "/a"))
    assert folder.settle().deployment is good.deployment


def test_many_looks_in_a_short_time_do_not_make_a_gap_final(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.deployer = Deployer([str(tmp_path)], DeploymentSettings(settle_ms=3_600_000), quiet=True)
    path = folder.write("a.xml", api("A", "/a"))
    half = folder.write("b.xml", api("B", "/b"))
    good = folder.load()
    path.unlink()
    half.write_text("")
    for _ in range(5):
        outcome = folder.load("a.xml", "b.xml")
        assert outcome.unsettled
        assert not outcome.problems
        assert outcome.deployment is good.deployment


def test_deleted_file_is_taken_away(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a")).unlink()
    folder.write("b.xml", api("B", "/b"))
    path = folder.write("a.xml", api("A", "/a"))
    folder.load()
    path.unlink()
    assert names(folder.settle()) == {"api B"}


def test_renamed_file_never_clashes_with_itself(folder: Folder) -> None:
    path = folder.write("a.xml", api("A", "/a"))
    folder.load()
    path.rename(path.with_name("z.xml"))
    outcome = folder.load()
    assert not outcome.problems
    assert names(outcome) == {"api A"}
    final = folder.settle()
    assert not final.problems
    assert [Path(each.place.file).name for each in final.artifacts] == ["z.xml"]


def test_renamed_file_with_a_renamed_api_takes_the_context_over(folder: Folder) -> None:
    path = folder.write("a.xml", api("A", "/a"))
    folder.load()
    path.unlink()
    folder.write("b.xml", api("B", "/a"))
    outcome = folder.load()
    assert not outcome.problems
    assert names(folder.settle()) == {"api B"}


def test_all_files_of_a_burst_come_together(folder: Folder) -> None:
    for number in range(10):
        folder.write(f"s{number}.xml", sequence(f"S{number}", '<property name="v" value="1"/>'))
    before = {each.name: each for each in folder.load().artifacts}
    for number in range(10):
        folder.write(f"s{number}.xml", sequence(f"S{number}", '<property name="v" value="2"/>'))
    after = folder.load()
    assert after.generation == 2
    assert all(before[each.name] is not each for each in after.artifacts)


# -- across files


def test_missing_references_are_warnings_with_a_suggestion(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a", '\n<sequence key="chekc"/>'))
    folder.write("s.xml", sequence("check"))
    outcome = folder.load()
    problem = only(outcome)
    assert (problem.code, problem.severity.value, problem.line) == ("SYN040", "warning", 4)
    assert problem.hint == "did you mean 'check'?"
    assert "a message that gets here faults" in problem.message
    assert outcome.ready


def test_built_in_sequences_need_not_be_deployed(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a", '<sequence key="fault"/><sequence key="main"/>'))
    assert not folder.load().problems


def test_reference_is_satisfied_by_a_later_file(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a", '<sequence key="later"/>'))
    assert len(folder.load().problems) == 1
    folder.write("z.xml", sequence("later"))
    assert not folder.load().problems


def test_second_artifact_of_a_name_is_an_error_and_the_serving_one_stays(folder: Folder) -> None:
    folder.write("m.xml", sequence("S"))
    first = folder.load()
    folder.write("a.xml", sequence("S", '<property name="x" value="1"/>'))
    outcome = folder.load()
    assert codes(outcome) == [("SYN041", "a.xml", 1)]
    assert "m.xml:1" in only(outcome).message
    assert outcome.deployment is first.deployment
    (folder.path / "m.xml").unlink()
    after = folder.settle()
    assert not after.problems
    assert Path(after.artifacts[0].place.file).name == "a.xml"


def test_context_clash_is_an_error_and_the_serving_api_stays(folder: Folder) -> None:
    folder.write("m.xml", api("M", "/x"))
    folder.load()
    folder.write("a.xml", api("A", "/x"))
    outcome = folder.load()
    assert [(problem.file.rpartition("/")[2], problem.severity.value) for problem in outcome.problems] == [
        ("a.xml", "error")
    ]
    assert [each.name for each in outcome.deployment.apis] == ["M"]


def test_definitions_come_before_other_files(folder: Folder) -> None:
    folder.write("a.xml", sequence("S"))
    folder.write("synapse.xml", f"<definitions {NS}>{sequence('S')}</definitions>")
    outcome = folder.load()
    assert [Path(each.place.file).name for each in outcome.artifacts] == ["synapse.xml"]
    assert codes(outcome) == [("SYN041", "a.xml", 1)]


def test_files_of_other_tools_are_passed_over_with_a_note(folder: Folder) -> None:
    folder.write("x.xml", '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/>')
    folder.write("t.xml", "<unit-test/>")
    outcome = folder.load()
    assert outcome.ready
    assert [problem.code for problem in outcome.problems] == ["SYN055", "SYN055"]


def test_misspelt_namespace_is_an_error(folder: Folder) -> None:
    folder.write("a.xml", '<api xmlns="http://ws.apache.org/ns/synaps" name="A" context="/a"/>')
    assert [problem.code for problem in folder.load().problems] == ["SYN003"]


def test_too_large_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(api("A", "/a") + " " * 2000)
    outcome = Deployer([str(tmp_path)], DeploymentSettings(max_file_bytes=1024), quiet=True).load()
    assert [problem.code for problem in outcome.problems] == ["SYN051"]


def test_missing_path_is_a_problem(tmp_path: Path) -> None:
    outcome = Deployer([str(tmp_path / "no")], quiet=True).load()
    assert [(problem.code, problem.file) for problem in outcome.problems] == [("SYN056", str(tmp_path / "no"))]


def test_entity_bomb_is_refused_quickly(folder: Folder) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    folder.write("a.xml", f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>{sequence("S", "<log>&e11;</log>")}')
    folder.write("b.xml", sequence("B"))
    assert "sequence B" in names(folder.load())


# -- registry


def test_sequence_from_the_registry_is_compiled_under_its_key(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a", '<sequence key="conf:/flows/s.xml"/>'))
    target = folder.write("registry/conf/flows/s.xml", sequence("inner", '<sequence key="gov:/t.xml"/>'))
    folder.write("registry/gov/t.xml", sequence("t"))
    outcome = folder.load()
    assert not outcome.problems
    assert set(outcome.deployment.sequences) >= {"conf:/flows/s.xml", "gov:/t.xml"}
    target.write_text(sequence("inner", "<respond/><drop/>"))
    changed = folder.load()
    assert len(changed.deployment.sequences["conf:/flows/s.xml"].mediators) == 2


def test_missing_registry_resource_is_a_warning(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a", '<sequence key="conf:/no.xml"/>'))
    assert "no registry resource 'conf:/no.xml'" in only(folder.load()).message


def test_key_that_leads_out_of_the_registry_is_reported(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a", '<sequence key="conf:/../../no.xml"/>'))
    assert "outside the registry" in only(folder.load()).message


# -- carbon applications


def application(**documents: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        dependencies = "".join(f'<dependency artifact="{name}" version="1"/>' for name in documents)
        opened.writestr(
            "artifacts.xml", f'<artifacts><artifact name="App" version="1">{dependencies}</artifact></artifacts>'
        )
        for name, text in documents.items():
            opened.writestr(
                f"{name}_1/artifact.xml",
                f'<artifact name="{name}" version="1" type="synapse/api"><file>f.xml</file></artifact>',
            )
            opened.writestr(f"{name}_1/f.xml", text)
    return buffer.getvalue()


def test_application_is_deployed_whole(folder: Folder) -> None:
    folder.write("app.car", application(A=api("A", "/a"), S=sequence("S")))
    outcome = folder.load()
    assert names(outcome) == {"api A", "sequence S"}
    assert outcome.files == 2
    assert outcome.artifacts[0].place.file.endswith("app.car!/A_1/f.xml")


def test_application_with_an_error_is_not_deployed_at_all(folder: Folder) -> None:
    folder.write("app.car", application(A=api("A", "/a"), S=sequence("S", "<nope/>")))
    outcome = folder.load()
    assert names(outcome) == set()
    assert [Path(file).name for file in outcome.faulty_applications] == ["app.car"]


def test_broken_application_keeps_its_last_good_version_whole(folder: Folder) -> None:
    folder.write("app.car", application(A=api("A", "/a"), S=sequence("S")))
    good = folder.load()
    folder.write("app.car", application(A=api("A", "/other"), S=sequence("S", "<nope/>")))
    outcome = folder.load()
    assert outcome.deployment is good.deployment
    assert not outcome.ready


def test_half_copied_application_is_waited_for(folder: Folder) -> None:
    data = application(A=api("A", "/a"))
    folder.write("b.xml", api("B", "/b"))
    folder.load()
    folder.write("app.car", data[: len(data) // 2])
    assert folder.load().unsettled
    folder.write("app.car", data)
    assert names(folder.settle()) == {"api A", "api B"}


def test_main_sequence_of_an_application_takes_the_place_of_the_servers(folder: Folder) -> None:
    folder.write("main.xml", sequence("main"))
    folder.write("app.car", application(M=sequence("main", "<respond/>")))
    outcome = folder.load()
    assert not outcome.problems
    assert "app.car" in outcome.artifacts[0].place.file


# -- what is said


def test_log_says_what_was_deployed_updated_and_taken_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "synflow.deployment")
    folder = Folder(tmp_path)
    folder.deployer = Deployer([str(tmp_path)], DeploymentSettings(settle_ms=10))
    folder.write("s.xml", sequence("S"))
    folder.load()
    folder.write("a.xml", api("A", "/a"))
    folder.load()
    folder.write("a.xml", api("A", "/b"))
    folder.load()
    folder.write("a.xml", api("A", "/c", "<nope/>"))
    folder.load()
    folder.load()
    (tmp_path / "a.xml").unlink()
    folder.settle()
    said = [record.getMessage() for record in caplog.records]
    assert said[:3] == [
        "1 artifacts deployed from 1 files",
        f"API named 'A' has been deployed from file : {tmp_path}/a.xml",
        f"API: A has been updated from the file: {tmp_path}/a.xml",
    ]
    assert "SYN010" in said[3]
    assert said[4:] == [
        f"{tmp_path}/a.xml keeps its last good version serving until it is mended",
        "all problems are solved",
        "API named 'A' has been undeployed",
    ]


def test_new_deployment_is_prepared_before_it_serves(tmp_path: Path) -> None:
    seen: list[bool] = []
    deployer = Deployer(
        [str(tmp_path)], prepare=lambda deployment: seen.append(deployment is not deployer.deployment), quiet=True
    )
    (tmp_path / "a.xml").write_text(sequence("S"))
    deployer.load()
    deployer.load()
    assert seen == [True]


def test_source_line_is_that_of_the_file(folder: Folder) -> None:
    path = folder.write("a.xml", api("A", "/a"))
    folder.load()
    assert folder.deployer.source_line(str(path), 2) == '<resource methods="GET">'
    assert folder.deployer.source_line(str(path), 99) == ""
    assert folder.deployer.source_line("elsewhere", 1) == ""


def test_a_thousand_changes_leave_exactly_the_last_state(folder: Folder) -> None:
    """Changes of all kinds in a fixed mixture; after each one what serves is what the files say."""
    expected: dict[str, str] = {}
    for number in range(20):
        folder.write(f"{number}.xml", api(f"A{number}", f"/a{number}/0"))
        expected[f"A{number}"] = f"/a{number}/0"
    folder.load()
    for step in range(1, 1001):
        number = step * 7 % 20
        path = folder.path / f"{number}.xml"
        if step % 10 == 3:
            folder.write(path.name, api(f"A{number}", f"/a{number}/{step}", "<nope/>"))
        elif step % 10 == 6:
            path.unlink(missing_ok=True)
            expected.pop(f"A{number}", None)
        else:
            folder.write(path.name, api(f"A{number}", f"/a{number}/{step}"))
            expected[f"A{number}"] = f"/a{number}/{step}"
        outcome = folder.settle() if step % 10 == 6 else folder.load()
        serving = {each.name: each.context for each in outcome.deployment.apis}
        broken = {Path(problem.file).stem for problem in outcome.problems}
        assert {name: context for name, context in serving.items() if name[1:] not in broken} == {
            name: context for name, context in expected.items() if name[1:] not in broken
        }
        if step % 10 == 3:
            assert str(number) in broken


def test_source_line_of_an_application_is_that_of_its_member(folder: Folder) -> None:
    path = folder.write("app.car", application(A=api("A", "/a", "\n<nope/>")))
    outcome = folder.load()
    problem = only(outcome)
    assert folder.deployer.source_line(problem.file, problem.line) == "<nope/></inSequence>"
    path.write_bytes(b"no zip any more")
    assert folder.deployer.source_line(problem.file, problem.line) == ""


def test_old_deployments_go_when_nobody_uses_them_any_more(folder: Folder) -> None:
    folder.write("a.xml", api("A", "/a"))
    folder.load()
    kept = folder.deployer.deployment.apis[0]
    for number in range(30):
        folder.write("a.xml", api("A", f"/a{number}"))
        folder.load()
    gc.collect()
    living = [each for each in gc.get_objects() if type(each) is type(kept) and each.place.file == kept.place.file]
    assert len(living) <= 3
