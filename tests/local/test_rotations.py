"""Rotation of secrets on the embedded cloud: what has begun is pending until the function's last step."""

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:rotate"


def test_a_rotation_is_pending_until_its_function_ends_it(cloud: EmbeddedCloud) -> None:
    secrets = cloud.client("secretsmanager")
    arn = secrets.create_secret(Name="rotating", SecretString="before")["ARN"]
    began = secrets.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, ClientRequestToken="t" * 32)
    version = began["VersionId"]
    described = secrets.describe_secret(SecretId=arn)
    assert described["VersionIdsToStages"][version] == ["AWSPENDING"]
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "before"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=arn, VersionId=version)
    secrets.put_secret_value(
        SecretId=arn, ClientRequestToken=version, SecretString="after", VersionStages=["AWSPENDING"]
    )
    (current,) = [each for each, stages in described["VersionIdsToStages"].items() if "AWSCURRENT" in stages]
    secrets.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=current
    )
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "after"
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def test_a_schedule_that_does_not_rotate_at_once_changes_nothing(cloud: EmbeddedCloud) -> None:
    secrets = cloud.client("secretsmanager")
    arn = secrets.create_secret(Name="scheduled", SecretString="before")["ARN"]
    rules = {"AutomaticallyAfterDays": 30}
    secrets.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, RotationRules=rules, RotateImmediately=False)
    described = secrets.describe_secret(SecretId=arn)
    assert described["RotationEnabled"] is True
    assert list(described["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
