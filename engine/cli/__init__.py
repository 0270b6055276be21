"""The command line: `synflow COMMAND`. One module a command, imported when it is asked for."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import click

from engine.errors import SynflowError


class Commands(click.Group):
    """The modules of this package whose names do not begin with an underscore; each has a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first argument; for a name that is none, the one that was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from engine.registry import nearest

            near = nearest(args[0], self.list_commands(ctx))
            if near is None:
                raise
            raise click.UsageError(f"there is no command {args[0]!r}; did you mean {near!r}?", ctx) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="synflow", prog_name="synflow")
def cli() -> None:
    """Run WSO2 Micro Integrator and Apache Synapse XML, unchanged.

    \b
    synflow run                   serve the flows of ./flows on port 8290
    synflow run ../my-project     serve an MI project, a folder of XML, an MI home or a .car
    synflow lint flows            check without serving
    """  # noqa: D301


def main() -> None:
    """The `synflow` program."""
    try:
        cli(prog_name="synflow")
    except SynflowError as error:
        click.echo(f"synflow: {error}", err=True)
        sys.exit(2)
