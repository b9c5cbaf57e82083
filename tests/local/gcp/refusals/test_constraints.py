"""Constraints of an organization, in force by a project's policy or by a switch."""

from collections.abc import Callable
from typing import Any

import pytest

from assembly.values import Json
from tests.local.gcp.refusals.conftest import network, policy
from tests.local.gcp.rest.conftest import Google

_SQL = "sqladmin.googleapis.com/sql/v1beta4/projects/{}/instances"
_INSTANCE: dict[str, Any] = {"name": "goodies", "databaseVersion": "POSTGRES_18", "region": "us-central1"}


def _bucket(google: Google, project: str, **fields: Any) -> tuple[int, Any]:
    body = {"name": "assets", "location": "US", **fields}
    return google.send("POST", "storage.googleapis.com/storage/v1/b", body, project=project)


def test_a_public_address_of_a_database(google: Google, project: str, turn: Callable[..., None]) -> None:
    turn(**{"sql.restrictPublicIp": "enforced"})
    bare = {key: value for key, value in _INSTANCE.items() if key != "settings"}
    assert google.refused("POST", _SQL.format(project), bare)[0] == 400
    settings = {"tier": "db-custom-1-3840", "ipConfiguration": {"ipv4Enabled": True}}
    status, message = google.refused("POST", _SQL.format(project), _INSTANCE | {"settings": settings})
    assert (status, "violates the constraints/sql.restrictPublicIp enforced at the" in message) == (400, True)
    settings["ipConfiguration"] = {"ipv4Enabled": False}
    google.ok("POST", _SQL.format(project), _INSTANCE | {"settings": settings})


def test_a_policy_of_the_project_is_in_force(google: Google, project: str) -> None:
    name = f"projects/{project}/policies/storage.uniformBucketLevelAccess"
    url = f"orgpolicy.googleapis.com/v2/projects/{project}/policies"
    google.ok("POST", url, {"name": name, "spec": {"rules": [{"enforce": True}]}})
    status, answer = _bucket(google, project)
    assert (status, answer["error"]["message"]) == (
        412,
        "Request violates constraint 'constraints/storage.uniformBucketLevelAccess'",
    )
    assert _bucket(google, project, iamConfiguration={"uniformBucketLevelAccess": {"enabled": True}})[0] == 200


@pytest.mark.parametrize(("location", "status"), [("US", 200), ("NAM4", 200), ("EU", 412), ("europe-west1", 412)])
def test_a_location_elsewhere(google: Google, project: str, location: str, status: int) -> None:
    name = f"projects/{project}/policies/gcp.resourceLocations"
    rules = [{"values": {"allowedValues": ["in:us-locations"]}}]
    url = f"orgpolicy.googleapis.com/v2/projects/{project}/policies"
    google.ok("POST", url, {"name": name, "spec": {"rules": rules}})
    assert _bucket(google, project, location=location)[0] == status


@pytest.mark.parametrize(
    ("replication", "location"),
    [
        ({"automatic": {}}, "global"),
        ({"userManaged": {"replicas": [{"location": "us-east1"}, {"location": "europe-west1"}]}}, "europe-west1"),
    ],
)
def test_a_copy_of_a_secret_elsewhere(
    google: Google, project: str, turn: Callable[..., None], replication: Json, location: str
) -> None:
    turn(**{"gcp.resourceLocations": "enforced"})
    url = f"secretmanager.googleapis.com/v1/projects/{project}/secrets"
    status, message = google.refused("POST", url, {"replication": replication}, secretId="jwt")
    assert (status, message.startswith(f"'{location}' violates constraint")) == (412, True)


def test_a_bucket_does_not_return_to_older_rights(google: Google, project: str, turn: Callable[..., None]) -> None:
    _bucket(google, project)
    turn(**{"storage.uniformBucketLevelAccess": "enforced"})
    url = "storage.googleapis.com/storage/v1/b/assets"
    google.ok("PATCH", url, {"labels": {"a": "b"}})
    older = {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": False}}}
    assert google.refused("PATCH", url, older)[0] == 412


@pytest.mark.parametrize("member", ["group:cloud-storage-analytics@google.com", "allUsers", "user:ann@example.org"])
def test_a_member_of_another_organization(google: Google, project: str, turn: Callable[..., None], member: str) -> None:
    turn(**{"iam.allowedPolicyMemberDomains": "enforced"})
    _bucket(google, project)
    url = "storage.googleapis.com/storage/v1/b/assets/iam"
    bindings = [{"role": "roles/storage.objectViewer", "members": [member]}]
    status, message = google.refused("PUT", url, {"bindings": bindings})
    assert (status, message) == (
        412,
        "One or more users named in the policy do not belong to a permitted customer.",
    )
    url = f"cloudresourcemanager.googleapis.com/v1/projects/{project}"
    own = policy(google, url, "roles/viewer", "group:ops@embedded.example")
    google.ok("POST", f"{url}:setIamPolicy", {"policy": own})


def test_a_public_bucket(google: Google, project: str, turn: Callable[..., None]) -> None:
    turn(**{"storage.publicAccessPrevention": "enforced"})
    _bucket(google, project)
    bindings = [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]
    status, message = google.refused("PUT", "storage.googleapis.com/storage/v1/b/assets/iam", {"bindings": bindings})
    assert (status, "public access prevention is enforced" in message) == (412, True)


def test_a_peering_with_google_fails_in_its_operation(google: Google, project: str, turn: Callable[..., None]) -> None:
    turn(**{"compute.restrictVpcPeering": "enforced"})
    url = "servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections"
    failed = google.ok("POST", url, {"network": network(google, project), "reservedPeeringRanges": []})
    assert "Constraint constraints/compute.restrictVpcPeering violated" in failed["error"]["message"]


def test_networks_that_reach_a_database(google: Google, project: str, turn: Callable[..., None]) -> None:
    turn(**{"sql.restrictAuthorizedNetworks": "enforced"})
    addresses = {"ipv4Enabled": True, "authorizedNetworks": [{"value": "203.0.113.0/24"}]}
    settings = {"tier": "db-custom-1-3840", "ipConfiguration": addresses}
    status, message = google.refused("POST", _SQL.format(project), _INSTANCE | {"settings": settings})
    assert (status, "constraints/sql.restrictAuthorizedNetworks" in message) == (400, True)
