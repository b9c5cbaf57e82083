"""Embedded clouds that Terraform deploys to: each test runs on each of them."""

from collections.abc import Iterator

import pytest

from local.terraform.cloud import TerraformCloud
from tests.local.terraform.clouds import CASES, Case


@pytest.fixture(scope="package", params=CASES, ids=[each.key for each in CASES])
def case(request: pytest.FixtureRequest) -> Case:
    """One of the clouds."""
    found: Case = request.param
    return found


@pytest.fixture(scope="package")
def shared(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TerraformCloud]:
    """A running cloud, which tests share, with what holds states."""
    found = case.cloud(tmp_path_factory.mktemp(case.key))
    found.start()
    case.prepare(found)
    yield found
    found.wipe()


@pytest.fixture
def own(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TerraformCloud]:
    """A running cloud of one's own, to be maltreated."""
    found = case.cloud(tmp_path_factory.mktemp(f"own-{case.key}"))
    found.start()
    case.prepare(found)
    yield found
    found.wipe()
