"""`synflow mock`: embedded back ends, for trying flows without an account."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("mock")
def command() -> None:
    """Serve an embedded back end alone."""


@command.command("salesforce")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=8380, show_default=True, help="Port; 0 takes a free one.")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with more objects, fields and records.",
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file that keeps records and jobs.  [forgotten at the end]",
)
@click.option("--processing-delay", type=float, default=0.0, show_default=True, help="Seconds a closed job takes.")
def salesforce(host: str, port: int, data: Path | None, database: Path | None, processing_delay: float) -> None:
    """Serve the Salesforce sandbox: OAuth tokens and Bulk API 2.0, ingest and query."""
    import asyncio

    from engine.sandbox.salesforce import SandboxSettings, serve

    settings = SandboxSettings(database=database, data=data, processing_delay=processing_delay)
    try:
        asyncio.run(serve(settings, host, port))
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another port with --port"
        ) from error
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
