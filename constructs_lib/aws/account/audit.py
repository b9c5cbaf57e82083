"""Audit trail of CloudTrail in a locked bucket, and the account's other buckets (SEC-11)."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.data.storage import closed_bucket, logs_bucket
from environments import ObjectPolicy, SecurityPolicy

_LOCKS = {"governance": s3.ObjectLockRetention.governance, "compliance": s3.ObjectLockRetention.compliance}


class AccountBuckets(Construct):
    """Buckets of an account, except for that of the audit trail.

    Attributes:
        logs: access logs of the other buckets.
        reports: reports of reviews and of Config. Config writes to no bucket that locks its objects ("Delivery
            channel", AWS Config developer guide), so that these are apart from the audit trail.
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: ObjectPolicy, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.logs = logs_bucket(self, policy)
        self.reports = closed_bucket(
            self, "Reports", lifecycle=[_expire(policy.logs_keep_days)], key=key, logs=self.logs
        )


class AuditTrail(Construct):
    """CloudTrail trail of every call to AWS in every region, with signed log files.

    Each object is locked for the retention of the trail, then deleted.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        key: kms.IKey,
        logs: s3.IBucket,
    ) -> None:
        super().__init__(scope, construct_id)
        bucket = closed_bucket(
            self,
            "Kept",
            lifecycle=[_expire(policy.log_days + 1)],
            key=key,
            logs=logs,
            lock=_LOCKS[policy.audit_lock](Duration.days(policy.log_days)),
        )
        # The CDK's own trail would let CloudTrail write for the trails of every account.
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=naming.PROJECT,
            is_logging=True,
            s3_bucket_name=bucket.bucket_name,
            kms_key_id=key.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            event_selectors=[
                cloudtrail.CfnTrail.EventSelectorProperty(include_management_events=True, read_write_type="All")
            ],
        )
        self._allow_delivery(bucket)
        # CloudTrail asks for the bucket's policy when the trail is made.
        trail.node.add_dependency(bucket)
        acknowledge(
            trail,
            "CKV_AWS_252",
            because="Urgent entries of the trail arrive as events; a notification per file adds nothing",
        )

    def _allow_delivery(self, bucket: s3.Bucket) -> None:
        """Allow what "Amazon S3 bucket policy for CloudTrail" (CloudTrail user guide) asks for, to this trail only."""
        stack = Stack.of(self)
        service = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        trail = stack.format_arn(service="cloudtrail", resource="trail", resource_name=naming.PROJECT)
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[service],
                actions=["s3:GetBucketAcl"],
                resources=[bucket.bucket_arn],
                conditions={"StringEquals": {"aws:SourceArn": trail}},
            )
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[service],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects(f"AWSLogs/{stack.account}/*")],
                conditions={"StringEquals": {"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
            )
        )


def _expire(days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="expire",
        expiration=Duration.days(days),
        noncurrent_version_expiration=Duration.days(1),
        abort_incomplete_multipart_upload_after=Duration.days(7),
    )
