"""AWS Config: managed rules in both regions, and the types that it records for them."""

import pytest

from tests.aws.resources import Environment

RULE = "AWS::Config::ConfigRule"


def judged(account: Environment, region: str) -> set[str]:
    """Return the managed rules that are judged in a region."""
    return {rule["Source"]["SourceIdentifier"] for rule in account.resources(RULE) if rule.region == region}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("ENCRYPTED_VOLUMES", marks=pytest.mark.plan("SEC-5")),
        pytest.param("RDS_STORAGE_ENCRYPTED", marks=pytest.mark.plan("SEC-7")),
        pytest.param("S3_BUCKET_PUBLIC_READ_PROHIBITED", marks=pytest.mark.plan("SEC-2")),
        pytest.param("INCOMING_SSH_DISABLED", marks=pytest.mark.plan("SEC-2")),
        pytest.param("CMK_BACKING_KEY_ROTATION_ENABLED", marks=pytest.mark.plan("SEC-8/rotated")),
        pytest.param("EIP_ATTACHED", marks=pytest.mark.plan("CST-8")),
        pytest.param("EC2_VOLUME_INUSE_CHECK", marks=pytest.mark.plan("CST-8")),
    ],
)
@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_what_is_deployed_is_judged_in_both_regions(account: Environment, region: str, rule: str) -> None:
    assert rule in judged(account, region)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("ROOT_ACCOUNT_MFA_ENABLED", marks=pytest.mark.plan("SEC-10")),
        pytest.param("MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", marks=pytest.mark.plan("SEC-10")),
        pytest.param("IAM_PASSWORD_POLICY", marks=pytest.mark.plan("SEC-10")),
        pytest.param("ACCESS_KEYS_ROTATED", marks=pytest.mark.plan("SEC-9/keyless")),
        pytest.param("MULTI_REGION_CLOUD_TRAIL_ENABLED", marks=pytest.mark.plan("SEC-11")),
        pytest.param("CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED", marks=pytest.mark.plan("SEC-11")),
    ],
)
def test_the_account_is_judged(account: Environment, rule: str) -> None:
    assert rule in judged(account, "us-east-1")


@pytest.mark.plan("SEC-11")
@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_what_the_rules_judge_is_recorded(account: Environment, region: str) -> None:
    (recorder,) = (each for each in account.resources("AWS::Config::ConfigurationRecorder") if each.region == region)
    assert set(recorder["RecordingGroup"]["ResourceTypes"]) == {
        "AWS::EC2::EIP",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Volume",
        "AWS::KMS::Key",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
    }
