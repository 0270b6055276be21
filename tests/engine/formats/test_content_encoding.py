from __future__ import annotations

import gzip
import zlib

import pytest

from engine.errors import PayloadError
from engine.formats import Formats
from tests.fakes.flows import FakeServices, a_message

pytestmark = pytest.mark.anyio

BIG = b'{"a":"' + bytes(range(33, 91)).replace(b'"', b"").replace(b"\\", b"") * 60_000 + b'"}'


def packed_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes)), packer.flush()])


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress)]
)
async def test_encoded_body_is_read(encoding: str, pack: object) -> None:
    body = pack(b'{"a":[1,2]}')  # type: ignore[operator]
    message = a_message(body, "application/json", headers={"Content-Encoding": encoding})
    await message.build()
    assert message.payload.json() == {"a": [1, 2]}


async def test_large_encoded_text_goes_to_a_file() -> None:
    message = a_message(gzip.compress(BIG), "text/plain", headers={"Content-Encoding": "gzip"})
    await message.build()
    assert message.payload.blob is not None
    assert not message.payload.blob.in_memory
    assert message.payload.blob.read() == BIG


async def test_bomb_is_refused_long_before_it_has_grown() -> None:
    message = a_message(packed_zeros(64), "text/plain", headers={"Content-Encoding": "gzip"})
    with pytest.raises(PayloadError, match="inflates to more than 200 times its size"):
        await message.build()


async def test_limit_of_the_settings_holds_for_what_is_inflated() -> None:
    services = FakeServices(formats=Formats(max_bytes=100_000))
    message = a_message(packed_zeros(1), "text/plain", headers={"Content-Encoding": "gzip"}, services=services)
    with pytest.raises(PayloadError, match="more than the 100000 bytes allowed"):
        await message.build()


@pytest.mark.parametrize("body", [b"not packed", gzip.compress(b"{}" * 500)[:-12]], ids=["plain", "cut off"])
async def test_body_that_is_not_so_encoded_is_refused(body: bytes) -> None:
    message = a_message(body, "text/plain", headers={"Content-Encoding": "gzip"})
    with pytest.raises(PayloadError, match="not valid gzip"):
        await message.build()
