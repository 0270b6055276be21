from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.errors import MediationError
from engine.message.blob import write_all
from engine.message.payload import Payload
from engine.settings import Settings
from engine.settings.model import Files
from tests.connectors.kit import JsonInbound, body_xml, file_message, run
from tests.fakes.flows import problems_of


def write(more: str = "", *, path: str = "/out.txt", mode: str = "Overwrite") -> str:
    return f'<file.write configKey="C"><filePath>{path}</filePath><writeMode>{mode}</writeMode>{more}</file.write>'


def content(text: str) -> str:
    return f"<contentOrExpression>{text}</contentOrExpression>"


@pytest.mark.parametrize(
    ("before", "mode", "more", "after", "written"),
    [
        (None, "Overwrite", content("hello"), "hello", 5),
        ("old", "Overwrite", content("hello"), "hello", 5),
        ("old", "overwrite", content("line") + "<appendNewLine>true</appendNewLine>", "line\n", 5),
        (None, "Create New", content("hé"), "hé", 3),
        ("one\ntwo\n", "Append", content("three"), "one\ntwothree\n", 13),
        ("one\ntwo", "Append", content("three"), "one\ntwothree\n", 13),
        ("one\r\ntwo\r\n", "Append", content("X"), "one\r\ntwoX\n", 10),
        ("one\ntwo\n", "Append", content("three") + "<appendNewLine>true</appendNewLine>", "one\ntwothree\n\n", 14),
        ("one\ntwo\n", "Append", content("X") + "<appendPosition>1</appendPosition>", "oneX\ntwo\n", 9),
        ("one\ntwo", "Append", content("X") + "<appendPosition>1</appendPosition>", "oneX\ntwo\n", 9),
        ("one\ntwo\n", "Append", content("X") + "<appendPosition>2</appendPosition>", "one\ntwoX\n", 9),
        ("one\ntwo\n", "Append", content("X") + "<appendPosition>9</appendPosition>", "one\ntwoX\n", 9),
        (None, "Append", content("first"), "first\n", 6),
        ("one\n", "Append", "", "one\n<q/>", 4),
        (None, "Append", "", "<q/>", 4),
    ],
)
async def test_write_modes(tmp_path: Path, before: str | None, mode: str, more: str, after: str, written: int) -> None:
    if before is not None:
        (tmp_path / "out.txt").write_bytes(before.encode())
    message = await run(write(more, mode=mode), file_message(tmp_path, "<q/>"))
    assert (tmp_path / "out.txt").read_bytes().decode() == after
    assert (
        body_xml(message) == f"<writeResult><success>true</success><writtenBytes>{written}</writtenBytes></writeResult>"
    )
    assert os.listdir(tmp_path) == ["out.txt"]


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    await run(write(content("x"), path="path/to/out.csv", mode="Append"), file_message(tmp_path))
    assert (tmp_path / "path/to/out.csv").read_text() == "x\n"


@pytest.mark.parametrize(
    ("more", "mode", "code"),
    [
        (content("x"), "Create New", "700104"),
        (content("x") + "<appendPosition>0</appendPosition>", "Append", "700104"),
        (content("x") + "<includeResultTo>Message Property</includeResultTo>", "Overwrite", "700107"),
        (content("x") + "<compress>true</compress>", "Append", "700107"),
        (content("x"), "Overwrit", "700107"),
        (content("x"), "", "700107"),
    ],
)
async def test_faults_leave_the_file_alone(tmp_path: Path, more: str, mode: str, code: str) -> None:
    (tmp_path / "out.txt").write_text("old")
    message = file_message(tmp_path, "<q/>")
    with pytest.raises(MediationError) as caught:
        await run(write(more, mode=mode), message)
    assert caught.value.code == code
    assert f"<code>{code}</code>" in body_xml(message)
    assert (tmp_path / "out.txt").read_text() == "old"


async def test_a_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    with pytest.raises(MediationError) as caught:
        await run(write(content("x"), path="/dir"), file_message(tmp_path))
    assert caught.value.code == "700102"


async def test_the_result_goes_to_a_property_as_an_element(tmp_path: Path) -> None:
    more = content("x") + (
        "<includeResultTo>Message Property</includeResultTo><resultPropertyName>w</resultPropertyName>"
    )
    message = await run(
        write(more) + '<property name="n" expression="$ctx:w/writtenBytes"/>', file_message(tmp_path, "<q/>")
    )
    assert message.properties["n"] == "1"
    await message.build()
    assert body_xml(message) == "<q/>"


async def test_a_client_that_sent_json_gets_a_short_json_answer(tmp_path: Path) -> None:
    message = file_message(tmp_path, '{"id": 1}', "application/json")
    message.exchange.inbound = JsonInbound()  # type: ignore[assignment]
    await run(write(mode="Append"), message)
    assert message.payload.json() == {"result": "success"}
    assert message.axis2["messageType"] == "application/json"
    assert (tmp_path / "out.txt").read_text() == '{"id": 1}'


@pytest.mark.parametrize(("style", "is_json"), [("xml", False), ("json", True)])
async def test_the_form_of_the_answer_can_be_set(tmp_path: Path, style: str, is_json: bool) -> None:
    settings = Settings(files=Files(write_result=style))
    message = file_message(tmp_path, "<q/>", settings=settings)
    await run(write(content("x")), message)
    assert message.payload.is_json is is_json


