from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import PathRefused
from engine.files.paths import Root, WrittenPath, root_for
from engine.settings import Settings
from engine.settings.model import Files


@pytest.mark.parametrize(
    ("text", "below"),
    [
        ("a.csv", "a.csv"),
        ("/a.csv", "a.csv"),
        ("//in//a.csv", "in/a.csv"),
        ("in/../a.csv", "a.csv"),
        ("/", ""),
        ("file:///in/a%20b.csv", "in/a b.csv"),
    ],
)
def test_a_bounded_root_takes_every_path_below_itself(tmp_path: Path, text: str, below: str) -> None:
    assert Root(str(tmp_path), bounded=True).path(text) == str(tmp_path / below)


@pytest.mark.parametrize("text", ["..", "../x", "a/../../x", "/../x", "a\0b"])
@pytest.mark.parametrize("bounded", [True, False])
def test_no_path_of_a_message_leaves_its_root(tmp_path: Path, text: str, bounded: bool) -> None:
    with pytest.raises(PathRefused):
        Root(str(tmp_path), bounded=bounded).path(text)


def test_a_folder_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    with pytest.raises(PathRefused):
        Root(str(tmp_path / "data"), bounded=True).path("../data2/x")


def test_absolute_paths_without_a_working_folder(tmp_path: Path) -> None:
    root = Root(str(tmp_path), bounded=False)
    assert root.path(str(tmp_path / "a")) == str(tmp_path / "a")
    assert root.path(WrittenPath("/etc//x")) == "/etc/x"
    with pytest.raises(PathRefused, match="came out of the message"):
        root.path("/etc/x")
    assert Root(str(tmp_path), bounded=False, allow_outside=True).path("/etc/x") == "/etc/x"


def test_links(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "out")
    (root / "inner").symlink_to(root)
    assert Root(str(root), bounded=True).path("inner/a") == str(root / "inner/a")
    with pytest.raises(PathRefused, match="through a link"):
        Root(str(root), bounded=True).path("link/a")
    assert Root(str(root), bounded=True, follow_links=True).path("link/a") == str(root / "link/a")


def test_a_root_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    assert Root(str(tmp_path / "root"), bounded=True).path("a") == str(tmp_path / "root/a")


def test_roots_of_settings(tmp_path: Path) -> None:
    settings = Settings(files=Files(data_folder=str(tmp_path)))
    assert root_for(settings).path("a") == str(tmp_path / "a")
    assert root_for(settings, "in").path("/a") == str(tmp_path / "in/a")
    assert root_for(settings, "/srv/x").path("/a") == "/srv/x/a"
