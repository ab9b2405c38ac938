from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from traffic import Traffic


@pytest.fixture
async def traffic() -> AsyncIterator[Traffic]:
    traffic = Traffic()
    yield traffic
    await traffic.async_close()
