"""The baselines: hand-written ASGI proxies on uvicorn, no more. `python -m tests.benchmarks.peers.bare KIND
PORT BACKEND_PORT`.

KIND is CLIENT-FLOW. Clients: `aiohttp` (a shared session; B), `minimal` (R), `httpx` (Starlette, shared client; S).
Flows: `pass`, `json` and `xml` (parse once, evaluate one compiled expression, forward the original bytes), `convert`
(JSON to an lxml tree to bytes), `stream` (the request body handed on as it comes), `start` (Starlette, httpx and lxml
imported, one route; for the time to the first reply).
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

DROPPED = frozenset(
    (b"host", b"content-length", b"connection", b"transfer-encoding", b"date", b"server", b"keep-alive")
)
Pairs = list[tuple[bytes, bytes]]
Post = Callable[[bytes, Pairs, bytes], Awaitable[tuple[int, Pairs, bytes]]]
Work = Callable[[bytes], tuple[bytes, bytes, bytes | None]]


def kept(headers: Any) -> Pairs:
    """The fields that are handed on."""
    return [(name, value) for name, value in headers if name not in DROPPED]


def aiohttp_client(port: int) -> Post:
    """A shared aiohttp session, made transparent."""
    import aiohttp

    session: aiohttp.ClientSession | None = None
    origin = f"http://127.0.0.1:{port}"

    async def post(path: bytes, headers: Pairs, body: bytes) -> tuple[int, Pairs, bytes]:
        nonlocal session
        if session is None:
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        async with session.post(origin + path.decode(), headers=given, data=body) as reply:
            content = await reply.read()
            return reply.status, [(name.lower(), value) for name, value in reply.raw_headers], content

    return post


def minimal_client(port: int) -> Post:
    """The minimal pooled client."""
    from tests.benchmarks.peers.minimal_client import MinimalClient

    client = MinimalClient(port)

    async def post(path: bytes, headers: Pairs, body: bytes) -> tuple[int, Pairs, bytes]:
        reply = await client.post(path, headers, body)
        return reply.status, reply.headers, reply.body

    return post


def passing(body: bytes) -> tuple[bytes, bytes, bytes | None]:
    """Nothing."""
    return b"/echo", body, None


def json_routing(body: bytes) -> tuple[bytes, bytes, bytes | None]:
    """Parse, walk to one member, choose."""
    tier = json.loads(body)["order"]["customer"]["tier"]
    return (b"/echo?gold" if tier == "gold" else b"/echo?other"), body, None


def xml_routing() -> Work:
    """Parse, evaluate one compiled XPath, choose."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    path = etree.XPath("//order/customer/tier/text() = 'gold'")

    def work(body: bytes) -> tuple[bytes, bytes, bytes | None]:
        gold = path(etree.fromstring(body, parser))
        return (b"/echo?gold" if gold else b"/echo?other"), body, None

    return work


def converting() -> Work:
    """JSON to an lxml tree to bytes, the obvious way."""
    from lxml import etree

    def add(parent: Any, name: str, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                add(parent, name, item)
            return
        child = etree.SubElement(parent, name)
        if isinstance(value, dict):
            for key, item in value.items():
                add(child, key, item)
        elif value is not None:
            child.text = str(value).lower() if isinstance(value, bool) else str(value)

    def work(body: bytes) -> tuple[bytes, bytes, bytes | None]:
        root = etree.Element("jsonObject")
        for key, item in json.loads(body).items():
            add(root, key, item)
        return b"/echo", etree.tostring(root), b"application/xml"

    return work


def asgi(post: Post, work: Work) -> Any:
    """A plain ASGI callable around client and work."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        path, body, media = work(body)
        headers = kept(scope["headers"])
        if media is not None:
            headers = [pair for pair in headers if pair[0] != b"content-type"] + [(b"content-type", media)]
        status, answered, content = await post(path, headers, body)
        fields = kept(answered)
        fields.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": content})

    return app


def starlette_app(port: int, *, stream: bool) -> Any:
    """The obvious Starlette route with a shared httpx client."""
    import httpx
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    origin = f"http://127.0.0.1:{port}"
    client = httpx.AsyncClient(limits=httpx.Limits(max_connections=None, max_keepalive_connections=256), timeout=60)

    async def route(request: Request) -> Response:
        headers = [pair for pair in request.headers.raw if pair[0] not in DROPPED]
        if stream:
            headers.append((b"content-length", request.headers["content-length"].encode()))
            reply = await client.post(origin + "/sink", headers=headers, content=request.stream())
        else:
            reply = await client.post(origin + "/echo", headers=headers, content=await request.body())
        return Response(reply.content, reply.status_code, media_type=reply.headers.get("content-type"))

    return Starlette(routes=[Route("/", route, methods=["POST"])])


def starting_app() -> Any:
    """What a program of the given packages imports before its first reply."""
    import httpx
    import lxml.etree
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    assert httpx.AsyncClient
    assert lxml.etree.XMLParser

    async def route(request: Any) -> PlainTextResponse:
        return PlainTextResponse("pong")

    return Starlette(routes=[Route("/", route)])


def make(kind: str, port: int) -> Any:
    """The application of this kind in front of a back end."""
    client, _, flow = kind.partition("-")
    if flow == "start":
        return starting_app()
    if client == "httpx":
        return starlette_app(port, stream=flow == "stream")
    post = {"aiohttp": aiohttp_client, "minimal": minimal_client}[client](port)
    work = {"pass": lambda: passing, "json": lambda: json_routing, "xml": xml_routing, "convert": converting}[flow]()
    return asgi(post, work)


def main() -> None:
    """Serve until the process ends."""
    import uvicorn

    kind, port, back_end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    config = uvicorn.Config(
        make(kind, back_end),
        port=port,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
    )
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
