"""Canary of the check from outside: its runtime, and what its role must be allowed."""

import pytest

from tests.aws.iam import statements
from tests.aws.resources import Environment

CANARY = "AWS::Synthetics::Canary"
# AWS refuses to create a canary on those before 4.0 ("Runtime versions using Python and Selenium Webdriver", CloudWatch
# user guide). It ends the others by their version of Python: the next is 3.9, which those before 6.0 have.
DEPRECATED = {"1.0", "1.1", "1.2", "1.3", "2.0", "2.1", "3.0", "4.0", "4.1", "5.0", "5.1"}
# "Required roles and permissions for canaries", CloudWatch user guide.
NEEDED = {
    "cloudwatch:PutMetricData",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "s3:PutObject",
    "xray:PutTraceSegments",
}


@pytest.mark.plan("AWS-11")
def test_the_canary_runs_on_a_version_that_is_not_deprecated(prod: Environment) -> None:
    language, version = prod.one(CANARY)["RuntimeVersion"].rsplit("-", 1)
    assert language == "syn-python-selenium"
    assert version not in DEPRECATED


@pytest.mark.plan("AWS-11")
def test_the_canary_may_do_what_every_canary_does(prod: Environment) -> None:
    role = prod.one(CANARY)["ExecutionRoleArn"]
    of_the_role = {str(policy) for policy in role.get("ManagedPolicyArns", [])}
    policies = [policy for policy in prod.resources("AWS::IAM::Policy") if role in policy["Roles"]]
    of_the_role |= {str(policy) for policy in policies}
    allowed = {action for item in statements(prod) if str(item.holder) in of_the_role for action in item.actions}
    assert allowed >= NEEDED, sorted(NEEDED - allowed)
