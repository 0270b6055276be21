from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.source.project import PathKind, conf_folder, kind_of, scan


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<x/>")


def found(*paths: str) -> list[str]:
    return [each.file for each in scan(paths).files]


def test_folder_of_any_arrangement_is_walked_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "flows/b.xml", "flows/a/deep/c.xml", "flows/a/x.dbs", "flows/app.car", "flows/readme.md")
    monkeypatch.chdir(tmp_path)
    assert found("flows") == ["flows/app.car", "flows/b.xml", "flows/a/x.dbs", "flows/a/deep/c.xml"]
    assert found("flows/b.xml", "flows/app.car") == ["flows/b.xml", "flows/app.car"]
    assert kind_of(Path("flows/app.car")) is PathKind.ARCHIVE
    assert kind_of(Path("flows/b.xml")) is PathKind.FILE


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.xml",
        ".#lock.xml",
        "#auto.xml#",
        "#a.xml",
        "~$a.xml",
        "a.xml~",
        "a.xml.swp",
        "a.xml.back",
        "a.bak",
        "pom.xml",
        ".git/a.xml",
        "node_modules/a.xml",
        "..data/a.xml",
        "artifact.xml",
    ],
)
def test_hidden_backup_and_foreign_files_are_passed_over(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name, "good.xml")
    assert found(str(tmp_path)) == [str(tmp_path / "good.xml")]


def test_build_output_beside_a_pom_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "module/pom.xml", "module/target/a.xml", "module/a.xml", "other/target/b.xml")
    assert found(str(tmp_path)) == [str(tmp_path / "module/a.xml"), str(tmp_path / "other/target/b.xml")]


def test_server_home(tmp_path: Path) -> None:
    server = "repository/deployment/server"
    touch(
        tmp_path,
        f"{server}/synapse-configs/default/api/a.xml",
        f"{server}/synapse-configs/default/registry.xml",
        f"{server}/carbonapps/app.car",
        f"{server}/dataservices/d.dbs",
        "conf/other.xml",
        "registry/config/x.xml",
        "repository/components/unrelated.xml",
    )
    assert kind_of(tmp_path) is PathKind.SERVER
    assert [Path(file).name for file in found(str(tmp_path))] == ["registry.xml", "a.xml", "app.car", "d.dbs"]
    assert conf_folder(tmp_path) == tmp_path / "conf"
    assert [(each.tree, Path(each.folder).name) for each in scan([str(tmp_path)]).resource_folders] == [
        ("config", "config")
    ]


def test_mi_project(tmp_path: Path) -> None:
    main = "src/main/wso2mi"
    touch(
        tmp_path,
        "pom.xml",
        "deployment/deployment.toml",
        f"{main}/artifacts/apis/a.xml",
        f"{main}/resources/json/x.xml",
        f"{main}/resources/registry/conf/c.xml",
        f"{main}/resources/registry/gov/g.xml",
        "src/test/wso2mi/t.xml",
    )
    assert kind_of(tmp_path) is PathKind.PROJECT
    assert found(str(tmp_path)) == [str(tmp_path / main / "artifacts/apis/a.xml")]
    assert conf_folder(tmp_path) == tmp_path / "deployment"
    trees = {each.tree: each.folder for each in scan([str(tmp_path)]).resource_folders}
    assert trees == {
        "governance/mi-resources": str(tmp_path / main / "resources"),
        "config": str(tmp_path / main / "resources/registry/conf"),
        "governance": str(tmp_path / main / "resources/registry/gov"),
    }


def test_project_inside_a_folder_is_a_project(tmp_path: Path) -> None:
    touch(tmp_path, "one/src/main/wso2mi/artifacts/a.xml", "one/other.xml", "two/b.xml")
    assert found(str(tmp_path)) == [str(tmp_path / "one/src/main/wso2mi/artifacts/a.xml"), str(tmp_path / "two/b.xml")]


def test_resources_of_a_plain_folder_are_no_artifacts(tmp_path: Path) -> None:
    touch(tmp_path, "a.xml", "resources/x.xml", "registry/governance/y.xml")
    result = scan([str(tmp_path)])
    assert [each.file for each in result.files] == [str(tmp_path / "a.xml")]
    assert {each.tree for each in result.resource_folders} == {"governance/mi-resources", "governance"}


def test_folder_called_registry_without_trees_is_an_ordinary_one(tmp_path: Path) -> None:
    touch(tmp_path, "registry/a.xml")
    assert found(str(tmp_path)) == [str(tmp_path / "registry/a.xml")]


def test_missing_path_is_named(tmp_path: Path) -> None:
    assert scan([str(tmp_path / "no")]).missing == (str(tmp_path / "no"),)


def test_linked_folders_are_followed_once_and_reported(tmp_path: Path) -> None:
    touch(tmp_path, "releases/1/a.xml", "flows/b.xml")
    os.symlink(tmp_path / "releases/1", tmp_path / "flows/current")
    os.symlink(tmp_path / "flows", tmp_path / "releases/1/loop")
    result = scan([str(tmp_path / "flows")])
    assert [each.file for each in result.files] == [
        str(tmp_path / "flows/b.xml"),
        str(tmp_path / "flows/current/a.xml"),
    ]
    assert result.linked


def test_config_map_shows_each_file_once(tmp_path: Path) -> None:
    touch(tmp_path, "..2024_01/a.xml")
    os.symlink("..2024_01", tmp_path / "..data")
    os.symlink("..data/a.xml", tmp_path / "a.xml")
    result = scan([str(tmp_path)])
    assert [each.file for each in result.files] == [str(tmp_path / "a.xml")]


def test_same_path_given_twice_counts_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.xml")
    assert len(found(str(tmp_path), str(tmp_path))) == 1


def test_dangling_link_is_passed_over(tmp_path: Path) -> None:
    os.symlink("nowhere.xml", tmp_path / "a.xml")
    assert found(str(tmp_path)) == []
