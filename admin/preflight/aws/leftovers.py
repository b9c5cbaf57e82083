"""Leftovers: stacks that cannot be deployed as they are, retained names that are taken, keys that are disabled."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import ClientError

from admin.preflight.aws.account import Account, code_of
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing, unknown
from assembly import Resource, Stack
from assembly.values import Json
from operations.release import names

_GROUP = "leftovers"
# Statuses from which only a deletion leads on ("Stack status codes", AWS CloudFormation user guide).
_DEAD = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
_STUCK = "UPDATE_ROLLBACK_FAILED"
_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
# What takes a protection away that stops CloudFormation's deletion.
_UNPROTECT = {
    "AWS::RDS::DBInstance": "aws rds modify-db-instance --db-instance-identifier {id} --no-deletion-protection"
    " --apply-immediately --region {region}",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "aws elbv2 modify-load-balancer-attributes --load-balancer-arn {id}"
    " --attributes Key=deletion_protection.enabled,Value=false --region {region}",
}


@dataclass(frozen=True)
class Named:
    """A type whose retained resources keep a fixed name.

    Attributes:
        property: that holds the name.
        find: returns the physical id of what bears a name, and whether its deletion is scheduled; None where nothing
            does.
        remove: command that removes it; ``{name}`` and ``{region}`` stand in it.
    """

    property: str
    find: Callable[[Account, str, str], tuple[str, bool] | None]
    remove: str


def _secret(account: Account, region: str, name: str) -> tuple[str, bool] | None:
    # The filter takes beginnings.
    found = account.pages(
        "secretsmanager",
        region,
        "list_secrets",
        "SecretList",
        IncludePlannedDeletion=True,
        Filters=[{"Key": "name", "Values": [name]}],
    )
    return next(((str(each["ARN"]), "DeletedDate" in each) for each in found if each["Name"] == name), None)


def _vault(account: Account, region: str, name: str) -> tuple[str, bool] | None:
    # DescribeBackupVault answers AccessDeniedException for a vault that does not exist, so the list is asked.
    given = [
        each["BackupVaultName"] for each in account.pages("backup", region, "list_backup_vaults", "BackupVaultList")
    ]
    return (name, False) if name in given else None


def _repository(account: Account, region: str, name: str) -> tuple[str, bool] | None:
    try:
        found = account.client("ecr", region).describe_repositories(repositoryNames=[name])["repositories"]
    except ClientError as error:
        if code_of(error) == "RepositoryNotFoundException":
            return None
        raise
    return str(found[0]["repositoryName"]), False


def _database(account: Account, region: str, name: str) -> tuple[str, bool] | None:
    try:
        found = account.client("rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except ClientError as error:
        if code_of(error) == "DBInstanceNotFound":
            return None
        raise
    return str(found[0]["DBInstanceIdentifier"]), False


NAMED = {
    "AWS::RDS::DBInstance": Named(
        "DBInstanceIdentifier",
        _database,
        "aws rds delete-db-instance --db-instance-identifier {name} --final-db-snapshot-identifier {name}-last"
        " --region {region}",
    ),
    "AWS::SecretsManager::Secret": Named(
        "Name",
        _secret,
        "aws secretsmanager delete-secret --secret-id {name} --force-delete-without-recovery --region {region}",
    ),
    "AWS::Backup::BackupVault": Named(
        "BackupVaultName", _vault, "aws backup delete-backup-vault --backup-vault-name {name} --region {region}"
    ),
    "AWS::ECR::Repository": Named(
        "RepositoryName", _repository, "aws ecr delete-repository --repository-name {name} --region {region}"
    ),
}


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield a check for each stack, each retained name, each key."""
    for stack in needs.stacks:
        yield Check(_GROUP, f"Stack {stack.name}, {stack.region}", partial(_stack, account, stack))
    for resource in needs.resources(*NAMED):
        name = resource.properties.get(NAMED[resource.type].property)
        if isinstance(name, str):
            yield Check(_GROUP, f"{name}, {resource.region}", partial(_named, needs, account, resource, name))
    recorded = names.recorded_parameter(needs.environment)
    for record in needs.resources("Custom::AWS"):
        if recorded in json.dumps(record.properties):
            yield Check(
                _GROUP, f"Release of {needs.environment}, {record.region}", partial(_release, needs, account, record)
            )
    for key in needs.resources(*_KEYS):
        yield Check(_GROUP, f"Key of {key.stack}, {key.region}", partial(_key, needs, account, key))


def _stack(account: Account, stack: Stack) -> Answer:
    status = account.status(stack)
    if status is None:
        return fine("does not exist yet")
    if status in _DEAD:
        kept = [f"{each['ResourceType']} {each['PhysicalResourceId']}" for each in account.kept(stack)]
        steps = [*_removal(account, stack), *(f"It leaves behind: {each}" for each in kept)]
        return missing(f"{status}: it must be deleted before it can be created", *steps)
    if status == _STUCK:
        return missing(status, f"aws cloudformation continue-update-rollback --stack-name {stack.name} {_at(stack)}")
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        return unknown(status, "Run it again when that has ended")
    return fine(status)


