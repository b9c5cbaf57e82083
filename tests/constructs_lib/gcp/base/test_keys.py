"""Cloud KMS keys: rotation, users, regions."""

import pytest

from tests.gcp.terraform import Stack

# How the agents of Google's services are called.
AGENTS = (
    "serviceAccount:service-${data.google_project.project.number}@",
    "serviceAccount:${data.google_logging_project_cmek_settings.",
)


@pytest.mark.plan("SEC-8/rotated")
def test_keys_rotate_every_year_and_stay(gcp_environment: Stack) -> None:
    keys = gcp_environment.resources("google_kms_crypto_key")
    assert keys
    assert [str(key) for key in keys if key["rotation_period"] != f"{365 * 86400}s" or not key.protected] == []


@pytest.mark.plan("SEC-5", "SEC-8/managed")
def test_only_services_of_google_use_the_keys(gcp_environment: Stack) -> None:
    grants = gcp_environment.resources("google_kms_crypto_key_iam_member")
    assert grants
    assert [
        str(grant)
        for grant in grants
        if grant["role"] != "roles/cloudkms.cryptoKeyEncrypterDecrypter" or not grant["member"].startswith(AGENTS)
    ] == []


@pytest.mark.plan("SEC-8/managed")
def test_production_has_a_key_wherever_it_stores_something(gcp_prod: Stack) -> None:
    rings = gcp_prod.resources("google_kms_key_ring")
    assert {ring["location"] for ring in rings} == {"us-central1", "us-east1", "nam4"}
