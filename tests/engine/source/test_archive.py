from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from engine.diagnostics import Problems
from engine.source.archive import Archive, read_archive

API = '<api xmlns="http://ws.apache.org/ns/synapse" name="A" context="/a"/>'
ARTIFACTS = """<artifacts><artifact name="App" version="1.0.0" type="carbon/application">
{}</artifact></artifacts>"""


def dependency(name: str, role: str = "EnterpriseServiceBus") -> str:
    return f'<dependency artifact="{name}" version="1.0.0" include="true" serverRole="{role}"/>'


def artifact(name: str, kind: str, file: str) -> str:
    return (
        f'<artifact name="{name}" version="1.0.0" type="{kind}" serverRole="EnterpriseServiceBus">'
        f"<file>{file}</file></artifact>"
    )


def packed(members: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def application(**more: str | bytes) -> dict[str, str | bytes]:
    return {
        "artifacts.xml": ARTIFACTS.format(dependency("A") + dependency("R") + dependency("X", "DataBridge")),
        "A_1.0.0/artifact.xml": artifact("A", "synapse/api", "A-1.0.0.xml"),
        "A_1.0.0/A-1.0.0.xml": API,
        "R_1.0.0/artifact.xml": artifact("R", "registry/resource", "registry-info.xml"),
        "R_1.0.0/registry-info.xml": """<resources>
            <item><file>x.xslt</file><path>/_system/config/t</path><mediaType>application/xml</mediaType></item>
            <collection><directory>all</directory><path>/_system/governance/all</path></collection></resources>""",
        "R_1.0.0/resources/x.xslt": "<x/>",
        "R_1.0.0/resources/all/deep/y.txt": "y",
        **more,
    }


def read(members: dict[str, str | bytes], **options: int) -> tuple[Archive | None, list[str]]:
    problems = Problems()
    return read_archive("a.car", packed(members), problems, **options), [problem.message for problem in problems]


def test_artifacts_and_resources_of_an_application() -> None:
    archive, problems = read(application())
    assert archive is not None
    assert not problems
    assert (archive.name, archive.version) == ("App", "1.0.0")
    assert archive.documents == [("a.car!/A_1.0.0/A-1.0.0.xml", API.encode())]
    assert archive.resources == {"config/t/x.xslt": b"<x/>", "governance/all/deep/y.txt": b"y"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"artifacts.xml": ARTIFACTS.format(dependency("B"))},
            "Some dependencies were not satisfied in cApp:App: missing B_1.0.0",
        ),
        ({"artifacts.xml": "<artifacts/>"}, "names no application"),
        ({"artifacts.xml": "<artifacts>"}, "not well-formed XML"),
        (
            {"A_1.0.0/artifact.xml": artifact("A", "synapse/api", "no.xml")},
            "names the file 'no.xml', which is not there",
        ),
        ({"A_1.0.0/artifact.xml": artifact("A", "synapse/api", "../../x.xml")}, "which is not there"),
        ({"../evil.xml": "x"}, "leads out of the archive"),
        ({"/evil.xml": "x"}, "leads out of the archive"),
        ({"a\\..\\..\\evil.xml": "x"}, "leads out of the archive"),
        (
            {"R_1.0.0/registry-info.xml": "<r><item><file>x.xslt</file><path>/_system/../..</path></item></r>"},
            "outside the registry",
        ),
    ],
)
def test_unusable_application_is_one_problem(change: dict[str, str], words: str) -> None:
    archive, problems = read(application(**change))
    assert archive is None
    assert len(problems) == 1
    assert words in problems[0]


def test_archive_without_artifacts_xml() -> None:
    archive, problems = read({"x": "y"})
    assert archive is None
    assert "artifacts.xml file not found at : a.car" in problems[0]


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    archive, problems = read(application(**{"A_1.0.0/A-1.0.0.xml": b" " * 5_000_000}), limit=1_000_000)
    assert archive is None
    assert "max_archive_bytes" in problems[0]


@pytest.mark.parametrize("data", [b"", b"no zip", packed({"artifacts.xml": "<a/>"})[:40]])
def test_broken_zip_is_a_problem(data: bytes) -> None:
    problems = Problems()
    assert read_archive("a.car", data, problems) is None
    assert [(problem.code, problem.file) for problem in problems] == [("SYN052", "a.car")]


def test_types_without_a_meaning_here_are_named() -> None:
    archive, problems = read(application(**{"A_1.0.0/artifact.xml": artifact("A", "lib/synapse/mediator", "x.jar")}))
    assert archive is not None
    assert archive.documents == []
    assert "Java class mediators" in problems[0]


def test_member_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    data = packed({"artifacts.xml": ARTIFACTS.format("")})
    at = data.index(b"PK\x01\x02") + 16
    problems = Problems()
    assert read_archive("a.car", data[:at] + b"\0\0\0\0" + data[at + 4 :], problems) is None
    assert "cannot be unpacked" in next(iter(problems)).message
