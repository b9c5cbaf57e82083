"""Buckets of Cloud Storage: encryption, versions, public access, dual regions, retention."""

import pytest

from constructs_lib.gcp.data.storage import Placement
from tests.gcp.terraform import Resource, Stack

BUCKET = "google_storage_bucket"
PURPOSES = ["assets", "uploads", "backups"]
DAY = 24 * 60 * 60


def bucket(stack: Stack, purpose: str) -> Resource:
    return stack.one(BUCKET, f"Storage/{purpose}")


def rules(found: Resource, action: str) -> list[dict[str, object]]:
    return [rule["condition"] | rule["action"] for rule in found["lifecycle_rule"] if rule["action"]["type"] == action]


@pytest.mark.plan("GCP-6", "DR-8/storage")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_there_is_a_bucket_for(gcp_environment: Stack, purpose: str) -> None:
    assert bucket(gcp_environment, purpose).protected


@pytest.mark.plan("SEC-2")
def test_no_bucket_can_be_made_public(gcp_environment: Stack) -> None:
    assert [
        str(found)
        for found in gcp_environment.resources(BUCKET)
        if found["public_access_prevention"] != "enforced" or found["uniform_bucket_level_access"] is not True
    ] == []


@pytest.mark.plan("SEC-2")
def test_no_grant_on_a_bucket_is_for_everybody(gcp_environment: Stack) -> None:
    grants = gcp_environment.resources("google_storage_bucket_iam_member")
    assert [str(grant) for grant in grants if grant["member"] in {"allUsers", "allAuthenticatedUsers"}] == []


@pytest.mark.plan("DR-8/storage")
def test_every_bucket_keeps_old_versions_or_lets_nothing_be_overwritten(gcp_environment: Stack) -> None:
    for found in gcp_environment.resources(BUCKET, "Storage"):
        assert found["versioning"]["enabled"] is ("retention_policy" not in found.body), found


@pytest.mark.plan("ENV-4/data")
def test_backups_of_production_cannot_be_deleted_before_their_time(gcp_prod: Stack) -> None:
    assert bucket(gcp_prod, "backups")["retention_policy"] == {"retention_period": 7 * DAY, "is_locked": False}


@pytest.mark.plan("SEC-5")
def test_every_bucket_is_encrypted_with_a_key_of_the_environment(gcp_environment: Stack) -> None:
    for found in gcp_environment.resources(BUCKET, "Storage"):
        ring = found["encryption"]["default_kms_key_name"]["key_ring"]
        assert ring["location"].lower() == found["location"].lower(), found


@pytest.mark.plan("DR-9", "GCP-1/primary", "GCP-1/recovery")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_objects_of_production_lie_in_both_regions(gcp_prod: Stack, purpose: str) -> None:
    """The pair of us-central1 and us-east1 is ``NAM4``, and no other bucket can span it ("Bucket locations")."""
    found = bucket(gcp_prod, purpose)
    assert found["location"] == "NAM4"
    assert "custom_placement_config" not in found.body


@pytest.mark.plan("DR-9")
@pytest.mark.parametrize(
    ("regions", "location", "data_locations", "key_location"),
    [
        (("us-east1", "us-central1"), "NAM4", None, "nam4"),
        (("us-central1", "us-west1"), "US", ["US-CENTRAL1", "US-WEST1"], "us"),
        (("europe-west4", "europe-north1"), "EUR4", None, "eur4"),
        (("europe-west4", "europe-west1"), "EU", ["EUROPE-WEST4", "EUROPE-WEST1"], "europe"),
        (("asia-northeast1", "asia-northeast2"), "ASIA1", None, "asia1"),
        (("asia-east1", "asia-southeast1"), "ASIA", ["ASIA-EAST1", "ASIA-SOUTHEAST1"], "asia"),
        (("europe-west4", None), "EUROPE-WEST4", None, "europe-west4"),
    ],
)
def test_a_bucket_lies_where_cloud_storage_offers_it(
    regions: tuple[str, str | None], location: str, data_locations: list[str] | None, key_location: str
) -> None:
    placement = Placement(*regions)
    assert (placement.location, placement.data_locations, placement.key_location) == (
        location,
        data_locations,
        key_location,
    )


@pytest.mark.plan("DR-9")
@pytest.mark.parametrize("purpose", ["uploads", "backups"])
def test_objects_are_copied_within_15_minutes(gcp_prod: Stack, purpose: str) -> None:
    assert bucket(gcp_prod, purpose)["rpo"] == "ASYNC_TURBO"


@pytest.mark.plan("ENV-2/minimal", "ENV-3/scaled-down")
@pytest.mark.parametrize("name", ["gcp_staging", "gcp_dev"])
def test_other_environments_pay_for_one_region(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)
    assert {found["location"] for found in stack.resources(BUCKET, "Storage")} == {"US-CENTRAL1"}


@pytest.mark.plan("DR-10")
@pytest.mark.parametrize("purpose", ["assets", "uploads", "backups"])
def test_objects_grow_colder_with_age(gcp_environment: Stack, purpose: str) -> None:
    steps = rules(bucket(gcp_environment, purpose), "SetStorageClass")
    whole = [(step["age"], step["storage_class"]) for step in steps if "matches_prefix" not in step]
    assert whole == [(30, "NEARLINE"), (90, "ARCHIVE")]


@pytest.mark.plan("DR-10")
def test_old_versions_expire(gcp_environment: Stack) -> None:
    for found in gcp_environment.resources(BUCKET, "Storage"):
        assert {"days_since_noncurrent_time": 90, "with_state": "ARCHIVED", "type": "Delete"} in rules(found, "Delete")


@pytest.mark.plan("DR-4")
def test_the_archive_is_cold_after_a_day_and_gone_after_a_year(gcp_environment: Stack) -> None:
    found = bucket(gcp_environment, "backups")
    archive = [*rules(found, "SetStorageClass"), *rules(found, "Delete")]
    assert [rule for rule in archive if rule.get("matches_prefix") == ["archive/"]] == [
        {"age": 1, "matches_prefix": ["archive/"], "type": "SetStorageClass", "storage_class": "ARCHIVE"},
        {"age": 365, "matches_prefix": ["archive/"], "type": "Delete"},
    ]


@pytest.mark.plan("ENV-4/data")
def test_what_is_locked_for_good_cannot_be_unlocked(gcp_prod_variant: Stack) -> None:
    assert bucket(gcp_prod_variant, "backups")["retention_policy"] == {"retention_period": 7 * DAY, "is_locked": True}


@pytest.mark.plan("DR-8/storage")
def test_what_is_deleted_for_good_can_be_brought_back_for_a_week(gcp_environment: Stack) -> None:
    assert {
        found["soft_delete_policy"]["retention_duration_seconds"]
        for found in gcp_environment.resources(BUCKET, "Storage")
    } == {7 * DAY}
