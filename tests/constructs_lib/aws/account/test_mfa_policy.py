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
            assert str(said["Resource"]).endswith("/${aws:username}") or set(said["Action"]) == DEVICES


@pytest.mark.plan("SEC-10")
def test_a_person_names_a_device_as_they_like_and_deletes_a_half_made_one(account: Environment) -> None:
    (policy,) = account.one("AWS::IAM::Group")["ManagedPolicyArns"]
    (said,) = (said for said in policy["PolicyDocument"]["Statement"] if "/*" in str(said["Resource"]))
    assert said["Resource"] == "arn:aws:iam::111122223333:mfa/*"
    assert set(said["Action"]) == DEVICES
    (refusal,) = (said for said in policy["PolicyDocument"]["Statement"] if said["Effect"] == "Deny")
    assert set(refusal["NotAction"]) >= DEVICES


@pytest.mark.plan("SEC-9/keyless")
def test_no_users_and_no_long_lived_keys_are_made(account: Environment) -> None:
    assert [*account.resources("AWS::IAM::User"), *account.resources("AWS::IAM::AccessKey")] == []


# IAM deletes no device that a user has (DeleteVirtualMFADevice, API reference).
DEVICES = {"iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"}
HARMLESS = {"iam:GetUser", "sts:GetSessionToken"}
