"""Operations in each API's form."""

from typing import Any

import pytest

from tests.local.gcp.rest.conftest import Google

COMPUTE = "compute.googleapis.com/compute/v1/projects/acme"
LOCATION = "projects/acme/locations/us-central1"
CERTIFICATES = "certificatemanager.googleapis.com/v1/projects/acme/locations/global"
SQL = "sqladmin.googleapis.com/sql/v1beta4/projects/acme"


def test_compute_engine_says_what_was_made(google: Google) -> None:
    operation = google.ok("POST", f"{COMPUTE}/global/networks", {"name": "main"})

    link = f"https://www.googleapis.com/compute/v1/{COMPUTE.partition('/v1/')[2]}/global/networks/main"
    assert (operation["status"], operation["targetLink"]) == ("DONE", link)
    assert google.ok("GET", f"{COMPUTE}/global/operations/{operation['name']}") == operation


def test_operations_of_a_region_are_asked_there(google: Google) -> None:
    body = {"name": "main", "ipCidrRange": "10.0.0.0/20"}
    operation = google.ok("POST", f"{COMPUTE}/regions/us-central1/subnetworks", body)

    assert operation["region"].endswith("/regions/us-central1")
    assert google.ok("GET", f"{COMPUTE}/regions/us-central1/operations/{operation['name']}") == operation


def test_newer_apis_answer_the_resource_in_the_operation(google: Google) -> None:
    url = f"artifactregistry.googleapis.com/v1/{LOCATION}/repositories"
    operation = google.ok("POST", url, {"format": "DOCKER"}, repositoryId="goodies")

    assert operation["done"]
    assert operation["response"].items() >= google.ok("GET", f"{url}/goodies").items()
    assert google.ok("GET", f"artifactregistry.googleapis.com/v1/{operation['name']}") == operation
    assert google.ok("DELETE", f"{url}/goodies")["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}


@pytest.mark.parametrize(
    ("url", "body", "query", "operations"),
    [
        (
            f"container.googleapis.com/v1/{LOCATION}/clusters",
            {"cluster": {"name": "main"}},
            {},
            f"container.googleapis.com/v1/{LOCATION}/operations",
        ),
        (
            f"{CERTIFICATES}/certificateMaps",
            {},
            {"certificateMapId": "main"},
            "certificatemanager.googleapis.com/v1",
        ),
        (f"{SQL}/instances/main/databases", {"name": "goodies"}, {}, f"{SQL}/operations"),
        (f"{COMPUTE}/global/sslPolicies", {"name": "main"}, {}, f"{COMPUTE}/global/operations"),
    ],
)
def test_one_operation_of_each_form_is_done_when_it_is_asked_for(
    google: Google, url: str, body: Any, query: dict[str, str], operations: Any
) -> None:
    started = google.ok("POST", url, body, **query)

    assert started.get("status", "RUNNING") == "RUNNING"
    assert not started.get("done")
    found = google.ok("GET", f"{operations}/{started['name']}")
    assert found.get("done") or found["status"] == "DONE"


def test_an_operation_that_never_was_is_not_there(google: Google) -> None:
    assert google.refused("GET", f"{COMPUTE}/global/operations/operation-1")[0] == 404
