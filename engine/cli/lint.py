"""`synflow lint`: everything that is wrong with some files, without serving them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.diagnostics import Problem
    from engine.runtime.deployer import Deployer

DEFAULT_PATH = "flows"


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="PATH ...")
@click.option("--conf", type=click.Path(path_type=Path), help="Folder of synflow.toml.  [conf]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: problems and the number of files.")
@click.option("--sarif", "as_sarif", is_flag=True, help="SARIF 2.1.0, for code review tools.")
@click.option("--explain", metavar="CODE", help="Say what a code such as SYN012 means, with an example, and stop.")
def command(paths: tuple[str, ...], conf: Path | None, as_json: bool, as_sarif: bool, explain: str | None) -> None:
    """Check artifacts and print every problem with its place, its cause and the way out.

    PATH is what `synflow run` takes; ./flows if none is given. The exit code is 1 when there is an error: something
    that keeps an artifact from being deployed. Warnings are slips that deploy but change what a flow does.
    """
    if explain is not None:
        from engine.diagnostics.catalogue import explained

        text = explained(explain)
        if text is None:
            raise click.UsageError(f"there is no code {explain!r}; docs/codes.md lists them")
        click.echo(text)
        return
    if as_json and as_sarif:
        raise click.UsageError("--json and --sarif exclude each other")
    from engine.cli.run import read_settings
    from engine.diagnostics import to_json
    from engine.runtime.deployer import Deployer

    chosen = list(paths) or [DEFAULT_PATH]
    settings = read_settings(chosen, conf, {})
    if settings.connectors.folders:
        from engine.mediators.connector_search import add_connector_folders

        add_connector_folders(settings.connectors.folders)
    deployer = Deployer(chosen, settings.deployment, quiet=True)
    outcome = deployer.load()
    if as_json:
        click.echo(to_json(outcome.problems, outcome.files))
    elif as_sarif:
        from engine.management.sarif import to_sarif

        click.echo(to_sarif(outcome.problems))
    else:
        for problem in outcome.problems:
            click.echo(with_source(problem, deployer))
        click.echo(summary(outcome.problems, outcome.files))
    if not outcome.ready:
        sys.exit(1)


def with_source(problem: Problem, deployer: Deployer) -> str:
    """The problem, the line of its file and a caret below the column."""
    line = deployer.source_line(problem.file, problem.line)
    if not line.strip():
        return str(problem)
    number = f"{problem.line:6d} | "
    shown = line.expandtabs(1).rstrip()
    caret = " " * (len(number) + max(problem.column - 1, 0)) + "^" if problem.column <= len(shown) + 1 else ""
    return "\n".join(filter(None, (str(problem), number + shown, caret)))


def summary(problems: tuple[Problem, ...], files: int) -> str:
    """The last line: how many of what."""
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.severity.value] = counts.get(problem.severity.value, 0) + 1
    found = ", ".join(_plural(count, {"info": "note"}.get(name, name)) for name, count in counts.items())
    return f"{found or 'no problems'} in {_plural(files, 'file')}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
