from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is let go now goes by itself: the cyclic collector stands still."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
