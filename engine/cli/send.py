"""`synflow send`: one request to an engine, and on demand the way it took through the flow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.cli._request import Request
    from engine.transports.http_client import ClientResponse

NOT_TRACED = (
    "the engine did not trace this request: it needs allow_header = true under [trace] in conf/synflow.toml, or "
    "SYNFLOW_TRACE_ALLOW_HEADER=true in its environment, and a client on the same machine"
)


@click.command("send")
@click.argument("method")
@click.argument("path")
@click.option("--body", metavar="FILE", help="Send the content of a file; - for standard input.")
@click.option("--data", metavar="TEXT", help="Send this text.")
@click.option("-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="A header; may be repeated.")
@click.option("--url", default="http://127.0.0.1:8290", show_default=True, help="Where the engine listens.")
@click.option("--management", default="http://127.0.0.1:9164", show_default=True, help="Its management port.")
@click.option("--trace", is_flag=True, help="Show every mediator that the request passed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: status, headers, body and trace.")
@click.option(
    "--flows", multiple=True, metavar="PATH", help="Start an engine with these flows for this one request instead."
)
@click.option("--conf", type=click.Path(path_type=Path), help="With --flows: the folder of settings.  [conf]")
@click.option("--sandbox", type=click.Choice(["salesforce"]), help="With --flows: an embedded back end beside them.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="Seconds to wait.")
@click.option("-k", "--insecure", is_flag=True, help="Do not check the certificate of an https URL.")
def command(
    method: str,
    path: str,
    body: str | None,
    data: str | None,
    headers: tuple[str, ...],
    url: str,
    management: str,
    trace: bool,
    as_json: bool,
    flows: tuple[str, ...],
    conf: Path | None,
    sandbox: str | None,
    timeout: float,
    insecure: bool,
) -> None:
    """Send a request to a running engine and print what comes back.

    The body goes to standard output, status, headers and trace to standard error. Without a Content-Type the body's
    is guessed by the file's name or its first character. The exit code is 1 when there was no reply, or no trace.

    \b
    synflow send GET /orders/1 --trace
    synflow send POST /orders --data '{"id": 7}'
    synflow send POST /salesforce/createJobAndUploadData --body data.csv --flows flows --sandbox salesforce --trace
    """  # noqa: D301
    if body is not None and data is not None:
        raise click.UsageError("--body and --data exclude each other")
    if body not in (None, "-") and not Path(str(body)).is_file():
        raise click.UsageError(f"there is no file {body}")
    if (conf or sandbox) and not flows:
        raise click.UsageError("--conf and --sandbox belong to --flows")
    for each in flows:
        if not Path(each).exists():
            raise click.UsageError(f"there is no file or folder {each}")
    import asyncio

    from engine.cli._request import NoReply, Request

    whole = path if "://" in path else url.rstrip("/") + "/" + path.lstrip("/")
    request = Request(method.upper(), whole, [parsed_header(each) for each in headers], data, body)
    reply: Printed | Collected = Collected() if as_json else Printed()
    try:
        if flows:
            found = asyncio.run(alone(request, reply, path, flows, conf, sandbox, trace, timeout))
        else:
            found = asyncio.run(running(request, reply, management, trace, timeout, verify=not insecure))
    except NoReply as error:
        raise click.ClickException(str(error)) from error
    reply.finish(found)
    if trace and found is None:
        raise click.ClickException(NOT_TRACED)


class Printed:
    """A reply for people: the body as it comes, the rest on standard error."""

    def __init__(self) -> None:
        self.trace_id = ""
        self._open_line = False

    async def receive(self, reply: ClientResponse) -> None:
        """Print the reply while it arrives."""
        self.trace_id = take_head(reply)
        click.echo(f"HTTP/{reply.http_version} {reply.status} {reply.reason.decode('latin-1')}".rstrip(), err=True)
        for name, value in reply.headers:
            click.echo(f"{name.decode('latin-1')}: {value.decode('latin-1')}", err=True)
        click.echo(err=True)
        sys.stderr.flush()
        out = sys.stdout.buffer
        async for chunk in reply.body:
            out.write(chunk)
            self._open_line = not chunk.endswith(b"\n")
        out.flush()

    def finish(self, trace: dict[str, Any] | None) -> None:
        """Print the trace below the reply."""
        if self._open_line and sys.stdout.isatty():
            click.echo()
        if trace is not None:
            from engine.cli._trace_text import trace_text

            click.echo("\n" + trace_text(trace), err=True, nl=False)


class Collected:
    """A reply for programs: one JSON object at the end."""

    def __init__(self) -> None:
        self.trace_id = ""
        self._told: dict[str, Any] = {}

    async def receive(self, reply: ClientResponse) -> None:
        """Read the whole reply."""
        self.trace_id = take_head(reply)
        data = await reply.read()
        headers: dict[str, str] = {}
        for raw_name, raw_value in reply.headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        self._told = {"status": reply.status, "headers": headers}
        try:
            self._told["body"] = data.decode("utf-8")
        except UnicodeDecodeError:
            from base64 import b64encode

            self._told["body_base64"] = b64encode(data).decode("ascii")

    def finish(self, trace: dict[str, Any] | None) -> None:
        """Print the object."""
        import json

        click.echo(json.dumps({**self._told, **({} if trace is None else {"trace": trace})}, indent=2))


def take_head(reply: ClientResponse) -> str:
    """The id of the reply's trace, which is no header of the flow's and is taken off."""
    from engine.cli._request import TRACE_ID, header_value

    trace_id = header_value(reply.headers, TRACE_ID)
    reply.headers = [pair for pair in reply.headers if pair[0].lower() != TRACE_ID]
    return trace_id


def parsed_header(text: str) -> tuple[bytes, bytes]:
    """`Name: value` as a pair. Raises UsageError."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"{text!r} is no header: write -H 'Name: value'")
    try:
        return name.strip().encode("latin-1"), value.strip().encode("latin-1")
    except UnicodeEncodeError:
        return name.strip().encode("utf-8"), value.strip().encode("utf-8")


