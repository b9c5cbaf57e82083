"""Refusal of a second resource of one name, and of a second one where AWS allows one."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath  # type: ignore[import-untyped]
from ministack.core.responses import AccountScopedDict, get_region
from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.ministack_internals import LOADED_MODULES, STACKS, STATE_MODULES, resources_of
from local.emulator.refusals.identity import identity, is_global
from local.emulator.refusals.rule import Operation, Refusal
from local.emulator.schemas import Properties

_NAME = "existing_resources"
_owners: Any = AccountScopedDict()


@dataclass(frozen=True, kw_only=True)
class _Lookup:
    """Call that says whether a resource of a name exists, whoever made it.

    Attributes:
        call: service and operation.
        request: makes the request from the properties.
        found: JMESPath of the answer, in which ``name`` is the name that was asked for.
        name: property that names the resource.
    """

    call: tuple[str, str]
    request: Callable[[str], Properties]
    found: str
    name: str


# Types whose resources are also made and deleted without CloudFormation: by an operator, a service or a rotation.
_LOOKUPS: dict[str, _Lookup] = {
    "AWS::Backup::BackupVault": _Lookup(
        call=("backup", "DescribeBackupVault"),
        request=lambda name: {"BackupVaultName": name},
        found="BackupVaultName",
        name="BackupVaultName",
    ),
    "AWS::ECR::Repository": _Lookup(
        call=("ecr", "DescribeRepositories"),
        request=lambda name: {"repositoryNames": [name]},
        found="repositories[0].repositoryName",
        name="RepositoryName",
    ),
    "AWS::Logs::LogGroup": _Lookup(
        call=("logs", "DescribeLogGroups"),
        request=lambda name: {"logGroupNamePrefix": name},
        found="logGroups[?logGroupName == name] | [0]",
        name="LogGroupName",
    ),
    "AWS::RDS::DBInstance": _Lookup(
        call=("rds", "DescribeDBInstances"),
        request=lambda name: {"DBInstanceIdentifier": name},
        found="DBInstances[0].DBInstanceIdentifier",
        name="DBInstanceIdentifier",
    ),
    "AWS::SecretsManager::Secret": _Lookup(
        call=("secretsmanager", "DescribeSecret"),
        request=lambda name: {"SecretId": name},
        found="Name",
        name="Name",
    ),
}

# One resource for each of something. The key is what there is one for, beside account and region.
_ONE_FOR: Mapping[str, tuple[tuple[str, ...], str]] = {
    # ReplicateKey, AWS KMS API reference; a replica that waits for its deletion counts as well.
    "AWS::KMS::ReplicaKey": (("PrimaryKeyArn",), "AlreadyExistsException: the key already exists in this region"),
    # CreateDetector, GuardDuty API reference.
    "AWS::GuardDuty::Detector": (
        (),
        "The request is rejected because a detector already exists for the current account.",
    ),
    # MaxNumberOfConfigurationRecordersExceededException and …DeliveryChannels…, AWS Config API reference.
    "AWS::Config::ConfigurationRecorder": (
        (),
        "Failed to put configuration recorder because the maximum number of configuration recorders: 1 is reached.",
    ),
    "AWS::Config::DeliveryChannel": (
        (),
        "Failed to put delivery channel because the maximum number of delivery channels: 1 is reached.",
    ),
    # Their identifier is the registry's number, which is the account's (CloudFormation's schemas).
    "AWS::ECR::ReplicationConfiguration": ((), ""),
    "AWS::ECR::RegistryScanningConfiguration": ((), ""),
}

# Their deletion takes days, in which the place stays taken: PendingDeletion (ReplicateKey, AWS KMS API reference).
_WAITS_TO_GO = {"AWS::KMS::ReplicaKey"}


class ExistingResources(Refusal):
    """Rule: a create whose name, or whose only place, is taken."""

    text = (
        "A create under a name that exists fails, also where an earlier stack retained the resource; so does a second "
        "replica of a key in a region, detector, recorder, delivery channel or registry configuration."
    )
    source = 'Resource type handler contract, "Create handlers" (CloudFormation CLI user guide); the types\' schemas'
    calling_types = frozenset(_LOOKUPS)

    @override
    def check(self, operation: Operation) -> None:
        if not operation.creates or operation.new is None:
            return
        key = _key(operation.type, operation.new)
        if key is None or _is_repeated(operation) or not self._exists(key, operation):
            return
        words = _ONE_FOR.get(operation.type, ((), ""))[1]
        named = identity(operation.type, operation.new) or operation.type
        raise ValueError(words or f"Resource of type '{operation.type}' with identifier '{named}' already exists.")

    @override
    def done(self, operation: Operation) -> None:
        kept = operation.old if operation.deletes else operation.new
        key = _key(operation.type, kept or {})
        if key is None:
            return
        if operation.deletes:
            if _owners.get(key) == operation.physical_id and operation.type not in _WAITS_TO_GO:
                _owners.pop(key, None)
        else:
            _owners[key] = operation.physical_id

    @override
    def install(self) -> None:
        STATE_MODULES.value[_NAME] = _NAME
        LOADED_MODULES.value[_NAME] = sys.modules[__name__]

    @staticmethod
    def _exists(key: str, operation: Operation) -> bool:
        lookup = _LOOKUPS.get(operation.type)
        if lookup is None:
            return key in _owners
        name = str((operation.new or {})[lookup.name])
        try:
            answer = call(*lookup.call, lookup.request(name))
        except ValueError:
            return False
        return bool(jmespath.search(lookup.found.replace("== name", f"== '{name}'"), answer))


def get_state() -> Properties:
    """Return the state that MiniStack saves; a name of MiniStack's contract for services."""
    return {"owners": _owners}


def load_persisted_state(state: Properties) -> None:
    """Restore what was saved; a name of MiniStack's contract for services."""
    _owners.update(state["owners"])


def _key(type_name: str, properties: Properties) -> str | None:
    """Return what a resource is known by in its account: region, type and identity."""
    if type_name in _ONE_FOR:
        parts, _ = _ONE_FOR[type_name]
        named: str | None = " ".join(str(properties.get(part)) for part in parts)
    else:
        named = identity(type_name, properties)
    return None if named is None else f"{'' if is_global(type_name) else get_region()} {type_name} {named}"


def _is_repeated(operation: Operation) -> bool:
    """True where MiniStack makes a resource again that the stack has: an update of a type that has no other."""
    stack = STACKS.value.get(operation.stack, {})
    return operation.logical_id in resources_of(stack)
