"""One embedded cloud for all tests of it that do not kill it."""

from collections.abc import Iterator

import pytest

from local.cloud import EmbeddedCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A running embedded cloud, which tests share."""
    shared = EmbeddedCloud(tmp_path_factory.mktemp("embedded"))
    shared.start()
    shared.account = "111122223333"
    yield shared
    shared.wipe()


@pytest.fixture
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A running embedded cloud of one's own, to be maltreated."""
    own = EmbeddedCloud(tmp_path_factory.mktemp("own"))
    own.start()
    yield own
    own.wipe()
