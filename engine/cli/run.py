"""`synflow run`: serve flows until told to stop."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.settings import Settings

DEFAULT_PATH = "flows"
DEFAULT_CONF = "conf"


@click.command("run")
@click.argument("paths", nargs=-1, metavar="[PATH ...]")
@click.option("--host", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=int, help="HTTP port; 0 takes a free one.  [8290]")
@click.option("--management-port", type=int, help="Port of /readiness, /problems and the like.  [9164]")
@click.option(
    "--conf", type=click.Path(path_type=Path), help="Folder of synflow.toml, deployment.toml, axis2.xml.  [conf]"
)
@click.option("--workers", type=int, help="Processes that share the port.  [1]")
@click.option("--sandbox", type=click.Choice(["salesforce"]), help="Serve an embedded back end beside the flows.")
@click.option("--no-reload", is_flag=True, help="Do not take changed files.")
def command(
    paths: tuple[str, ...],
    host: str | None,
    port: int | None,
    management_port: int | None,
    conf: Path | None,
    workers: int | None,
    sandbox: str | None,
    no_reload: bool,
) -> None:
    """Serve flows until Ctrl-C or SIGTERM, which lets running requests finish.

    PATH is a folder of XML in any arrangement, an MI server home, an MI project (src/main/wso2mi), a .car file or a
    single XML file; ./flows if none is given. Changed files are taken at once; one that is broken keeps its last good
    version serving, and /readiness on the management port says what is wrong.
    """
    gc.disable()  # what a start makes stays; the engine switches the collector on when it serves
    chosen = list(paths) or [DEFAULT_PATH]
    for path in chosen:
        if not Path(path).exists():
            raise click.UsageError(
                f"there is no file or folder {path}" + ("" if paths else "; name the folder of your flows")
            )
    options: dict[str, object] = {
        "listener.host": host,
        "listener.port": port,
        "management.port": management_port,
        "workers.count": workers,
        "deployment.hot_reload": False if no_reload else None,
    }
    settings = read_settings(chosen, conf, options)
    from engine.serve import serve

    serve(settings, chosen, options=options, sandbox=sandbox)


def read_settings(paths: list[str], conf: Path | None, options: Mapping[str, object]) -> Settings:
    """The settings of this run, from `--conf`, else ./conf, else the conf folder of an MI home or project."""
    from engine.settings import load_settings
    from engine.source.project import conf_folder

    folder = conf
    if folder is None and Path(DEFAULT_CONF).is_dir():
        folder = Path(DEFAULT_CONF)
    if folder is None:
        folder = next((found for found in (conf_folder(Path(path)) for path in paths) if found), None)
    return load_settings(folder, options=options)
