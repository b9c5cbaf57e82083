"""Google's REST APIs with the rules by which they refuse, without a proxy."""

import datetime
from collections.abc import Callable

import pytest

from local.gcp.refusals import switches
from local.gcp.refusals.rules import answer
from local.gcp.rest.apis import RestApis
from local.proxy import clock
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


def network(google: Google, project: str, name: str = "main") -> str:
    """Make a network, and return its name."""
    url = f"compute.googleapis.com/compute/v1/projects/{project}/global/networks"
    google.ok("POST", url, {"name": name, "autoCreateSubnetworks": False})
    return f"projects/{project}/global/networks/{name}"


def key(google: Google, project: str, *agents: str, location: str = "us-central1") -> str:
    """Make a key that some agents may use, and return its name."""
    ring = f"projects/{project}/locations/{location}/keyRings/goodies"
    url = "cloudkms.googleapis.com/v1"
    google.ok("POST", f"{url}/{ring.rpartition('/')[0]}", {}, keyRingId="goodies")
    google.ok("POST", f"{url}/{ring}/cryptoKeys", {"purpose": "ENCRYPT_DECRYPT"}, cryptoKeyId="goodies")
    name = f"{ring}/cryptoKeys/goodies"
    if agents:
        members = [
            f"serviceAccount:service-{number(google, project)}@{each}.iam.gserviceaccount.com" for each in agents
        ]
        grant(google, f"{url}/{name}", "roles/cloudkms.cryptoKeyEncrypterDecrypter", *members)
    return name


def grant(google: Google, url: str, role: str, *members: str) -> None:
    """Give members a role on a resource, beside what its policy grants already."""
    assert_granted = google.send("POST", f"{url}:setIamPolicy", {"policy": policy(google, url, role, *members)})
    assert assert_granted[0] == 200, assert_granted


def policy(google: Google, url: str, role: str, *members: str) -> dict[str, object]:
    """Return the policy of a resource with one more binding."""
    verb = "POST" if url.startswith("cloudresourcemanager") else "GET"
    before = google.ok(verb, f"{url}:getIamPolicy", {} if verb == "POST" else None)
    return {"bindings": [*before.get("bindings", []), {"role": role, "members": list(members)}], "etag": before["etag"]}


def agent(google: Google, project: str, service: str) -> str:
    """Make the agent of a service, and return its address."""
    url = f"serviceusage.googleapis.com/v1beta1/projects/{project}/services/{service}:generateServiceIdentity"
    return str(google.ok("POST", url, {})["response"]["email"])


def number(google: Google, project: str) -> str:
    """Return the number of a project."""
    return str(google.ok("GET", f"cloudresourcemanager.googleapis.com/v1/projects/{project}")["projectNumber"])


def account(google: Google, project: str, identifier: str = "goodies-nodes") -> str:
    """Make a service account, and return its address."""
    url = f"iam.googleapis.com/v1/projects/{project}/serviceAccounts"
    return str(google.ok("POST", url, {"accountId": identifier, "serviceAccount": {}})["email"])
