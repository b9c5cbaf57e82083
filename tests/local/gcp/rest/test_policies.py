"""IAM policies of resources, and the etag that guards them."""

import pytest

from tests.local.gcp.rest.conftest import Google

KEY = "cloudkms.googleapis.com/v1/projects/acme/locations/us/keyRings/goodies/cryptoKeys/goodies"
PROJECT = "cloudresourcemanager.googleapis.com/v1/projects/acme"
BUCKET = "storage.googleapis.com/storage/v1/b/acme-logs/iam"
RING = KEY.partition("/cryptoKeys")[0]
OWNER = {"role": "roles/owner", "members": ["user:ada@example.com"]}


@pytest.fixture
def resources(google: Google) -> None:
    """A project with a key and a bucket."""
    google.ok("POST", PROJECT.replace("v1/projects/acme", "v3/projects"), {"projectId": "acme"})
    google.ok("POST", RING.removesuffix("/goodies"), {}, keyRingId="goodies")
    google.ok("POST", f"{RING}/cryptoKeys", {"purpose": "ENCRYPT_DECRYPT"}, cryptoKeyId="goodies")
    google.ok("POST", BUCKET.partition("/acme-logs")[0], {"name": "acme-logs"}, project="acme")


@pytest.mark.usefixtures("resources")
def test_a_policy_is_kept_with_a_new_etag(google: Google) -> None:
    first = google.ok("GET", f"{KEY}:getIamPolicy")

    second = google.ok("POST", f"{KEY}:setIamPolicy", {"policy": {"etag": first["etag"], "bindings": [OWNER]}})

    assert google.ok("GET", f"{KEY}:getIamPolicy") == second
    assert second["bindings"] == [OWNER]
    assert second["etag"] != first["etag"]


@pytest.mark.usefixtures("resources")
def test_a_writer_who_has_read_an_older_policy_is_refused(google: Google) -> None:
    first = google.ok("POST", f"{PROJECT}:getIamPolicy", {})
    google.ok("POST", f"{PROJECT}:setIamPolicy", {"policy": {"etag": first["etag"], "bindings": [OWNER]}})

    status, message = google.refused("POST", f"{PROJECT}:setIamPolicy", {"policy": {"etag": first["etag"]}})

    assert status == 409
    assert message.startswith("There were concurrent policy changes")
    assert google.ok("POST", f"{PROJECT}:getIamPolicy", {})["bindings"] == [OWNER]


@pytest.mark.usefixtures("resources")
def test_audit_configurations_change_only_where_the_mask_names_them(google: Google) -> None:
    audit = [{"service": "storage.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}]}]
    policy = {"bindings": [OWNER], "auditConfigs": audit}

    google.ok("POST", f"{PROJECT}:setIamPolicy", {"policy": policy})
    assert "auditConfigs" not in google.ok("POST", f"{PROJECT}:getIamPolicy", {})
    google.ok("POST", f"{PROJECT}:setIamPolicy", {"policy": policy, "updateMask": "bindings,etag,auditConfigs"})
    google.ok("POST", f"{PROJECT}:setIamPolicy", {"policy": {"bindings": []}})

    kept = google.ok("POST", f"{PROJECT}:getIamPolicy", {})
    assert kept["auditConfigs"] == audit
    assert not kept["bindings"]


@pytest.mark.usefixtures("resources")
def test_both_versions_of_an_api_have_one_policy(google: Google) -> None:
    google.ok("POST", f"{PROJECT}:setIamPolicy", {"policy": {"bindings": [OWNER]}})

    newer = google.ok("POST", "cloudresourcemanager.googleapis.com/v3/projects/acme:getIamPolicy", {})
    assert newer["bindings"] == [OWNER]


@pytest.mark.usefixtures("resources")
def test_a_bucket_has_its_policy_beside_it(google: Google) -> None:
    google.ok("PUT", BUCKET, {"bindings": [OWNER]})

    policy = google.ok("GET", BUCKET, optionsRequestedPolicyVersion="3")
    assert policy["resourceId"] == "projects/_/buckets/acme-logs"
    assert policy["bindings"] == [OWNER]


@pytest.mark.parametrize("resource", [KEY, PROJECT])
def test_what_is_not_there_has_no_policy(google: Google, resource: str) -> None:
    assert google.refused("POST" if resource is PROJECT else "GET", f"{resource}:getIamPolicy")[0] in {403, 404}
    assert google.refused("POST", f"{resource}:setIamPolicy", {"policy": {"bindings": [OWNER]}})[0] in {403, 404}


@pytest.mark.parametrize("resource", [PROJECT, "cloudbilling.googleapis.com/v1/billingAccounts/000000-000000-000000"])
def test_the_owner_has_every_permission(google: Google, resource: str) -> None:
    answer = google.ok("POST", f"{resource}:testIamPermissions", {"permissions": ["a.b.get"]})

    assert answer == {"permissions": ["a.b.get"]}
