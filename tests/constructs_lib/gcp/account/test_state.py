"""Bucket of Terraform's state, and imports of what existed before the first deploy."""

import pytest

from tests.gcp.terraform import Assembly, Stack


@pytest.mark.plan("DR-6")
def test_every_stack_keeps_its_state_in_the_one_bucket(gcp: Assembly) -> None:
    bucket = gcp.stacks["gcp-shared"].one("google_storage_bucket", "State")["name"]
    backends = {name: stack.content["terraform"]["backend"]["gcs"] for name, stack in gcp.stacks.items()}
    assert backends == {name: {"bucket": bucket, "prefix": name} for name in gcp.stacks}


@pytest.mark.plan("DR-6", "SEC-5")
def test_a_state_can_be_brought_back_and_is_closed(gcp_shared: Stack) -> None:
    bucket = gcp_shared.one("google_storage_bucket", "State")
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["public_access_prevention"] == "enforced"
    assert bucket["uniform_bucket_level_access"] is True
    assert bucket["encryption"]["default_kms_key_name"].type == "google_kms_crypto_key"
    assert bucket.protected


def test_what_was_made_before_the_first_deploy_is_taken_over(gcp_shared: Stack) -> None:
    imported = {entry["to"]: entry["id"] for entry in gcp_shared.content["import"]}
    key = gcp_shared.one("google_kms_crypto_key", "Key")
    bucket = gcp_shared.one("google_storage_bucket", "State")
    ring = "projects/example-goodies-shared/locations/us/keyRings/goodies"
    assert imported == {
        f"google_kms_key_ring.{key['key_ring'].name}": ring,
        f"google_kms_crypto_key.{key.name}": f"{ring}/cryptoKeys/goodies",
        f"google_storage_bucket.{bucket.name}": bucket["name"],
    }
