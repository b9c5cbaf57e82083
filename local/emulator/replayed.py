"""Properties that MiniStack's CloudFormation drops and its services keep: sent once more, through the service's API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from local.emulator.calls import call
from local.emulator.handlers import Handler, Resource
from local.emulator.schemas import Properties


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One property, sent through the service's API.

    Attributes:
        property: the property that CloudFormation drops.
        operation: the call that sets it, as ``service.Operation``.
        request: makes the request from what ``Ref`` answers and the property's value.
        renamed: the API's names for what the template calls otherwise.
        undo: the call that clears it when the template drops it.
    """

    property: str
    operation: str
    request: Callable[[str, Any], Properties]
    renamed: Mapping[str, str] = field(default_factory=dict)
    undo: str | None = None


class Replayed(Handler):
    """A handler, and the properties it drops."""

    def __init__(self, handler: Handler, replays: tuple[Replay, ...]) -> None:
        self._handler = handler
        self._replays = replays

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        physical_id, attributes = self._handler.create(logical_id, properties, stack)
        self._replay(physical_id, {}, properties)
        return physical_id, attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        same_id, attributes = self._handler.update(physical_id, old, new, stack, logical_id)
        self._replay(same_id, old if same_id == physical_id else {}, new)
        return same_id, attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler.delete(physical_id, properties)

    def _replay(self, physical_id: str, old: Properties, new: Properties) -> None:
        for replay in self._replays:
            was, value = old.get(replay.property), new.get(replay.property)
            if value is not None and value != was:
                service, operation = replay.operation.split(".")
                call(service, operation, replay.request(physical_id, value), renamed=replay.renamed)
            elif value is None and was is not None and replay.undo:
                service, operation = replay.undo.split(".")
                call(service, operation, replay.request(physical_id, was))


def _of_bucket(member: str) -> Callable[[str, Any], Properties]:
    return lambda bucket, value: {"Bucket": bucket, member: value}


def _encryption(bucket: str, value: Any) -> Properties:
    """Encryption with KMS and no key means the account's own key for S3, which MiniStack wants to be named."""

    def named(rule: Properties) -> Properties:
        default = rule.get("ServerSideEncryptionByDefault", {})
        key = {"KMSMasterKeyID": "alias/aws/s3"} if default.get("SSEAlgorithm") == "aws:kms" else {}
        return {**rule, "ServerSideEncryptionByDefault": {**key, **default}}

    rules = [named(rule) for rule in value["ServerSideEncryptionConfiguration"]]
    return {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(bucket: str, value: Any) -> Properties:
    """A template writes a rule flat; the API nests what selects objects and what expires them."""

    def nested(rule: Properties) -> Properties:
        tags = rule.get("TagFilters", [])
        selects: Properties = {
            name: rule[name] for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in rule
        }
        expires = {
            "ExpirationInDays": "Days",
            "ExpirationDate": "Date",
            "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
        }
        expiration = {member: rule[name] for name, member in expires.items() if name in rule}
        if len(selects) + len(tags) > 1:
            selects = {"And": {**selects, "Tags": tags}}
        elif tags:
            selects = {"Tag": tags[0]}
        return {
            **{name: item for name, item in rule.items() if name != "Prefix"},
            "Filter": selects or {"Prefix": ""},
            **({"Expiration": expiration} if expiration else {}),
        }

    return {"Bucket": bucket, "LifecycleConfiguration": {"Rules": [nested(rule) for rule in value["Rules"]]}}


def _logging(bucket: str, value: Any) -> Properties:
    target = {
        "TargetBucket": value.get("DestinationBucketName", bucket),
        "TargetPrefix": value.get("LogFilePrefix", ""),
    }
    return {"Bucket": bucket, "BucketLoggingStatus": {"LoggingEnabled": target}}


def _replication(bucket: str, value: Any) -> Properties:
    return {"Bucket": bucket, "ReplicationConfiguration": value}


def _tagging(bucket: str, value: Any) -> Properties:
    return {"Bucket": bucket, "Tagging": {"TagSet": value}}


REPLAYS: dict[str, tuple[Replay, ...]] = {
    "AWS::S3::Bucket": (
        Replay(
            property="BucketEncryption",
            operation="s3.PutBucketEncryption",
            request=_encryption,
            renamed={"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"},
            undo="s3.DeleteBucketEncryption",
        ),
        Replay(
            property="LifecycleConfiguration",
            operation="s3.PutBucketLifecycleConfiguration",
            request=_lifecycle,
            renamed={"TransitionInDays": "Days", "TransitionDate": "Date"},
            undo="s3.DeleteBucketLifecycle",
        ),
        Replay(
            property="ReplicationConfiguration",
            operation="s3.PutBucketReplication",
            request=_replication,
            undo="s3.DeleteBucketReplication",
        ),
        Replay(property="LoggingConfiguration", operation="s3.PutBucketLogging", request=_logging),
        Replay(
            property="OwnershipControls",
            operation="s3.PutBucketOwnershipControls",
            request=_of_bucket("OwnershipControls"),
            undo="s3.DeleteBucketOwnershipControls",
        ),
        Replay(property="Tags", operation="s3.PutBucketTagging", request=_tagging, undo="s3.DeleteBucketTagging"),
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (
        Replay(
            property="Tags",
            operation="elbv2.AddTags",
            request=lambda rule, value: {"ResourceArns": [rule], "Tags": value},
        ),
    ),
    "AWS::Route53::HostedZone": (
        Replay(
            property="HostedZoneTags",
            operation="route53.ChangeTagsForResource",
            request=lambda zone, value: {"ResourceType": "hostedzone", "ResourceId": zone, "AddTags": value},
        ),
    ),
    "AWS::StepFunctions::StateMachine": (
        Replay(
            property="LoggingConfiguration",
            operation="stepfunctions.UpdateStateMachine",
            request=lambda arn, value: {"stateMachineArn": arn, "loggingConfiguration": value},
        ),
    ),
    "AWS::CloudTrail::Trail": (
        Replay(
            property="EventSelectors",
            operation="cloudtrail.PutEventSelectors",
            request=lambda trail, value: {"TrailName": trail, "EventSelectors": value},
        ),
        Replay(property="IsLogging", operation="cloudtrail.StartLogging", request=lambda trail, _: {"Name": trail}),
    ),
}
