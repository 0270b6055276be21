"""The native HTTP/1.1 listener: how requests reach the data plane.

`server` starts and drains listeners, `protocol` is one connection, `asgi` the same data plane behind plain
ASGI, `limits` what clients are granted. Pure parts: `head`, `framing`, `response`. Parts of a connection:
`connection` writes and keeps time, `reader` makes requests of bytes, `exchange` is one request with its
answer, `body` a request body that is still arriving.
"""
