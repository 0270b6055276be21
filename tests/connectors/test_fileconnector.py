"""The old dialect, on top of the newer connector."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import MediationError
from engine.message.context import MessageContext
from engine.settings import Settings
from engine.settings.model import Files
from tests.connectors.kit import body_xml, run
from tests.fakes.flows import FakeServices, a_message


def message_in(folder: Path) -> MessageContext:
    return a_message(
        "<q/>", "application/xml", services=FakeServices(settings=Settings(files=Files(data_folder=str(folder))))
    )


def call(name: str, /, **parameters: object) -> str:
    children = "".join(f"<{each}>{value}</{each}>" for each, value in parameters.items())
    return f"<fileconnector.{name}>{children}</fileconnector.{name}>"


async def result(folder: Path, name: str, /, **parameters: object) -> str:
    return body_xml(await run(call(name, **parameters), message_in(folder)))


DONE = "<result><success>true</success></result>"


async def test_a_life_of_files(tmp_path: Path) -> None:
    assert await result(tmp_path, "create", source="in") == DONE
    assert (tmp_path / "in").is_dir()
    assert await result(tmp_path, "create", filePath=f"file://{tmp_path}/in/a.txt", inputContent="one\ntwo\n") == DONE
    assert await result(tmp_path, "create", filePath="in/empty.txt") == DONE
    assert await result(tmp_path, "append", destination="in/a.txt", inputContent="X", position=1) == DONE
    assert (tmp_path / "in/a.txt").read_text() == "oneX\ntwo\n"
    assert await result(tmp_path, "isFileExist", source="in/a.txt") == "<result><fileExist>true</fileExist></result>"
    assert await result(tmp_path, "getSize", source="in/a.txt") == "<result><fileSize>9</fileSize></result>"
    assert "lastModifiedTime" in await result(tmp_path, "getLastModifiedTime", source="in/a.txt")
    assert await result(tmp_path, "search", source="in", filePattern="a.*") == (
        f"<result><file>{tmp_path}/in/a.txt</file></result>"
    )
    assert await result(tmp_path, "archives", source="in", destination="all.zip") == DONE
    assert await result(tmp_path, "listFileZip", source="all.zip") == (
        "<result><file>a.txt</file><file>empty.txt</file></result>"
    )
    assert await result(tmp_path, "unzip", source="all.zip", destination="u") == DONE
    assert await result(tmp_path, "copy", source="in/a.txt", destination="u") == DONE
    assert await result(tmp_path, "move", source="in/a.txt", destination="m") == DONE
    assert await result(tmp_path, "mergeFiles", source="u", destination="m/all.txt") == DONE
    assert (tmp_path / "m/all.txt").read_text() == "oneX\ntwo\n"
    assert await result(tmp_path, "splitFile", source="m/all.txt", destination="s", numberOfLines=1) == DONE
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["all0.txt", "all1.txt"]
    assert await result(tmp_path, "delete", source="u") == DONE
    assert not (tmp_path / "u").exists()


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        ("read", {"contentType": "text/plain"}, "one\ntwo\nthree\n"),
        ("read", {"contentType": "text/plain", "numberOfLinesToSkip": 1}, "two\nthree"),
        ("readSpecifiedLines", {"start": 2, "end": 2}, "two"),
        ("readSpecifiedLines", {"start": 2}, "two\nthree"),
        ("readALine", {"lineNumber": 3}, "three"),
    ],
)
async def test_reading(tmp_path: Path, name: str, parameters: dict[str, object], text: str) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\nthree\n")
    message = await run(call(name, source="a.txt", **parameters), message_in(tmp_path))
    assert message.payload.text() == text


async def test_remote_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediationError) as caught:
        await run(call("read", source="sftp://u:p@host/a"), message_in(tmp_path))
    assert caught.value.code == "700101"
    assert "p@host" not in caught.value.detail


async def test_an_absolute_path_of_a_message_must_be_below_the_data_folder(tmp_path: Path) -> None:
    message = message_in(tmp_path)
    message.properties["p"] = "/etc/hostname"
    with pytest.raises(MediationError) as caught:
        await run(call("read", source="{$ctx:p}"), message)
    assert caught.value.code == "700105"
