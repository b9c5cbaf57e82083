"""A request that its method does not allow is refused in the form of its API."""

from typing import Any

import pytest

from local.proxy.api import Request
from tests.local.gcp.rest.conftest import Google

NETWORKS = "compute.googleapis.com/compute/v1/projects/acme/global/networks"
POLICIES = "monitoring.googleapis.com/v3/projects/acme/alertPolicies"
RINGS = "cloudkms.googleapis.com/v1/projects/acme/locations/us/keyRings"
SECRETS = "secretmanager.googleapis.com/v1/projects/acme/secrets"


@pytest.mark.parametrize(
    ("url", "body", "query", "message"),
    [
        (NETWORKS, {"name": "main", "mtuu": 1460}, {}, 'Unknown name "mtuu": Cannot find field.'),
        (NETWORKS, {"name": "main", "mtu": "wide"}, {}, "Invalid value at 'mtu' (TYPE_INT32), \"wide\""),
        (NETWORKS, {"name": "main", "mtu": 2**31}, {}, "Invalid value at 'mtu'"),
        (NETWORKS, {"name": "main", "autoCreateSubnetworks": "no"}, {}, "Invalid value at 'autoCreateSubnetworks'"),
        (NETWORKS, {"name": "main", "routingConfig": "GLOBAL"}, {}, "Invalid value at 'routingConfig'"),
        (NETWORKS, {"name": "main", "routingConfig": {"routingMode": "BOTH"}}, {}, "'routingConfig.routingMode'"),
        (NETWORKS, {"name": "Main_network"}, {}, "Must be a match of regex"),
        (NETWORKS, {"autoCreateSubnetworks": False}, {}, "'name' not specified"),
        (NETWORKS, {"name": "main"}, {"dry": "true"}, 'Unknown name "dry": Cannot bind query parameter.'),
        (POLICIES, {"conditions": [{"displayName": 3}]}, {}, "Invalid value at 'conditions[0].displayName'"),
        (POLICIES, {"combiner": "XOR"}, {}, "Invalid value at 'combiner' (TYPE_ENUM), \"XOR\""),
        (POLICIES, {"conditions": [{"conditionThreshold": {"thresholdValue": "high"}}]}, {}, '(TYPE_DOUBLE), "high"'),
        (RINGS, {"name": 3}, {"keyRingId": "goodies"}, "Invalid value at 'name'"),
        (f"{SECRETS}/jwt:addVersion", {"payload": {"data": "?"}}, {}, "Invalid value at 'payload.data' (TYPE_BYTE)"),
        (SECRETS, {"ttl": "an hour"}, {"secretId": "jwt"}, "Invalid value at 'ttl' (TYPE_DURATION)"),
        (SECRETS, {"expireTime": "tomorrow"}, {"secretId": "jwt"}, "Invalid value at 'expireTime' (TYPE_DATETIME)"),
    ],
)
def test_a_request_that_its_method_does_not_allow_is_refused(
    google: Google, url: str, body: Any, query: dict[str, str], message: str
) -> None:
    status, said = google.refused("POST", url, body, **query)

    assert status == 400
    assert message in said


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        (NETWORKS.replace("global/networks", "regions/us-east1/subnetworks"), {"name": "private"}, "ipCidrRange"),
        ("dns.googleapis.com/dns/v1/projects/acme/managedZones", {"name": "a", "description": "a"}, "dnsName"),
        ("dns.googleapis.com/dns/v1/projects/acme/managedZones/a/changes", {"additions": [{}]}, "additions[0].name"),
        (POLICIES, {"combiner": "OR"}, "conditions"),
        (SECRETS, {"replication": {"userManaged": {"replicas": [{}]}}}, "replication.userManaged.replicas[0].location"),
        ("serviceusage.googleapis.com/v1/projects/acme/services:batchEnable", {}, "serviceIds"),
        ("sqladmin.googleapis.com/sql/v1beta4/projects/acme/instances", {"name": "a"}, "databaseVersion"),
        ("sqladmin.googleapis.com/sql/v1beta4/projects/acme/instances/a/users", {}, "name"),
    ],
)
def test_a_field_that_only_the_reference_calls_required(google: Google, url: str, body: Any, field: str) -> None:
    query = {"secretId": "jwt"} if url == SECRETS else {}
    status, said = google.refused("POST", url, body, **query)
    assert status == 400
    assert f"Required field '{field}' not specified" in said


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ("labels,ttl", ""),
        ("labels.a", ""),
        ("no_such", "Field 'no_such'"),
        ("replication.no", "Field 'replication.no'"),
    ],
)
def test_a_mask_names_fields_of_the_resource(google: Google, project: str, mask: str, message: str) -> None:
    secrets = f"secretmanager.googleapis.com/v1/projects/{project}/secrets"
    google.ok("POST", secrets, {"replication": {"automatic": {}}}, secretId="jwt")
    status, answer = google.send("PATCH", f"{secrets}/jwt", {"labels": {"a": "b"}}, updateMask=mask)
    assert status == (400 if message else 200)
    assert message in answer.get("error", {}).get("message", "")


def test_nothing_of_a_refused_request_is_stored(google: Google) -> None:
    google.refused("POST", NETWORKS, {"name": "main", "mtuu": 1})

    assert google.send("GET", f"{NETWORKS}/main")[0] == 404


def test_the_older_apis_give_a_reason_and_the_newer_a_status(google: Google) -> None:
    _, older = google.send("POST", NETWORKS, {"name": "main", "mtuu": 1})
    _, newer = google.send("POST", RINGS, {"region": "us"}, keyRingId="goodies")

    assert older["error"]["errors"] == [{"message": older["error"]["message"], "domain": "global", "reason": "invalid"}]
    assert newer["error"]["status"] == "INVALID_ARGUMENT"
    assert newer["error"]["details"][0]["fieldViolations"][0]["field"] == ""


def test_output_only_values_and_nulls_are_ignored(google: Google) -> None:
    google.ok("POST", NETWORKS, {"name": "main", "creationTimestamp": "yesterday", "description": None})

    network = google.ok("GET", f"{NETWORKS}/main")
    assert network["creationTimestamp"] != "yesterday"
    assert "description" not in network


def test_names_of_protocol_buffers_and_whole_numbers_as_text_are_taken(google: Google) -> None:
    google.ok("POST", SECRETS, {"version_aliases": {"now": 1}, "replication": {"automatic": {}}}, secret_id="jwt")

    assert google.ok("GET", f"{SECRETS}/jwt")["versionAliases"] == {"now": "1"}


def test_a_body_that_is_no_json_is_refused(google: Google) -> None:
    host, _, path = SECRETS.partition("/")
    request = Request(method="POST", host=host, path=f"/{path}", query={"secretId": "jwt"}, body=b"{replication}")

    response = google.apis.answer(request)

    assert response.status == 400
    assert b"Invalid JSON payload received" in response.body


@pytest.mark.parametrize("name", ["prettyPrint", "alt", "$.xgafv", "userProject", "quotaUser"])
def test_parameters_of_every_api_are_taken(google: Google, name: str) -> None:
    google.ok("GET", NETWORKS, **{name: "1"})


def test_an_unknown_path_is_refused(google: Google) -> None:
    status, said = google.refused("GET", "compute.googleapis.com/compute/v1/projects/acme/global/teapots")

    assert status == 404
    assert "teapots" in said
