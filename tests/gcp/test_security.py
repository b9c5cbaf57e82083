import pytest

from tests.terraform import Stack


@pytest.mark.plan("SEC-8")
def test_keys_rotate_every_year_and_stay(gcp_environment: Stack) -> None:
    keys = gcp_environment.resources("google_kms_crypto_key")
    assert keys
    assert [str(key) for key in keys if key["rotation_period"] != f"{365 * 86400}s" or not key.protected] == []
