from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import MediationError
from engine.message.payload import PayloadKind
from engine.message.values import TextNode
from tests.connectors.kit import body_xml, file_message, run

LINES = "one\ntwo\nthree\nfour\n"


def read(more: str = "", path: str = "/a.txt") -> str:
    return f'<file.read configKey="C"><path>{path}</path>{more}</file.read>'


INTO_R = "<includeResultTo>Message Property</includeResultTo><resultPropertyName>r</resultPropertyName>"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("", LINES),
        ("<readMode>complete file</readMode><startLineNum>0</startLineNum><lineNum>0</lineNum>", LINES),
        ("<readMode>Starting From Line</readMode><startLineNum>1</startLineNum>", "one\ntwo\nthree\nfour"),
        ("<readMode>Starting From Line</readMode><startLineNum>3</startLineNum>", "three\nfour"),
        ("<readMode>Starting From Line</readMode><startLineNum>9</startLineNum>", ""),
        ("<readMode>Up To Line</readMode><endLineNum>1</endLineNum>", "one"),
        ("<readMode>Up To Line</readMode><endLineNum>9</endLineNum>", "one\ntwo\nthree\nfour"),
        ("<readMode>Between Lines</readMode><startLineNum>2</startLineNum><endLineNum>3</endLineNum>", "two\nthree"),
        ("<readMode>Between Lines</readMode><startLineNum>2</startLineNum><endLineNum>2</endLineNum>", "two"),
        ("<readMode>Specific Line</readMode><lineNum>4</lineNum>", "four"),
        ("<readMode>Specific Line</readMode><lineNum>9</lineNum>", ""),
    ],
)
async def test_read_modes(tmp_path: Path, more: str, text: str) -> None:
    (tmp_path / "a.txt").write_text(LINES)
    message = await run(read(INTO_R + more), file_message(tmp_path, "<q/>"))
    value = message.properties["r"]
    assert isinstance(value, TextNode)
    assert value.text() == text
    await message.build()
    assert body_xml(message) == "<q/>"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("<readMode>Whole File</readMode>", "700107"),
        ("<readMode>Starting From Line</readMode>", "700107"),
        ("<readMode>Starting From Line</readMode><startLineNum>ten</startLineNum>", "700107"),
        ("<readMode>Up To Line</readMode><endLineNum>0</endLineNum>", "700107"),
        ("<readMode>Between Lines</readMode><startLineNum>2</startLineNum>", "700107"),
        ("<readMode>Between Lines</readMode><startLineNum>3</startLineNum><endLineNum>2</endLineNum>", "700107"),
        ("<readMode>Specific Line</readMode>", "700107"),
        ("<includeResultTo>Message Property</includeResultTo>", "700107"),
    ],
)
async def test_parameters_that_make_no_sense_are_faults(tmp_path: Path, more: str, code: str) -> None:
    (tmp_path / "a.txt").write_text(LINES)
    message = file_message(tmp_path, "<q/>")
    with pytest.raises(MediationError) as caught:
        await run(read(more), message)
    assert caught.value.code == code
    assert message.properties["ERROR_MESSAGE"] == "FILE:INVALID_CONFIGURATION"
    assert body_xml(message).startswith("<readResult><success>false</success><code>700107</code><detail>")


async def test_a_missing_file_is_a_fault_that_the_body_tells(tmp_path: Path) -> None:
    message = file_message(tmp_path, "<q/>")
    with pytest.raises(MediationError) as caught:
        await run(read(INTO_R), message)
    assert (caught.value.code, caught.value.message) == ("700102", "FILE:ILLEGAL_PATH")
    assert message.axis2["HTTP_SC"] == 500
    assert "<detail>File or folder not found: /a.txt</detail>" in body_xml(message)


@pytest.mark.parametrize("path", ["../secret.txt", "/in/../../secret.txt"])
async def test_a_path_cannot_leave_the_working_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("s")
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(MediationError) as caught:
        await run(read(path=path), file_message(folder))
    assert caught.value.code == "700105"


async def test_a_link_cannot_leave_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(MediationError) as caught:
        await run(read(), file_message(folder))
    assert caught.value.code == "700105"


