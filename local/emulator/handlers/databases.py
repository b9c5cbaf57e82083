"""RDS instances: read replicas, a master password that RDS manages, and settings that only its API keeps."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ministack.core.responses import get_account_id, get_region, request_scope
from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.handlers.base import Native, Resource
from local.emulator.ministack_internals import DATABASES
from local.emulator.schemas import Properties

_KEPT = ("CACertificateIdentifier", "Iops", "PerformanceInsightsRetentionPeriod")
_INHERITED = (
    "AllocatedStorage",
    "DBInstanceClass",
    "DBName",
    "Engine",
    "EngineVersion",
    "MasterUsername",
    "StorageEncrypted",
    "StorageType",
)
_MASTER_SECRET = "MasterUserSecret.SecretArn"  # noqa: S105 - an attribute's name


class Database(Native):
    """A read replica follows its source, in this region or another; a managed master password is a secret."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        source = _Source.of(properties)
        inherited = source.inherited() if source else {}
        physical_id, attributes = super().create(logical_id, {**inherited, **properties}, stack)
        record = DATABASES.value[physical_id]
        _keep(record, properties)
        if source:
            record["ReadReplicaSourceDBInstanceIdentifier"] = source.identifier
            with source.replicas() as replicas:
                replicas.append(source.seen_from_there(record))
        if properties.get("ManageMasterUserPassword"):
            attributes[_MASTER_SECRET] = _create_master_secret(physical_id, properties)
        return physical_id, attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        same_id, attributes = super().update(physical_id, old, new, stack, logical_id)
        _keep(DATABASES.value[same_id], new)
        if new.get("ManageMasterUserPassword"):
            managed = old.get("ManageMasterUserPassword") and same_id == physical_id
            attributes[_MASTER_SECRET] = _master_secret(same_id) if managed else _create_master_secret(same_id, new)
        return same_id, attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        source, record = _Source.of(properties), DATABASES.value.get(physical_id)
        if source and record:
            with source.replicas() as replicas:
                replicas[:] = [replica for replica in replicas if replica != source.seen_from_there(record)]
        if record and properties.get("ManageMasterUserPassword"):
            secret = {"SecretId": _master_secret(physical_id), "ForceDeleteWithoutRecovery": True}
            call("secretsmanager", "DeleteSecret", secret)
        super().delete(physical_id, properties)


@dataclass(frozen=True)
class _Source:
    """The database that a replica copies, named by its identifier within a region and by its ARN across regions."""

    identifier: str

    @classmethod
    def of(cls, properties: Properties) -> "_Source | None":
        identifier = properties.get("SourceDBInstanceIdentifier")
        return cls(identifier) if identifier else None

    def inherited(self) -> Properties:
        """Return the properties that a replica inherits from its source when its template omits them."""
        answer = call("rds", "DescribeDBInstances", {"DBInstanceIdentifier": self._name}, region=self._region)
        (found,) = answer["DBInstances"]
        return {name: found[name] for name in _INHERITED if name in found} | {"Port": found["Endpoint"]["Port"]}

    @contextmanager
    def replicas(self) -> Iterator[list[str]]:
        """The replicas that the source knows of."""
        with request_scope(get_account_id(), self._region):
            yield DATABASES.value.get(self._name, {}).setdefault("ReadReplicaDBInstanceIdentifiers", [])

    def seen_from_there(self, replica: Properties) -> str:
        """Return the name of a replica in its source's description."""
        return str(replica["DBInstanceArn" if self._is_remote else "DBInstanceIdentifier"])

    @property
    def _is_remote(self) -> bool:
        return self.identifier.startswith("arn:")

    @property
    def _region(self) -> str:
        return self.identifier.split(":")[3] if self._is_remote else str(get_region())

    @property
    def _name(self) -> str:
        return self.identifier.rsplit(":", 1)[-1]


def _keep(record: Properties, properties: Properties) -> None:
    record.update({name: properties[name] for name in _KEPT if name in properties})


def _create_master_secret(instance: str, properties: Properties) -> str:
    password = call("secretsmanager", "GetRandomPassword", {"ExcludePunctuation": True})["RandomPassword"]
    value = json.dumps({"username": properties.get("MasterUsername"), "password": password})
    key = properties.get("MasterUserSecret", {})
    call("secretsmanager", "CreateSecret", {"Name": _secret_name(instance), "SecretString": value, **key})
    return _master_secret(instance)


def _master_secret(instance: str) -> str:
    return str(call("secretsmanager", "DescribeSecret", {"SecretId": _secret_name(instance)})["ARN"])


def _secret_name(instance: str) -> str:
    return f"rds!{instance}"
