"""A front door with a real Envoy, and servers that stand for what is behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.local.body.door import Door
from tests.local.body.front import BLUE, Server


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path)
    yield door
    door.door.stop()
    assert not list(door.children)


@pytest.fixture
def servers() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def server(port: int = 0) -> Server:
        made.append(Server(port))
        return made[-1]

    yield server
    for each in made:
        each.stop()


@pytest.fixture
def task(door: Door, servers: Callable[..., Server]) -> Server:
    """A healthy task of the blue target group."""
    server = servers()
    door.settle({BLUE.arn: [server.address]})
    return server
