"""An embedded Google Cloud whose caller holds what a test says."""

from collections.abc import Callable

import pytest

from local.gcp.iam.caller import Caller
from local.gcp.iam.guard import Guarded
from tests.local.gcp.rest.conftest import Google

PROJECT = "acme-prod"
ORGANIZATION = "organizations/1"
ACCOUNT = "billingAccounts/000000-000000-000000"
BUCKET = "acme-state"

Turn = Callable[..., None]


@pytest.fixture
def google() -> Google:
    """An embedded Google Cloud with a project of an organization, and a bucket in it."""
    google = Google()
    body = {"projectId": PROJECT, "parent": ORGANIZATION}
    google.ok("POST", "cloudresourcemanager.googleapis.com/v3/projects", body)
    google.ok("POST", "storage.googleapis.com/storage/v1/b", {"name": BUCKET}, project=PROJECT)
    google.apis = Guarded(google.apis, google.store)  # type: ignore[assignment]
    return google


@pytest.fixture
def turn(google: Google) -> Turn:
    """Lets the caller hold exactly some roles."""

    def turn(*roles: str) -> None:
        Caller(google.store).turn({"roles": ",".join(roles)})

    return turn
