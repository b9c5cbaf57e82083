"""The synced properties of an S3 bucket."""

from collections.abc import Callable
from typing import Any

from local.emulator.handlers.property_sync import PropertySync
from local.emulator.schemas import Properties


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


BUCKET: tuple[PropertySync, ...] = (
    PropertySync(
        property="BucketEncryption",
        operation="s3.PutBucketEncryption",
        request=_encryption,
        renamed={"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"},
        clear_operation="s3.DeleteBucketEncryption",
    ),
    PropertySync(
        property="LifecycleConfiguration",
        operation="s3.PutBucketLifecycleConfiguration",
        request=_lifecycle,
        renamed={"TransitionInDays": "Days", "TransitionDate": "Date"},
        clear_operation="s3.DeleteBucketLifecycle",
    ),
    PropertySync(
        property="ReplicationConfiguration",
        operation="s3.PutBucketReplication",
        request=_replication,
        clear_operation="s3.DeleteBucketReplication",
    ),
    PropertySync(property="LoggingConfiguration", operation="s3.PutBucketLogging", request=_logging),
    PropertySync(
        property="ObjectLockConfiguration",
        operation="s3.PutObjectLockConfiguration",
        request=_of_bucket("ObjectLockConfiguration"),
    ),
    PropertySync(
        property="OwnershipControls",
        operation="s3.PutBucketOwnershipControls",
        request=_of_bucket("OwnershipControls"),
        clear_operation="s3.DeleteBucketOwnershipControls",
    ),
    PropertySync(
        property="Tags", operation="s3.PutBucketTagging", request=_tagging, clear_operation="s3.DeleteBucketTagging"
    ),
)
