from __future__ import annotations

from collections.abc import Iterator

import pytest
from rig import Rig, Server


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def server(rig: Rig) -> Server:
    """One for each file, without rate limits."""
    return rig.server()