async def running(
    request: Request, reply: Printed | Collected, management: str, trace: bool, timeout: float, *, verify: bool
) -> dict[str, Any] | None:
    """Send to an engine that runs already; its trace comes back when there is one."""
    from engine.cli._request import fetch_trace, send

    await send(request, trace=trace, timeout=timeout, verify=verify, receive=reply.receive)
    if not trace or not reply.trace_id:
        return None
    return await fetch_trace(management, reply.trace_id, timeout=min(timeout, 5.0))


async def alone(
    request: Request,
    reply: Printed | Collected,
    path: str,
    flows: tuple[str, ...],
    conf: Path | None,
    sandbox: str | None,
    trace: bool,
    timeout: float,
) -> dict[str, Any] | None:
    """Send to an engine of our own, which serves this one request on a free port of this machine."""
    import contextlib
    import dataclasses
    import json
    import logging

    from engine.app import Engine
    from engine.cli._request import send
    from engine.cli.run import read_settings
    from engine.configured import new_redactor
    from engine.observe.log import set_up_logging

    settings = read_settings(
        list(flows),
        conf,
        {
            "listener.host": "127.0.0.1",
            "listener.port": 0,
            "listener.certificate": "",
            "workers.count": 1,
            "deployment.hot_reload": False,
            "trace.allow_header": trace or None,
        },
    )
    set_up_logging(settings.logging, new_redactor(settings))
    for name in ("synflow.engine", "synflow.deployment"):
        logging.getLogger(name).setLevel(logging.WARNING)
    async with contextlib.AsyncExitStack() as stack:
        if sandbox is not None:
            from engine.serve import start_sandbox

            await start_sandbox(settings, stack)
        engine = Engine(settings, flows)
        await engine.start(management=False)
        try:
            assert engine.listener is not None
            here = dataclasses.replace(request, url=engine.listener.url + "/" + path.lstrip("/"))
            await send(here, trace=trace, timeout=timeout, verify=True, receive=reply.receive)
        finally:
            await engine.stop()  # which waits for what the flow does after it has answered
        if engine.traces is None or not reply.trace_id:
            return None
        found = engine.traces.find(reply.trace_id)
        told: dict[str, Any] | None = None if found is None else json.loads(found)
        return told
