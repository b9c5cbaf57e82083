"""Policies of keys, roles, topics, queues and buckets allow what AWS's services need, and only for this account."""

from collections.abc import Callable

import pytest

from assembly.values import Json
from tests.aws.assembly import Assembly
from tests.aws.iam import statements
from tests.aws.resources import Environment, Resource
from tests.aws.service_needs import (
    ROLE,
    UNBOUND_STATEMENTS,
    UNBOUND_TRUSTS,
    missing_permissions,
    services_of,
    unbound_services,
    unknown_uses,
)


@pytest.mark.plan("SEC-5", "SEC-9/roles")
def test_services_are_allowed_what_they_need(assembly: Assembly) -> None:
    assert [missing for environment in assembly.environments for missing in missing_permissions(environment)] == []


@pytest.mark.plan("DR-7/region", "SEC-8/rotated")
def test_whoever_writes_a_secret_may_encrypt_its_replicas(assembly: Assembly) -> None:
    # "Replicate secrets across Regions", Secrets Manager user guide: a new value goes to the replicas at once.
    written = [
        (said.holder, secret)
        for environment in assembly.environments
        for said in statements(environment)
        for secret in environment.resources("AWS::SecretsManager::Secret")
        if "secretsmanager:PutSecretValue" in said.actions and str(secret) in said.resources
    ]
    silent = [
        f"{holder} writes {secret} and may not use {replica['KmsKeyId']}"
        for holder, secret in written
        for replica in secret.get("ReplicaRegions", [])
        if not {"kms:Encrypt", "kms:GenerateDataKey"} <= _permitted(holder, replica["KmsKeyId"])
    ]
    assert len(written) >= 4
    assert silent == []


@pytest.mark.plan("SEC-8/rotated")
def test_whoever_updates_a_distribution_may_read_its_web_acl(assembly: Assembly) -> None:
    # CloudFront answers "Unable to verify read permissions on Web ACL" else (aws/aws-sdk-java#2901).
    updating = [
        (said.holder, environment.one("AWS::CloudFront::Distribution")["DistributionConfig"]["WebACLId"])
        for environment in assembly.environments
        for said in statements(environment)
        if "cloudfront:UpdateDistribution" in said.actions
    ]
    assert updating
    assert [str(holder) for holder, acl in updating if "wafv2:GetWebACL" not in _permitted(holder, acl)] == []


def _permitted(policy: Resource, used: Json) -> set[str]:
    """Return the actions that a policy allows on a resource."""
    return {
        action
        for said in statements(policy.environment)
        if said.holder == policy and str(used) in said.resources
        for action in said.actions
    }


def test_every_use_of_a_key_or_a_role_is_known(assembly: Assembly) -> None:
    assert [unknown for environment in assembly.environments for unknown in unknown_uses(environment)] == []


@pytest.mark.plan("SEC-2", "SEC-9/roles")
def test_no_service_acts_for_another_account(assembly: Assembly) -> None:
    assert [unbound for environment in assembly.environments for unbound in unbound_services(environment)] == []


def test_every_excuse_is_in_use(assembly: Assembly) -> None:
    trusts: set[str] = set()
    statements: set[tuple[str, str]] = set()
    for environment in assembly.environments:
        for resource in environment.resources():
            for document in resource.properties.values():
                for statement in document.get("Statement", []) if isinstance(document, dict) else []:
                    if not statement.get("Condition"):
                        services = services_of(statement)
                        if resource.type == ROLE:
                            trusts.update(services)
                        else:
                            statements.update((resource.type, name) for name in services)
    assert UNBOUND_TRUSTS.keys() <= trusts
    assert UNBOUND_STATEMENTS.keys() <= statements


def properties(environment: Environment, kind: str, at: str) -> Json:
    return environment.one(kind, at).body["Properties"]


def remove_logs_from_the_key(environment: Environment) -> None:
    statements = properties(environment, "AWS::KMS::Key", "")["KeyPolicy"]["Statement"]
    statements[:] = [each for each in statements if "logs." not in str(each)]


def remove_alarms_from_the_key(environment: Environment) -> None:
    statements = properties(environment, "AWS::KMS::Key", "")["KeyPolicy"]["Statement"]
    statements[:] = [each for each in statements if "cloudwatch" not in str(each)]


def trust_another_service(environment: Environment) -> None:
    trust = properties(environment, ROLE, "Data/Rotation/Function/ServiceRole")["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Principal"]["Service"] = "ec2.amazonaws.com"


def allow_the_key_for_another_account(environment: Environment) -> None:
    for statement in properties(environment, "AWS::KMS::Key", "")["KeyPolicy"]["Statement"]:
        for values in statement.get("Condition", {}).values():
            if "aws:SourceAccount" in values:
                values["aws:SourceAccount"] = "999999999999"


def forbid_rotation(environment: Environment) -> None:
    permission = environment.one("AWS::Lambda::Permission", "Data/Rotation")
    permission.body["Properties"]["Principal"] = "events.amazonaws.com"


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (remove_logs_from_the_key, "does not allow logs.us-east-1.amazonaws.com kms:Encrypt"),
        (remove_alarms_from_the_key, "does not allow cloudwatch.amazonaws.com kms:GenerateDataKey"),
        (trust_another_service, "does not allow lambda.amazonaws.com sts:AssumeRole"),
        (allow_the_key_for_another_account, "does not allow cloudwatch.amazonaws.com kms:GenerateDataKey"),
        (forbid_rotation, "may not call GoodiesProd-Data/Rotation/Function"),
    ],
)
def test_a_missing_permission_is_found(prod: Environment, change: Callable[[Environment], None], missing: str) -> None:
    assert [found for found in missing_permissions(prod.changed(change)) if missing in found]


def unbind_the_permission(environment: Environment) -> None:
    del environment.one("AWS::Lambda::Permission", "Data/Rotation").body["Properties"]["SourceAccount"]


def unbind_the_export(environment: Environment) -> None:
    trust = properties(environment, ROLE, "Data/Archive/ExportRole")["AssumeRolePolicyDocument"]
    del trust["Statement"][0]["Condition"]


@pytest.mark.parametrize("change", [unbind_the_permission, unbind_the_export])
def test_a_service_that_acts_for_any_account_is_found(prod: Environment, change: Callable[[Environment], None]) -> None:
    assert len(unbound_services(prod.changed(change))) == 1
