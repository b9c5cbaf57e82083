"""An ingress with a real Envoy, and servers that stand for what is behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cloud import EmbeddedCloud
from tests.local.body.deployed_ingress import BLUE, Server
from tests.local.body.house import ACCOUNT, House
from tests.local.body.served_ingress import ServedIngress


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedIngress]:
    served = ServedIngress(tmp_path)
    yield served
    served.ingress.stop()
    assert not list(served.children)


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
def task(served: ServedIngress, servers: Callable[..., Server]) -> Server:
    """A healthy task of the blue target group."""
    server = servers()
    served.settle({BLUE.arn: [server.address]})
    return server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A small account of the tests of a module."""
    cloud = EmbeddedCloud(tmp_path_factory.mktemp("house"))
    cloud.start()
    cloud.account = ACCOUNT
    yield House(cloud)
    cloud.wipe()
