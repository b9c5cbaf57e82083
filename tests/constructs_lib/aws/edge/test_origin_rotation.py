"""Rotation of the origin secret: its function, schedule and rights in the template."""

import pytest

from tests.aws.resources import Environment

CDN = "AWS::CloudFront::Distribution"
SCHEDULE = "AWS::SecretsManager::RotationSchedule"


@pytest.mark.plan("SEC-2", "SEC-8/rotated")
def test_the_header_that_the_cdn_sends_rotates_by_schedule(environment: Environment) -> None:
    sent = environment.one("AWS::SecretsManager::Secret", "Data/OriginSecrets/Sent")
    origins = environment.one(CDN)["DistributionConfig"]["Origins"]
    headers = [header for origin in origins for header in origin.get("OriginCustomHeaders", [])]
    schedule = environment.one(SCHEDULE, SecretId=sent)
    assert [header["HeaderValue"] for header in headers] == [
        f"{{{{resolve:secretsmanager:{sent}:SecretString:::}}}}",
    ]
    assert schedule["RotationRules"] == {"AutomaticallyAfterDays": 30}


@pytest.mark.plan("SEC-8/rotated")
def test_the_rotation_knows_cdn_secrets_and_accepted_values(environment: Environment) -> None:
    sent = environment.one("AWS::SecretsManager::Secret", "Data/OriginSecrets/Sent")
    function = environment.one(SCHEDULE, SecretId=sent)["RotationLambdaARN"]
    variables = function["Environment"]["Variables"]
    assert variables["DISTRIBUTION_ID"] == environment.one(CDN)
    assert variables["NEXT_SECRET_ID"] == environment.one("AWS::SecretsManager::Secret", "Data/OriginSecrets/Next")
    assert variables["PATTERN_SET"] == environment.one("AWS::WAFv2::RegexPatternSet")