@pytest.mark.parametrize(
    ("body", "content_type", "mime", "after"),
    [
        ("a & <b>\nc", "text/plain", "Automatic", "a & <b>\nc"),
        ('{"a": "x & y"}', "application/json", "Automatic", '{"a": "x & y"}'),
        ("{broken", "application/json", "Automatic", "{broken"),
        ("<r><a>v</a></r>", "application/xml", "Automatic", "<r><a>v</a></r>"),
        (
            '{"a":"x & y","n":1}',
            "application/json",
            "application/xml",
            "<jsonObject><a>x &amp; y</a><n>1</n></jsonObject>",
        ),
        ("<r><a>v</a></r>", "application/xml", "application/json", '{"r":{"a":"v"}}'),
        ("<r><a>v</a>w</r>", "application/xml", "text/plain", "vw"),
    ],
)
async def test_what_a_body_becomes(tmp_path: Path, body: str, content_type: str, mime: str, after: str) -> None:
    await run(write(f"<mimeType>{mime}</mimeType>"), file_message(tmp_path, body, content_type))
    assert (tmp_path / "out.txt").read_text() == after


@pytest.mark.parametrize(
    ("expression", "after"),
    [
        ("{concat('n=', //a)}", "n=v1"),
        ("{//a}", "<a>v1</a>"),
        ("{json-eval($.r.a)}", "v1"),
    ],
)
async def test_content_of_an_expression(tmp_path: Path, expression: str, after: str) -> None:
    await run(write(content(expression)), file_message(tmp_path, "<r><a>v1</a></r>"))
    assert (tmp_path / "out.txt").read_text() == after


async def test_content_in_another_charset_and_from_base64(tmp_path: Path) -> None:
    await run(write(content("café") + "<encoding>ISO-8859-1</encoding>"), file_message(tmp_path))
    assert (tmp_path / "out.txt").read_bytes() == "café".encode("latin-1")
    await run(write(content("AAEC") + "<mimeType>application/binary</mimeType>"), file_message(tmp_path))
    assert (tmp_path / "out.txt").read_bytes() == b"\0\1\2"


async def test_compress_writes_a_zip_of_the_name(tmp_path: Path) -> None:
    message = await run(write(content("hello") + "<compress>true</compress>"), file_message(tmp_path, "<q/>"))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == ["out.txt"]
        assert archive.read("out.txt") == b"hello"
    assert "<writtenBytes>5</writtenBytes>" in body_xml(message)
    assert os.listdir(tmp_path) == ["out.zip"]


async def test_permissions_and_modification_time(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    more = "<updateLastModified>false</updateLastModified><updateFilePermission>rw-r-----</updateFilePermission>"
    await run(write(content("x") + more), file_message(tmp_path))
    assert path.stat().st_mtime == 1_000_000_000
    assert path.stat().st_mode & 0o777 == 0o640


class Breaking:
    """A body that breaks off."""

    complete = None
    length = None

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"x" * (3 << 20)
        raise self._error

    async def aclose(self) -> None:
        """Nothing to give up."""


@pytest.mark.parametrize("mode", ["Overwrite", "Append"])
async def test_a_body_that_breaks_off_leaves_what_was_there(tmp_path: Path, mode: str) -> None:
    (tmp_path / "out.txt").write_text("old")
    message = file_message(tmp_path)
    message.payload = Payload(Breaking(MediationError("gone")), "text/plain")
    with pytest.raises(MediationError, match="gone"):
        await run(write(mode=mode), message)
    assert (tmp_path / "out.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["out.txt"]


async def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.files.writing.write_all", full)
    message = file_message(tmp_path)
    with pytest.raises(MediationError) as caught:
        await run(write(content("x")), message)
    assert caught.value.code == "700104"
    assert "no space is left" in caught.value.detail
    assert os.listdir(tmp_path) == []


async def test_an_operation_is_tried_again_as_often_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = write_all

    def flaky(descriptor: int, data: bytes) -> int:
        calls.append(1)
        if len(calls) < 3:
            raise OSError(errno.EIO, "I/O error")
        return real(descriptor, data)

    monkeypatch.setattr("engine.files.writing.write_all", flaky)
    await run(write(content("x") + "<maxRetries>2</maxRetries><retryDelay>0</retryDelay>"), file_message(tmp_path))
    assert (tmp_path / "out.txt").read_text() == "x"
    assert len(calls) == 3


async def test_appends_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    import asyncio

    message = file_message(tmp_path)
    services = message.exchange.services
    lines = [f"{number:05d}" * 2000 for number in range(20)]
    messages = [file_message(tmp_path, line + "\n", "text/plain", services=services) for line in lines]
    await asyncio.gather(*(run(write(mode="Append"), each) for each in messages))
    assert sorted((tmp_path / "out.txt").read_text().splitlines()) == lines


def test_what_lint_says() -> None:
    codes = {
        (problem.code, problem.severity.value)
        for problem in problems_of(
            '<file.write configKey="C"><filePath>a</filePath><writeMod>Append</writeMod>'
            "<contentOrExpression>${vars.x}</contentOrExpression></file.write>"
        )
    }
    assert codes == {("SYN082", "warning"), ("SYN013", "warning"), ("SYN084", "warning")}
