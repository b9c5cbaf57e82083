"""Google's REST APIs with the rules by which they refuse, without a proxy."""

import datetime
from collections.abc import Callable

import pytest

from local.gcp.refusals import switches
from local.gcp.refusals.rules import answer
from local.gcp.rest import clock
from local.gcp.rest.apis import RestApis
from tests.local.gcp.rest.conftest import PROJECT, Google

APIS = (
    "artifactregistry", "certificatemanager", "cloudkms", "cloudscheduler", "compute", "container", "dns", "eventarc",
    "iam", "orgpolicy", "pubsub", "redis", "secretmanager", "servicenetworking", "sqladmin", "workflows",
)  # fmt: skip


@pytest.fixture
def google() -> Google:
    """An embedded Google Cloud's APIs, without anything in them."""
    google = Google()
    google.apis = RestApis(google.store, answer)
    return google


@pytest.fixture
def new_project(google: Google) -> str:
    """A project as Google makes it."""
    google.ok("POST", "cloudresourcemanager.googleapis.com/v3/projects", {"projectId": PROJECT})
    return PROJECT


@pytest.fixture
def project(google: Google, new_project: str) -> str:
    """A project with the APIs that the stacks use."""
    for api in APIS:
        enable(google, new_project, f"{api}.googleapis.com")
    return new_project


@pytest.fixture
def later(google: Google) -> Callable[..., None]:
    """Moves the clock of the embedded cloud."""

    def later(**units: float) -> None:
        clock.move(google.store, seconds=datetime.timedelta(**units).total_seconds())

    return later


@pytest.fixture
def turn(google: Google) -> Callable[..., None]:
    """Turns switches of the embedded cloud."""

    def turn(**settings: str) -> None:
        switches.turn(google.store, settings)

    return turn


def enable(google: Google, project: str, service: str) -> None:
    """Enable an API in a project."""
    google.ok("POST", f"serviceusage.googleapis.com/v1/projects/{project}/services/{service}:enable", {})
