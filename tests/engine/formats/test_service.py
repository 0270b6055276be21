from __future__ import annotations

import pytest

from engine.errors import PayloadError
from engine.formats import Formats
from tests.fakes.flows import FakeServices, a_message

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b'{"a":"' + b"x" * 100 + b'"}'),
        ("application/xml", b"<a>" + b"x" * 100 + b"</a>"),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 100),
    ],
)
async def test_a_document_above_the_limit_is_refused_with_the_way_out(media: str, body: bytes) -> None:
    services = FakeServices(formats=Formats(max_document_bytes=100))
    message = a_message(body, media, services=services)
    with pytest.raises(PayloadError, match=r"no more than 100 are read.*\[payload\] max_document_bytes"):
        await message.build()


@pytest.mark.parametrize("media", ["text/csv", "application/octet-stream"])
async def test_what_is_only_kept_may_be_larger(media: str) -> None:
    services = FakeServices(formats=Formats(max_document_bytes=100))
    message = a_message(b"x" * 1000, media, services=services)
    await message.build()
    assert message.payload.blob is not None
    assert message.payload.blob.size == 1000
