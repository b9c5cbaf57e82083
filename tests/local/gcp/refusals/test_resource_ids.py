"""Ids of new resources that are too long, or have characters that their API does not take."""

import pytest

from assembly.values import Json
from local.gcp.refusals.tables import rows
from tests.local.gcp.rest.conftest import PROJECT, Google

_P = f"projects/{PROJECT}"
_REGION = f"{_P}/locations/us-central1"
_SECRET: Json = {"replication": {"automatic": {}}}
_TOO_LONG = "a" * 600


def _requests(name: str) -> dict[str, tuple[str, str, Json, dict[str, str]]]:
    """Return a request for each kind that makes one of a name."""
    kms = f"cloudkms.googleapis.com/v1/{_REGION}/keyRings"
    sql = {"databaseVersion": "POSTGRES_18", "settings": {"tier": "db-custom-1-3840"}}
    made: dict[str, tuple[str, str, Json, dict[str, str]]] = {
        "artifactregistry.repositories": (
            "POST",
            f"artifactregistry.googleapis.com/v1/{_REGION}/repositories",
            {"format": "DOCKER"},
            {"repositoryId": name},
        ),
        "cloudkms.cryptoKeys": (
            "POST",
            f"{kms}/ring/cryptoKeys",
            {"purpose": "ENCRYPT_DECRYPT"},
            {"cryptoKeyId": name},
        ),
        "cloudkms.keyRings": ("POST", kms, {}, {"keyRingId": name}),
        "cloudresourcemanager.projects": (
            "POST",
            "cloudresourcemanager.googleapis.com/v3/projects",
            {"projectId": name},
            {},
        ),
        "cloudscheduler.jobs": (
            "POST",
            f"cloudscheduler.googleapis.com/v1/{_REGION}/jobs",
            {"name": f"{_REGION}/jobs/{name}"},
            {},
        ),
        "container.clusters": (
            "POST",
            f"container.googleapis.com/v1/{_REGION}/clusters",
            {"cluster": {"name": name}},
            {},
        ),
        "dns.managedZones": (
            "POST",
            f"dns.googleapis.com/dns/v1/{_P}/managedZones",
            {"name": name, "dnsName": "a.example.", "description": "of Acme"},
            {},
        ),
        "iam.roles": ("POST", f"iam.googleapis.com/v1/{_P}/roles", {"roleId": name, "role": {}}, {}),
        "logging.buckets": ("POST", f"logging.googleapis.com/v2/{_P}/locations/us/buckets", {}, {"bucketId": name}),
        "pubsub.topics": ("PUT", f"pubsub.googleapis.com/v1/{_P}/topics/{name}", {}, {}),
        "redis.instances": (
            "POST",
            f"redis.googleapis.com/v1/{_REGION}/instances",
            {"tier": "BASIC", "memorySizeGb": 1},
            {"instanceId": name},
        ),
        "secretmanager.secrets": (
            "POST",
            f"secretmanager.googleapis.com/v1/{_P}/secrets",
            _SECRET,
            {"secretId": name},
        ),
        "sqladmin.instances": (
            "POST",
            f"sqladmin.googleapis.com/sql/v1beta4/{_P}/instances",
            {"name": name, **sql},
            {},
        ),
        "storage.buckets": ("POST", "storage.googleapis.com/storage/v1/b", {"name": name}, {"project": PROJECT}),
        "workflows.workflows": (
            "POST",
            f"workflows.googleapis.com/v1/{_REGION}/workflows",
            {"sourceContents": "{}"},
            {"workflowId": name},
        ),
    }
    for kind in ("exclusions", "sinks"):
        body = {"name": name, "filter": "severity=INFO", "destination": "storage.googleapis.com/acme"}
        if kind == "exclusions":
            del body["destination"]
        made[f"logging.{kind}"] = ("POST", f"logging.googleapis.com/v2/{_P}/{kind}", body, {})
    return made


@pytest.mark.parametrize("name", [_TOO_LONG, "a b"])
@pytest.mark.parametrize("kind", sorted(rows("resource_ids")))
def test_an_id_of_another_form_is_refused(google: Google, project: str, kind: str, name: str) -> None:
    assert project == PROJECT
    method, url, body, query = _requests(name)[kind]
    status, message = google.refused(method, url, body, **query)
    assert (status, message.startswith(f"Invalid id '{name}' of {kind}: ")) == (400, True), message


def test_an_id_of_the_right_form_is_not(google: Google, project: str) -> None:
    assert project == PROJECT
    for kind in ("cloudkms.keyRings", "dns.managedZones", "pubsub.topics", "secretmanager.secrets", "storage.buckets"):
        method, url, body, query = _requests("goodies-1")[kind]
        google.ok(method, url, body, **query)
