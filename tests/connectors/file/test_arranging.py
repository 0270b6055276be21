"""copy, move, rename, delete, createDirectory, checkExist, listFiles, mergeFiles, splitFile, zip files."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from engine.errors import MediationError
from engine.message.values import Nodes, TextNode
from tests.connectors.kit import body_xml, file_message, run


def tree(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def call(operation: str, **parameters: object) -> str:
    children = "".join(f"<{name}>{value}</{name}>" for name, value in parameters.items())
    return f'<file.{operation} configKey="C">{children}</file.{operation}>'


async def result(folder: Path, operation: str, **parameters: object) -> str:
    return body_xml(await run(call(operation, **parameters), file_message(folder, "<q/>")))


async def fault(folder: Path, operation: str, **parameters: object) -> str:
    message = file_message(folder, "<q/>")
    with pytest.raises(MediationError) as caught:
        await run(call(operation, **parameters), message)
    assert f"<code>{caught.value.code}</code>" in body_xml(message)
    return str(caught.value.code)


FILES = {"in/a.txt": "A", "in/b.txt": "B", "in/sub/c.csv": "C", "in/sub/n.txt": "N", "out/keep": ""}


@pytest.mark.parametrize(
    ("parameters", "added"),
    [
        ({"sourcePath": "/in/a.txt", "targetPath": "/out"}, {"out/a.txt": "A"}),
        ({"sourcePath": "/in/a.txt", "targetPath": "/made/here", "renameTo": "z.txt"}, {"made/here/z.txt": "A"}),
        (
            {"sourcePath": "/in", "targetPath": "/all"},
            {"all/a.txt": "A", "all/b.txt": "B", "all/sub/c.csv": "C", "all/sub/n.txt": "N"},
        ),
        (
            {"sourcePath": "/in", "targetPath": "/p", "includeParent": "true", "sourceFilePattern": "c.*"},
            {"p/in/sub/c.csv": "C"},
        ),
        (
            {
                "sourcePath": "/in",
                "targetPath": "/p",
                "includeParent": "true",
                "renameTo": "o",
                "includeFiles": "a.*,c.*",
            },
            {"p/o/a.txt": "A", "p/o/sub/c.csv": "C"},
        ),
        (
            {"sourcePath": "/in", "targetPath": "/t", "sourceFilePattern": r".*\.txt"},
            {"t/a.txt": "A", "t/b.txt": "B", "t/sub/n.txt": "N"},
        ),
    ],
)
async def test_copy(tmp_path: Path, parameters: dict[str, str], added: dict[str, str]) -> None:
    tree(tmp_path, FILES)
    assert await result(tmp_path, "copy", **parameters) == "<copyFilesResult><success>true</success></copyFilesResult>"
    assert contents(tmp_path) == FILES | added


async def test_copy_overwrites_only_when_told_to(tmp_path: Path) -> None:
    tree(tmp_path, FILES | {"out/a.txt": "old"})
    assert await fault(tmp_path, "copy", sourcePath="/in/a.txt", targetPath="/out") == "700103"
    assert (tmp_path / "out/a.txt").read_text() == "old"
    await result(tmp_path, "copy", sourcePath="/in/a.txt", targetPath="/out", overwrite="true")
    assert (tmp_path / "out/a.txt").read_text() == "A"


async def test_copy_of_nothing_and_of_a_folder_into_itself(tmp_path: Path) -> None:
    tree(tmp_path, FILES)
    assert await fault(tmp_path, "copy", sourcePath="/none", targetPath="/out") == "700102"
    assert await fault(tmp_path, "copy", sourcePath="/in", targetPath="/in/sub") == "700102"
    assert contents(tmp_path) == FILES


async def test_move(tmp_path: Path) -> None:
    tree(tmp_path, FILES)
    done = "<moveFilesResult><success>true</success></moveFilesResult>"
    assert await result(tmp_path, "move", sourcePath="/in/a.txt", targetPath="/out") == done
    assert await fault(tmp_path, "move", sourcePath="/in/b.txt", targetPath="/out", renameTo="a.txt") == "700103"
    assert (
        await result(tmp_path, "move", sourcePath="/in/b.txt", targetPath="/out", renameTo="a.txt", overwrite="true")
        == done
    )
    assert await fault(tmp_path, "move", sourcePath="/in/a.txt", targetPath="/out") == "700108"
    assert (
        await fault(tmp_path, "move", sourcePath="/in/sub", targetPath="/no", createParentDirectories="false")
        == "700108"
    )
    assert await result(tmp_path, "move", sourcePath="/in/sub", targetPath="/done", filePattern="c.*") == done
    assert await result(tmp_path, "move", sourcePath="/in/sub", targetPath="/done", includeParent="true") == done
    assert contents(tmp_path) == {"done/c.csv": "C", "done/sub/n.txt": "N", "out/a.txt": "B", "out/keep": ""}
    assert not (tmp_path / "in/sub").exists()


async def test_rename_answers_failures_instead_of_raising_them(tmp_path: Path) -> None:
    tree(tmp_path, {"r/a.txt": "1", "r/c.txt": "2"})
    done = "<renameFileResult><success>true</success></renameFileResult>"
    assert await result(tmp_path, "rename", path="/r/a.txt", renameTo="b.txt") == done
    message = await run(call("rename", path="/r/c.txt", renameTo="b.txt"), file_message(tmp_path, "<q/>"))
    assert body_xml(message).startswith("<renameFileResult><success>false</success><code>700103</code><detail>")
    assert message.axis2["HTTP_SC"] == 500
    assert await result(tmp_path, "rename", path="/r/c.txt", renameTo="b.txt", overwrite="true") == done
    assert contents(tmp_path) == {"r/b.txt": "2"}
    assert await fault(tmp_path, "rename", path="/r/none", renameTo="x") == "700102"
    assert await fault(tmp_path, "rename", path="/r/b.txt", renameTo="../../x") == "700105"


async def test_delete(tmp_path: Path) -> None:
    tree(tmp_path, {"d/1.txt": "", "d/2.csv": "", "d/s/3.txt": "", "a.txt": ""})
    assert (
        await result(tmp_path, "delete", path="/a.txt")
        == "<deleteFileResult><success>true</success></deleteFileResult>"
    )
    assert (await fault(tmp_path, "delete", path="/a.txt")).startswith("7001")
    assert "<numOfDeletedFiles>1</numOfDeletedFiles>" in await result(
        tmp_path, "delete", path="/d", matchingPattern=r".*\.txt"
    )
    assert sorted(contents(tmp_path)) == ["d/2.csv", "d/s/3.txt"]
    assert "<success>true</success>" in await result(tmp_path, "delete", path="/d")
    assert not (tmp_path / "d").exists()


async def test_delete_of_a_link_leaves_what_it_leads_to(tmp_path: Path) -> None:
    tree(tmp_path, {"real/x": "x"})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    await result(tmp_path, "delete", path="/link")
    assert contents(tmp_path) == {"real/x": "x"}


async def test_create_directory_and_check_exist(tmp_path: Path) -> None:
    tree(tmp_path, {"file": ""})
    done = "<createDirectoryResult><success>true</success></createDirectoryResult>"
    assert await result(tmp_path, "createDirectory", directoryPath="/x/y") == done
    assert await result(tmp_path, "createDirectory", directoryPath="/x/y", permissions="700") == done
    assert (tmp_path / "x/y").stat().st_mode & 0o777 == 0o700
    assert await fault(tmp_path, "createDirectory", directoryPath="/file") == "700108"
    assert "<fileExists>true</fileExists>" in await result(tmp_path, "checkExist", path="/x/y")
    message = await run(call("checkExist", path="/none", resultPropertyName="e"), file_message(tmp_path))
    assert message.properties["e"] == "false"


async def test_list_files(tmp_path: Path) -> None:
    tree(tmp_path, {"in/b.txt": "22", "in/a.txt": "1", "in/sub/c.csv": "333"})
    where = tmp_path / "in"
    assert await result(tmp_path, "listFiles", directoryPath="/in", recursive="true") == (
        '<listFilesResult><success>true</success><directory name="in"><file>a.txt</file><file>b.txt</file>'
        '<directory name="sub"><file>c.csv</file></directory></directory></listFilesResult>'
    )
    assert await result(
        tmp_path, "listFiles", directoryPath="/in", responseFormat="Flat", sortingOrder="Descending"
    ) == (
        f"<listFilesResult><success>true</success><files><file><name>b.txt</name><path>{where}/b.txt</path></file>"
        f"<file><name>a.txt</name><path>{where}/a.txt</path></file></files></listFilesResult>"
    )
    assert await result(tmp_path, "listFiles", directoryPath="/in", matchingPattern="z", responseFormat="Flat") == (
        "<listFilesResult><success>true</success><files/></listFilesResult>"
    )
    by_size = await result(
        tmp_path,
        "listFiles",
        directoryPath="/in",
        responseFormat="Flat",
        recursive="true",
        sortingAttribute="Size",
        appendFileAttributes="true",
    )
    assert by_size.index("a.txt") < by_size.index("b.txt") < by_size.index("c.csv")
    assert "<size>333</size>" not in by_size
    assert "<size>3</size>" in by_size
    assert await fault(tmp_path, "listFiles", directoryPath="/none") == "700102"
    assert await fault(tmp_path, "listFiles", directoryPath="/in/a.txt") == "700104"


async def test_list_files_into_a_variable(tmp_path: Path) -> None:
    tree(tmp_path, {"in/a.csv": "", "in/s/b.csv": ""})
    message = await run(
        call("listFiles", directoryPath="/in", recursive="true", responseVariable="v", overwriteBody="false"),
        file_message(tmp_path, "<q/>"),
    )
    assert message.variables["v"]["payload"].value == {  # type: ignore[index]
        "success": True,
        "directory": {"name": "in", "file": ["a.csv"], "directory": [{"name": "s", "file": ["b.csv"]}]},
    }


async def test_fetch_directory_content(tmp_path: Path) -> None:
    tree(tmp_path, {"in/b.txt": "B", "in/a.xml": "<a/>"})
    message = await run(
        call("fetchDirectoryContent", directoryPath="/in", resultPropertyName="all"), file_message(tmp_path, "<q/>")
    )
    found = message.properties["all"]
    assert isinstance(found, Nodes)
    assert isinstance(found[1], TextNode)
    assert found[1].text() == "B"


async def test_merge_files(tmp_path: Path) -> None:
    tree(tmp_path, {"m/b.txt": "2\n", "m/a.txt": "1\n", "m/c.csv": "3\n"})
    pattern = r".*\.txt"
    assert await result(
        tmp_path,
        "mergeFiles",
        sourceDirectoryPath="/m",
        targetFilePath="/all.txt",
        filePattern=pattern,
        writeMode="Overwrite",
    ) == (
        "<mergeFilesResult><success>true</success><detail><numberOfMergedFiles>2</numberOfMergedFiles>"
        "<totalWrittenBytes>4</totalWrittenBytes></detail></mergeFilesResult>"
    )
    await result(
        tmp_path,
        "mergeFiles",
        sourceDirectoryPath="/m",
        targetFilePath="/all.txt",
        filePattern="c.*",
        writeMode="Append",
    )
    assert (tmp_path / "all.txt").read_text() == "1\n2\n3\n"
    assert await fault(tmp_path, "mergeFiles", sourceDirectoryPath="/no", targetFilePath="/all.txt") == "700102"


@pytest.mark.parametrize(
    ("text", "parameters", "parts"),
    [
        ("1,a\n2,b\n3,c", {"splitMode": "Line Count", "lineCount": 2}, {"big0.csv": "1,a\n2,b\n", "big1.csv": "3,c"}),
        ("12345678", {"splitMode": "Chunk Size", "chunkSize": 4}, {"big0.csv": "1234", "big1.csv": "5678"}),
        (
            "123456789",
            {"splitMode": "chunk size", "chunkSize": 4},
            {"big0.csv": "1234", "big1.csv": "5678", "big2.csv": "9"},
        ),
        ("", {"splitMode": "Chunk Size", "chunkSize": 4}, {}),
        (
            '<os xmlns:p="urn:p"><p:o>1</p:o>x<p:o>2</p:o></os>',
            {"splitMode": "XPATH Expression", "xpathExpression": "//p:o"},
            {"os1.xml": '<p:o xmlns:p="urn:p">1</p:o>', "os2.xml": '<p:o xmlns:p="urn:p">2</p:o>'},
        ),
    ],
)
async def test_split_file(tmp_path: Path, text: str, parameters: dict[str, object], parts: dict[str, str]) -> None:
    tree(tmp_path, {"big.csv": text})
    answer = await result(tmp_path, "splitFile", sourceFilePath="/big.csv", targetDirectory="/parts", **parameters)
    assert f"<numberOfSplits>{len(parts)}</numberOfSplits>" in answer
    assert contents(tmp_path / "parts") == parts


async def test_split_file_faults(tmp_path: Path) -> None:
    tree(tmp_path, {"a.txt": "x"})
    assert (
        await fault(
            tmp_path, "splitFile", sourceFilePath="/no", targetDirectory="/p", splitMode="Line Count", lineCount=1
        )
        == "700102"
    )
    assert (
        await fault(tmp_path, "splitFile", sourceFilePath="/a.txt", targetDirectory="/p", splitMode="Line Count")
        == "700107"
    )
    assert (
        await fault(
            tmp_path,
            "splitFile",
            sourceFilePath="/a.txt",
            targetDirectory="/p",
            splitMode="XPATH Expression",
            xpathExpression="//x",
        )
        == "700108"
    )


async def test_zip_and_unzip(tmp_path: Path) -> None:
    tree(tmp_path, {"in/a.txt": "A", "in/sub/c.txt": "C"})
    assert await result(tmp_path, "compress", sourceDirectoryPath="/in", targetFilePath="/z/all.zip") == (
        "<compressResult><success>true</success><NumberOfFilesAdded>2</NumberOfFilesAdded></compressResult>"
    )
    assert "<NumberOfFilesAdded>1</NumberOfFilesAdded>" in await result(
        tmp_path, "compress", sourceDirectoryPath="/in", targetFilePath="/z/flat.zip", includeSubDirectories="false"
    )
    assert await result(tmp_path, "exploreZipFile", zipFilePath="/z/all.zip") == (
        "<exploreZipFileResult><success>true</success><zipFileContent><file>a.txt</file><file>sub/c.txt</file>"
        "</zipFileContent></exploreZipFileResult>"
    )
    assert await result(tmp_path, "unzip", sourceFilePath="/z/all.zip", targetDirectory="/u") == (
        "<unzipFileResult><success>true</success></unzipFileResult>"
    )
    assert contents(tmp_path / "u") == {"a.txt": "A", "sub/c.txt": "C"}
    assert await fault(tmp_path, "unzip", sourceFilePath="/no.zip", targetDirectory="/u") == "700102"
    assert await fault(tmp_path, "compress", sourceDirectoryPath="/no", targetFilePath="/z/n.zip") == "700102"
    assert await fault(tmp_path, "exploreZipFile", zipFilePath="/in/a.txt") == "700108"


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "a/../../evil.txt"])
async def test_unzip_refuses_entries_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("good.txt", "g")
        archive.writestr(name, "evil")
    assert await fault(tmp_path, "unzip", sourceFilePath="/bad.zip", targetDirectory="/u") == "700105"
    assert sorted(os.listdir(tmp_path)) == ["bad.zip"]


async def test_unzip_refuses_what_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.file.operations.unzip._RATIO_FROM", 1000)
    monkeypatch.setattr("connectors.file.operations.unzip.MAX_RATIO", 2)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big", b"0" * 1_000_000)
    assert await fault(tmp_path, "unzip", sourceFilePath="/bomb.zip", targetDirectory="/u") == "700108"
    assert os.listdir(tmp_path / "u") == []
