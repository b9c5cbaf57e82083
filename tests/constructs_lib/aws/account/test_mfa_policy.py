"""MFA policy of IAM users, and the absence of users and access keys."""

import pytest

from tests.aws.resources import Environment


@pytest.mark.plan("SEC-10")
def test_without_a_second_factor_a_person_can_only_set_one_up(account: Environment) -> None:
    (policy,) = account.one("AWS::IAM::Group")["ManagedPolicyArns"]
    (refusal,) = (said for said in policy["PolicyDocument"]["Statement"] if said["Effect"] == "Deny")
    assert refusal["Resource"] == "*"
    assert refusal["Condition"] == {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    assert all("MFA" in action or "Password" in action for action in refusal["NotAction"] if action not in HARMLESS)


@pytest.mark.plan("SEC-10")
def test_people_may_change_nothing_but_their_own_sign_in(account: Environment) -> None:
    (policy,) = account.one("AWS::IAM::Group")["ManagedPolicyArns"]
    for said in policy["PolicyDocument"]["Statement"]:
        if said["Effect"] == "Allow" and said["Resource"] != "*":
            assert all(str(resource).endswith("/${aws:username}") for resource in said["Resource"])


@pytest.mark.plan("SEC-9/keyless")
def test_no_users_and_no_long_lived_keys_are_made(account: Environment) -> None:
    assert [*account.resources("AWS::IAM::User"), *account.resources("AWS::IAM::AccessKey")] == []


HARMLESS = {"iam:GetUser", "sts:GetSessionToken"}