def _removal(account: Account, stack: Stack) -> Iterator[str]:
    for resource in account.resources(stack):
        if resource["ResourceType"] in _UNPROTECT and resource.get("PhysicalResourceId"):
            yield _UNPROTECT[resource["ResourceType"]].format(id=resource["PhysicalResourceId"], region=stack.region)
    if stack.protected:
        yield (
            "aws cloudformation update-termination-protection --no-enable-termination-protection"
            f" --stack-name {stack.name} {_at(stack)}"
        )
    yield f"aws cloudformation delete-stack --stack-name {stack.name} {_at(stack)}"


def _at(stack: Stack) -> str:
    return f"--region {stack.region}"


def _named(needs: Needs, account: Account, resource: Resource, name: str) -> Answer:
    named, stack = NAMED[resource.type], needs.stack_of(resource)
    found = named.find(account, resource.region, name)
    if found is None:
        return fine("free")
    identity, scheduled = found
    if identity in account.physical_ids([stack], resource.type):
        if not scheduled:
            return fine(f"of {stack.name}")
        return missing(
            f"of {stack.name}, and scheduled for deletion",
            f"aws secretsmanager restore-secret --secret-id {name} --region {resource.region}",
        )
    remove = named.remove.format(name=name, region=resource.region)
    return missing(
        f"{'scheduled for deletion' if scheduled else 'exists'}, and not of {stack.name}: the name is taken",
        f"Where it holds nothing: {remove}",
        f"Where it holds data, adopt it: cdk import {stack.name}",
    )


def _release(needs: Needs, account: Account, record: Resource) -> Answer:
    """Say whether a release is recorded of an environment that is gone: no stack owns the parameters."""
    stack = needs.stack_of(record)
    if account.status(stack) not in {None, *_DEAD}:
        return fine(f"of {stack.name}")
    stale = []
    for name in (names.recorded_parameter(needs.environment), names.running_parameter(needs.environment)):
        try:
            value = account.client("ssm", record.region).get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise
            continue
        if value != names.NO_RELEASE:
            stale.append((name, value))
    if not stale:
        return fine("none is recorded")
    return missing(
        f"{', '.join(f'{name} is {value}' for name, value in stale)}, and {stack.name} is not there: the service would"
        " start on a database without tables",
        *(f"aws ssm delete-parameter --name {name} --region {record.region}" for name, _ in stale),
    )


def _key(needs: Needs, account: Account, key: Resource) -> Answer:
    stack = needs.stack_of(key)
    own = account.physical_id(stack, key.id)
    if own is not None:
        return _state(account, own, key.region)
    if key.type == "AWS::KMS::ReplicaKey":
        primary = next(needs.assembly.references_of(key, "PrimaryKeyArn"))
        if identity := account.physical_id(needs.stack_of(primary), primary.id):
            return _replica(account, stack, key.region, primary.region, identity)
    return fine("not created yet")


def _state(account: Account, key: str, region: str) -> Answer:
    state = _metadata(account, key, region)["KeyState"]
    if state == "Enabled":
        return fine(state)
    if state.startswith("Pending") and state.endswith("Deletion"):
        return missing(
            f"{key} is {state}: what it encrypts is lost with it",
            f"aws kms cancel-key-deletion --key-id {key} --region {region}",
            f"aws kms enable-key --key-id {key} --region {region}",
        )
    return missing(f"{key} is {state}", f"aws kms enable-key --key-id {key} --region {region}")


def _replica(account: Account, stack: Stack, region: str, primary_region: str, primary: str) -> Answer:
    """Say whether a key has a replica already: it can have one in a region ("ReplicateKey", AWS KMS API reference)."""
    replicas = _metadata(account, primary, primary_region).get("MultiRegionConfiguration", {}).get("ReplicaKeys", [])
    if all(each["Region"] != region for each in replicas):
        return fine("not created yet")
    state = _metadata(account, primary, region)["KeyState"]
    steps = [f"Adopt it: cdk import {stack.name}"]
    if state == "PendingDeletion":
        steps.insert(0, f"aws kms cancel-key-deletion --key-id {primary} --region {region}")
    return missing(
        f"{primary} has a replica in {region} ({state}) that is not of {stack.name}, and can have no other",
        *steps,
        "Or, where nothing is encrypted with it, wait seven days after:"
        f" aws kms schedule-key-deletion --key-id {primary} --pending-window-in-days 7 --region {region}",
    )


def _metadata(account: Account, key: str, region: str) -> Json:
    return account.client("kms", region).describe_key(KeyId=key)["KeyMetadata"]