@pytest.mark.parametrize(
    ("name", "content", "more", "kind", "media"),
    [
        ("a.txt", b"x & <y>", "", PayloadKind.TEXT, "text/plain"),
        ("a.csv", b"id\n1\n", "", PayloadKind.TEXT, "text/csv"),
        ("a.json", b'{"a": [1]}', "", PayloadKind.JSON, "application/json"),
        ("a.xml", b"<r/>", "", PayloadKind.XML, "application/xml"),
        ("noext", b"abc", "", PayloadKind.BINARY, "application/octet-stream"),
        ("p.pdf", b"%PDF", "", PayloadKind.BINARY, "application/pdf"),
        ("a.txt", b'{"a": 1}', "<contentType>application/json</contentType>", PayloadKind.JSON, "application/json"),
        (
            "a.csv",
            b"id\n",
            "<contentType>application/octet-stream</contentType>",
            PayloadKind.BINARY,
            "application/octet-stream",
        ),
    ],
)
async def test_what_a_file_becomes_in_the_body(
    tmp_path: Path, name: str, content: bytes, more: str, kind: PayloadKind, media: str
) -> None:
    (tmp_path / name).write_bytes(content)
    message = await run(read(more, "/" + name), file_message(tmp_path, "<q/>"))
    assert message.payload.kind is kind
    assert message.axis2["messageType"] == media


@pytest.mark.parametrize(
    "more",
    [
        "<contentType>text/plain; charset=ISO-8859-1</contentType>",
        "<encoding>ISO-8859-1</encoding>",
    ],
)
async def test_a_charset_is_honoured(tmp_path: Path, more: str) -> None:
    (tmp_path / "a.txt").write_bytes("café".encode("latin-1"))
    message = await run(read(more), file_message(tmp_path))
    assert message.payload.text() == "café"


async def test_lines_of_another_charset(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("é\r\nü\r\n".encode("utf-16"))
    more = "<encoding>UTF-16</encoding><readMode>Specific Line</readMode><lineNum>2</lineNum>"
    message = await run(read(more), file_message(tmp_path))
    assert message.payload.text() == "ü"


@pytest.mark.parametrize(("name", "content"), [("a.json", "{nope"), ("a.xml", "<a>")])
async def test_a_file_that_is_not_what_it_says_is_a_fault_of_this_connector(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(MediationError) as caught:
        await run(read(path="/" + name), file_message(tmp_path))
    assert caught.value.code == "700108"


async def test_a_folder_gives_its_first_match(tmp_path: Path) -> None:
    for name in ("c.csv", "b.csv", "a.txt"):
        (tmp_path / name).write_text(name)
    message = await run(read(INTO_R + r"<filePattern>.*\.csv</filePattern>", "/"), file_message(tmp_path))
    assert message.properties["FILE_NAME"] == "b.csv"
    assert message.properties["FILE_PATH"] == "/b.csv"
    with pytest.raises(MediationError) as caught:
        await run(read(r"<filePattern>.*\.zip</filePattern>", "/"), file_message(tmp_path))
    assert caught.value.code == "700104"


async def test_metadata_only(tmp_path: Path) -> None:
    (tmp_path / "report.2024.txt").write_text("123456")
    message = await run(read("<readMode>Metadata Only</readMode>", "/report.2024.txt"), file_message(tmp_path, "<q/>"))
    facts = message.properties
    assert (facts["FILE_NAME"], facts["FILE_NAME_WITHOUT_EXTENSION"], facts["FILE_SIZE"]) == (
        "report.2024.txt",
        "report",
        6,
    )
    assert len(str(facts["FILE_LAST_MODIFIED_TIME"])) == 19
    assert body_xml(message) == "<readResult><success>true</success></readResult>"


async def test_a_large_file_is_referred_to_and_survives_its_deletion(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"0123456789abcde\n" * 65536)
    message = await run(read(INTO_R, "/a.csv"), file_message(tmp_path))
    path.unlink()
    value = message.properties["r"]
    assert isinstance(value, TextNode)
    assert not value.blob.in_memory
    assert value.blob.size == 1 << 20
    assert value.blob.read(16, 16) == b"0123456789abcde\n"


async def test_a_variable_gets_content_and_attributes_and_the_body_stays(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"n": 1.50}')
    more = "<responseVariable>f</responseVariable><overwriteBody>false</overwriteBody>"
    message = await run(read(more, "/a.json"), file_message(tmp_path, "<q/>"))
    entry = message.variables["f"]
    assert isinstance(entry, dict)
    assert entry["payload"].text == '{"n":1.50}'
    assert entry["attributes"].value["FILE_SIZE"] == "11"
    assert body_xml(message) == "<q/>"


async def test_a_variable_with_overwrite_body(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"n": 1}')
    more = "<responseVariable>f</responseVariable><overwriteBody>true</overwriteBody>"
    message = await run(read(more, "/a.json"), file_message(tmp_path, "<q/>"))
    assert message.payload.json() == {"n": 1}
    assert "payload" not in message.variables["f"]  # type: ignore[operator]
