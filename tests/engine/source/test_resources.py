from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import PathRefused
from engine.source.resources import ResourceFolder, Resources, canonical, is_resource_key, write_resource


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("conf:a/b", "config/a/b"),
        ("conf:/a/b", "config/a/b"),
        ("gov:/a", "governance/a"),
        ("local:a", "local/a"),
        ("resources:json/x.json", "governance/mi-resources/json/x.json"),
        ("a/b", "governance/a/b"),
        ("/_system/config/x.xslt", "config/x.xslt"),
        ("/_system/governance/x", "governance/x"),
        ("gov:a/./b//c", "governance/a/b/c"),
    ],
)
def test_keys_have_one_place(key: str, place: str) -> None:
    assert canonical(key) == place


@pytest.mark.parametrize("key", ["conf:../x", "gov:/a/../../x", "resources:../../config", "/_system/../x", "../x"])
def test_keys_that_lead_out_are_refused(key: str) -> None:
    with pytest.raises(PathRefused, match="illegal which points to a location outside the registry"):
        Resources().find(key)


def test_resource_keys_are_told_from_names() -> None:
    assert is_resource_key("conf:/x")
    assert not is_resource_key("mySequence")
    assert not is_resource_key("http://host/x")


def test_files_are_found_and_versioned(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "x.xslt").write_bytes(b"one")
    resources = Resources([ResourceFolder("governance", str(tmp_path / "no")), ResourceFolder("config", str(folder))])
    first = resources.find("conf:/x.xslt")
    assert first is not None
    assert first.read() == b"one"
    (folder / "x.xslt").write_bytes(b"three")
    second = resources.find("conf:/x.xslt")
    assert second is not None
    assert second.version != first.version
    assert resources.find("conf:/y.xslt") is None
    assert resources.find("gov:/x.xslt") is None


def test_link_out_of_the_registry_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    (tmp_path / "secret").write_text("x")
    os.symlink(tmp_path / "secret", folder / "link")
    with pytest.raises(PathRefused):
        Resources([ResourceFolder("config", str(folder))]).find("conf:/link")


def test_packed_resources_come_first() -> None:
    found = Resources((), {"config/x": b"packed"}).find("conf:x")
    assert found is not None
    assert found.read() == b"packed"


def test_write_leaves_nothing_half(tmp_path: Path) -> None:
    write_resource(tmp_path / "a/b.txt", b"one")
    write_resource(tmp_path / "a/b.txt", b"two")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert (tmp_path / "a/b.txt").read_bytes() == b"two"
