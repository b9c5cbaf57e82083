"""Refusal of references to another region, where a service accepts its own only."""

from collections.abc import Iterator, Mapping

from ministack.core.responses import get_region
from typing_extensions import override

from local.emulator.refusals.rule import Operation, Refusal
from local.emulator.schemas import Properties

_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_INVALID_ACTION = "Invalid region {region} specified. Only {here} is supported."
_INVALID_KEY = "The specified KMS key {arn} is not in this region, or does not exist."

# Properties that take an ARN of the resource's own region, and the service's answer to another.
_OWN_REGION: Mapping[str, tuple[tuple[str, ...], str]] = {
    # PutMetricAlarm and PutCompositeAlarm, CloudWatch API reference.
    "AWS::CloudWatch::Alarm": (_ACTIONS, _INVALID_ACTION),
    "AWS::CloudWatch::CompositeAlarm": (_ACTIONS, _INVALID_ACTION),
    # "Encrypt log data in CloudWatch Logs using AWS KMS", CloudWatch Logs user guide.
    "AWS::Logs::LogGroup": (("KmsKeyId",), _INVALID_KEY),
    # "The KMS key must be in the same region": CreateTopic, CreateQueue, CreateSecret, CreateDBInstance, CreateTrail,
    # CreateBackupVault, CreateReplicationGroup, CreateFunction, CreateProject, in each one's API reference.
    "AWS::SNS::Topic": (("KmsMasterKeyId",), _INVALID_KEY),
    "AWS::SQS::Queue": (("KmsMasterKeyId",), _INVALID_KEY),
    "AWS::SecretsManager::Secret": (("KmsKeyId",), _INVALID_KEY),
    "AWS::RDS::DBInstance": (("KmsKeyId", "PerformanceInsightsKMSKeyId"), _INVALID_KEY),
    "AWS::CloudTrail::Trail": (("KMSKeyId",), _INVALID_KEY),
    "AWS::Backup::BackupVault": (("EncryptionKeyArn",), _INVALID_KEY),
    "AWS::ElastiCache::ReplicationGroup": (("KmsKeyId",), _INVALID_KEY),
    "AWS::Lambda::Function": (("KmsKeyArn",), _INVALID_KEY),
    "AWS::CodeBuild::Project": (("EncryptionKey",), _INVALID_KEY),
}


class Regions(Refusal):
    """Rule: alarm actions and encryption keys are of the resource's own region."""

    text = "An alarm's action, and the key of a log group, topic, secret, database or vault, is of its own region."
    source = "PutMetricAlarm, CloudWatch API reference; encryption pages of each service's guide"

    @override
    def check(self, operation: Operation) -> None:
        names, words = _OWN_REGION.get(operation.type, ((), ""))
        here = str(get_region())
        for arn in _arns(operation.new or {}, names):
            region = arn.split(":")[3]
            if region not in ("", here):
                raise ValueError(words.format(region=region, here=here, arn=arn))


def _arns(properties: Properties, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = properties.get(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and item.startswith("arn:"):
                yield item
