"""Types that MiniStack's CloudFormation makes, but not as the template says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import rds
from typing_extensions import override

from local.emulator.calls import call
from local.emulator.handlers import Entry, Native, Resource
from local.emulator.schemas import Properties


class Attributed(Native):
    """``Fn::GetAtt`` of what the template itself says, such as a VPC's ``CidrBlock``."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        physical_id, attributes = super().create(logical_id, properties, stack)
        return physical_id, {**_scalars(properties), **attributes}

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        same_id, attributes = super().update(physical_id, old, new, stack, logical_id)
        return same_id, {**_scalars(new), **attributes}


class Secret(Native):
    """``Ref`` is the ARN, and a generated value obeys every rule of the template."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        _, attributes = super().create(logical_id, _generated(properties), stack)
        return attributes["Arn"], attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        # An unchanged generator must not make another password, so it is hidden from both sides.
        changed = (
            _generated(new) if new.get("GenerateSecretString") != old.get("GenerateSecretString") else _ungenerated(new)
        )
        _, attributes = super().update(_secret_name(physical_id), _ungenerated(old), changed, stack, logical_id)
        return attributes["Arn"], attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        super().delete(_secret_name(physical_id), properties)


class Database(Native):
    """A read replica is a replica, of this region or another, and the settings that only the API keeps are kept."""

    _KEPT = ("CACertificateIdentifier", "Iops", "PerformanceInsightsRetentionPeriod")

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        source = _Source.of(properties)
        physical_id, attributes = super().create(
            logical_id, {**(source.inherited() if source else {}), **properties}, stack
        )
        record = rds._instances[physical_id]
        record.update({name: properties[name] for name in self._KEPT if name in properties})
        if source:
            record["ReadReplicaSourceDBInstanceIdentifier"] = source.identifier
            with source.replicas() as replicas:
                replicas.append(source.seen_from_there(record))
        return physical_id, attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        source, record = _Source.of(properties), rds._instances.get(physical_id)
        if source and record:
            with source.replicas() as replicas:
                replicas[:] = [replica for replica in replicas if replica != source.seen_from_there(record)]
        super().delete(physical_id, properties)


@dataclass(frozen=True)
class _Source:
    """The database that a replica copies, named by its identifier within a region and by its ARN across regions."""

    identifier: str

    INHERITED: ClassVar = (
        "AllocatedStorage",
        "DBInstanceClass",
        "DBName",
        "Engine",
        "EngineVersion",
        "MasterUsername",
        "StorageEncrypted",
        "StorageType",
    )

    @classmethod
    def of(cls, properties: Properties) -> "_Source | None":
        identifier = properties.get("SourceDBInstanceIdentifier")
        return cls(identifier) if identifier else None

    @property
    def region(self) -> str:
        return self.identifier.split(":")[3] if self._is_remote else str(get_region())

    @property
    def _is_remote(self) -> bool:
        return self.identifier.startswith("arn:")

    def inherited(self) -> Properties:
        """What a replica takes from its source where its template says nothing."""
        found = call("rds", "DescribeDBInstances", {"DBInstanceIdentifier": self._name}, region=self.region)[
            "DBInstances"
        ][0]
        return {name: found[name] for name in self.INHERITED if name in found} | {"Port": found["Endpoint"]["Port"]}

    @contextmanager
    def replicas(self) -> Iterator[list[str]]:
        """The replicas that the source knows of."""
        with request_scope(get_account_id(), self.region):
            yield rds._instances.get(self._name, {}).setdefault("ReadReplicaDBInstanceIdentifiers", [])

    def seen_from_there(self, replica: Properties) -> str:
        return str(replica["DBInstanceArn" if self._is_remote else "DBInstanceIdentifier"])

    @property
    def _name(self) -> str:
        return self.identifier.rsplit(":", 1)[-1]


class Alarm(Native):
    """An alarm on metric math exists and can be set; MiniStack evaluates plain metrics only."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        if "Metrics" not in properties:
            return super().create(logical_id, properties, stack)
        # Any metric will do to have the name made; the call below replaces the alarm as a whole.
        placeholder = {key: value for key, value in properties.items() if key != "Metrics"}
        name, attributes = super().create(logical_id, {**placeholder, "MetricName": "none", "Namespace": "none"}, stack)
        call("cloudwatch", "PutMetricAlarm", {**properties, "AlarmName": name})
        return name, attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        if "Metrics" not in new:
            return super().update(physical_id, old, new, stack, logical_id)
        return self.create(logical_id, new, stack)


MENDED: dict[str, Callable[[Entry], Native]] = {
    "AWS::CloudWatch::Alarm": Alarm,
    "AWS::EC2::SecurityGroup": Attributed,
    "AWS::EC2::Subnet": Attributed,
    "AWS::EC2::VPC": Attributed,
    "AWS::RDS::DBInstance": Database,
    "AWS::SecretsManager::Secret": Secret,
}


def _scalars(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if isinstance(value, str | int | bool)}


def _ungenerated(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "GenerateSecretString"}


def _generated(properties: Properties) -> Properties:
    """The properties with their generated value in place of the rules for it."""
    rules = properties.get("GenerateSecretString")
    if rules is None:
        return properties
    value = call("secretsmanager", "GetRandomPassword", rules)["RandomPassword"]
    if "SecretStringTemplate" in rules:
        value = json.dumps({**json.loads(rules["SecretStringTemplate"]), rules["GenerateStringKey"]: value})
    return {**_ungenerated(properties), "SecretString": value}


def _secret_name(arn: str) -> str:
    """A secret's ARN ends in its name and six random characters."""
    return arn.split(":secret:", 1)[-1].rsplit("-", 1)[0]
