"""Embedded clouds: one of each for all tests that do not kill it, and others to be maltreated."""

from collections.abc import Iterator

import pytest

from local.azure.cloud import EmbeddedAzure
from local.cloud import EmbeddedCloud
from local.gcp.cloud import EmbeddedGoogleCloud


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def google_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGoogleCloud]:
    """A running embedded Google Cloud, which tests share."""
    shared = EmbeddedGoogleCloud(tmp_path_factory.mktemp("google"))
    shared.start()
    yield shared
    shared.wipe()


@pytest.fixture
def own_google_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGoogleCloud]:
    """A running embedded Google Cloud of one's own, to be maltreated."""
    own = EmbeddedGoogleCloud(tmp_path_factory.mktemp("own-google"))
    own.start()
    yield own
    own.wipe()


@pytest.fixture(scope="package")
def azure_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAzure]:
    """A running embedded Azure, which tests share."""
    shared = EmbeddedAzure(tmp_path_factory.mktemp("azure"))
    shared.start()
    yield shared
    shared.wipe()


@pytest.fixture
def own_azure_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAzure]:
    """A running embedded Azure of one's own, to be maltreated."""
    own = EmbeddedAzure(tmp_path_factory.mktemp("own-azure"))
    own.start()
    yield own
    own.wipe()
