"""One emulator for all tests, and a cluster of its own for each."""

from collections.abc import Iterator
from itertools import count

import pytest

from local.kubernetes.cluster import Cluster
from local.proxy.store import Store
from tests.local.kubernetes.client import Client

_NUMBERS = count()


@pytest.fixture(scope="session")
def emulator() -> Iterator[Cluster]:
    store = Store()
    yield Cluster(store.documents("kubernetes"), hosts=["*.gke.goog"], version="v1.35.0-gke.1000000")
    store.close()


@pytest.fixture
def client(emulator: Cluster) -> Client:
    return Client(emulator, f"gke-{next(_NUMBERS)}.us-central1.gke.goog")
