"""Protections, older versions of settings, and options that exclude each other."""

from collections.abc import Callable
from typing import Any

from tests.local.gcp.refusals.conftest import agent, enable, key, network
from tests.local.gcp.rest.conftest import Google


def _database(google: Google, project: str, **settings: Any) -> str:
    url = f"sqladmin.googleapis.com/sql/v1beta4/projects/{project}/instances"
    body = {"name": "goodies", "databaseVersion": "POSTGRES_18", "settings": {"tier": "db-custom-1-3840", **settings}}
    google.ok("POST", url, body)
    return f"{url}/goodies"


def test_a_protected_database(google: Google, project: str) -> None:
    url = _database(google, project, deletionProtectionEnabled=True)
    status, message = google.refused("DELETE", url)
    assert (status, message.startswith("The instance is protected.")) == (400, True)
    google.ok("PATCH", url, {"settings": {"deletionProtectionEnabled": False}})
    google.ok("DELETE", url)


def test_a_primary_with_a_replica(google: Google, project: str) -> None:
    url = _database(google, project)
    replica = {"name": "replica", "databaseVersion": "POSTGRES_18", "masterInstanceName": "goodies"}
    google.ok("POST", url.rpartition("/")[0], replica | {"settings": {"tier": "db-custom-1-3840"}})
    assert "read replica replica" in google.refused("DELETE", url)[1]


def test_an_older_version_of_settings(google: Google, project: str) -> None:
    url = _database(google, project)
    version = google.ok("GET", url)["settings"]["settingsVersion"]
    google.ok("PATCH", url, {"settings": {"tier": "db-custom-2-7680", "settingsVersion": version}})
    assert google.refused("PATCH", url, {"settings": {"settingsVersion": version}})[0] == 412


def test_an_older_metageneration(google: Google, project: str) -> None:
    google.ok("POST", "storage.googleapis.com/storage/v1/b", {"name": "state"}, project=project)
    url = "storage.googleapis.com/storage/v1/b/state"
    google.ok("PATCH", url, {"labels": {"a": "b"}}, ifMetagenerationMatch="1")
    assert google.refused("PATCH", url, {"labels": {"a": "c"}}, ifMetagenerationMatch="1")[0] == 412


def test_an_older_etag_is_no_reason_to_delete_or_to_disable(google: Google, project: str) -> None:
    url = f"secretmanager.googleapis.com/v1/projects/{project}/secrets"
    google.ok("POST", url, {"replication": {"automatic": {}}}, secretId="jwt")
    google.ok("POST", f"{url}/jwt:addVersion", {"payload": {"data": "eA=="}})
    assert google.refused("POST", f"{url}/jwt/versions/1:disable", {"etag": "c3RhbGU="})[0] == 409
    assert google.refused("DELETE", f"{url}/jwt", etag="c3RhbGU=")[0] == 409
    google.ok("DELETE", f"{url}/jwt", etag=google.ok("GET", f"{url}/jwt")["etag"])


def test_older_versions_of_a_cluster(google: Google, project: str) -> None:
    url = f"container.googleapis.com/v1/projects/{project}/locations/us-central1/clusters"
    google.ok("POST", url, {"cluster": {"name": "goodies", "network": network(google, project)}})
    labels = {"resourceLabels": {"a": "b"}}
    fingerprint = google.ok("GET", f"{url}/goodies")["labelFingerprint"]
    change = {"desiredReleaseChannel": {"channel": "RAPID"}, "etag": "c3RhbGU="}
    assert "does not match" in google.refused("PUT", f"{url}/goodies", {"update": change})[1]
    google.ok("PUT", f"{url}/goodies", {"update": {"desiredReleaseChannel": {"channel": "STABLE"}}})
    google.ok("POST", f"{url}/goodies:setResourceLabels", {**labels, "labelFingerprint": fingerprint})
    older = {**labels, "labelFingerprint": fingerprint}
    assert "does not match" in google.refused("POST", f"{url}/goodies:setResourceLabels", older)[1]


def test_an_older_policy_for_images(google: Google, project: str) -> None:
    enable(google, project, "binaryauthorization.googleapis.com")
    url = f"binaryauthorization.googleapis.com/v1/projects/{project}/policy"
    rule = {"evaluationMode": "ALWAYS_ALLOW", "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG"}
    etag = google.ok("PUT", url, {"defaultAdmissionRule": rule})["etag"]
    google.ok("PUT", url, {"defaultAdmissionRule": rule, "description": "all", "etag": etag})
    assert google.refused("PUT", url, {"defaultAdmissionRule": rule, "etag": etag})[0] == 409


def test_a_locked_log_bucket(google: Google, project: str) -> None:
    url = f"logging.googleapis.com/v2/projects/{project}/locations/us/buckets"
    google.ok("POST", url, {"retentionDays": 30, "locked": True}, bucketId="trail")
    assert "is locked" in google.refused("DELETE", f"{url}/trail")[1]


def test_log_analytics_with_a_key_is_what_the_switch_says(
    google: Google, project: str, turn: Callable[..., None]
) -> None:
    agent(google, project, "logging.googleapis.com")
    bucket = {
        "analyticsEnabled": True,
        "cmekSettings": {"kmsKeyName": key(google, project, "gcp-sa-logging", location="us")},
    }
    url = f"logging.googleapis.com/v2/projects/{project}/locations/us/buckets"
    google.ok("POST", url, bucket, bucketId="first")
    turn(log_analytics_with_key="refused")
    status, message = google.refused("POST", url, bucket, bucketId="second")
    assert (status, "CMEK is not compatible with advanced analytics buckets" in message) == (400, True)
