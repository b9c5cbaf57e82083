"""Audit trail: CloudTrail in every region, its lock, its encryption, and Config's bucket."""

import pytest

from tests.aws.iam import encrypted_with, read_policy
from tests.aws.resources import Environment

TRAIL = "AWS::CloudTrail::Trail"


@pytest.mark.plan("SEC-11")
def test_every_call_in_every_region_is_recorded(account: Environment) -> None:
    trail = account.one(TRAIL)
    assert (trail["IsLogging"], trail["IsMultiRegionTrail"], trail["IncludeGlobalServiceEvents"]) == (True, True, True)
    assert {selector["ReadWriteType"] for selector in trail["EventSelectors"]} == {"All"}


@pytest.mark.plan("SEC-11")
def test_a_changed_record_is_noticed(account: Environment) -> None:
    assert account.one(TRAIL)["EnableLogFileValidation"] is True


@pytest.mark.plan("SEC-11")
def test_the_record_cannot_be_deleted_for_a_year(account: Environment) -> None:
    bucket = account.one(TRAIL)["S3BucketName"]
    retention = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert bucket["ObjectLockEnabled"] is True
    assert retention["Mode"] in {"GOVERNANCE", "COMPLIANCE"}
    assert retention["Days"] >= 365


@pytest.mark.plan("SEC-11", "CST-8")
def test_the_record_goes_when_its_lock_has_ended(account: Environment) -> None:
    bucket = account.one(TRAIL)["S3BucketName"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] > bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"]


@pytest.mark.plan("SEC-5", "SEC-11")
def test_the_record_is_encrypted_with_a_key_that_rotates(account: Environment) -> None:
    (key,) = encrypted_with(account.one(TRAIL))
    assert key["EnableKeyRotation"] is True


@pytest.mark.plan("SEC-11")
def test_config_writes_to_a_bucket_without_a_lock(account: Environment) -> None:
    for channel in account.resources("AWS::Config::DeliveryChannel"):
        assert channel["S3BucketName"].get("ObjectLockConfiguration") is None, channel


@pytest.mark.plan("SEC-8/managed", "SEC-11")
def test_only_services_that_write_or_notify_use_the_accounts_keys(account: Environment) -> None:
    for key in account.resources("AWS::KMS::Key"):
        users = {name.split(".")[0] for said in read_policy(key, key["KeyPolicy"]) for name in said.principals}
        assert users == {
            "arn:aws:iam::111122223333:root",
            "cloudtrail",
            "logs",
            "cloudwatch",
            "budgets",
            "costalerts",
        }, key
