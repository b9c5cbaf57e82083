"""S3 buckets of assets, uploads, backups and logs, their lifecycle rules and replication (AWS-6, DR-8, DR-9, DR-10)."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge, objects_in
from environments import BackupPolicy, ObjectPolicy

# Monthly exports of the database lie here.
ARCHIVE_PREFIX = "archive/"
# Id of the rule that copies a bucket to the recovery region; S3's metrics carry it.
REPLICATION_RULE = "recovery"
_ABANDONED_UPLOADS = Duration.days(7)


def closed_bucket(
    scope: Construct,
    construct_id: str,
    *,
    lifecycle: Sequence[s3.LifecycleRule],
    key: kms.IKey | None = None,
    logs: s3.IBucket | None = None,
    ownership: s3.ObjectOwnership = s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    replication: Sequence[s3.ReplicationRule] = (),
    replication_role: iam.IRole | None = None,
    lock: s3.ObjectLockRetention | None = None,
) -> s3.Bucket:
    """Return a private, versioned bucket that requires TLS.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        lifecycle: rules that move and delete objects.
        key: encryption key; None for S3's own key.
        logs: bucket of S3's access logs.
        ownership: ownership of objects that others write.
        replication: rules that copy objects to other buckets.
        replication_role: role that S3 replicates with.
        lock: retention during which nobody may delete an object.
    """
    return s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        bucket_key_enabled=True if key else None,
        object_ownership=ownership,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        lifecycle_rules=list(lifecycle),
        replication_rules=list(replication) or None,
        replication_role=replication_role,
        object_lock_default_retention=lock,
        server_access_logs_bucket=logs,
        server_access_logs_prefix=f"s3/{construct_id.lower()}/" if logs else None,
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )


def _grow_colder(policy: ObjectPolicy) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="grow-colder",
        transitions=[
            s3.Transition(
                storage_class=s3.StorageClass.INFREQUENT_ACCESS,
                transition_after=Duration.days(policy.infrequent_after_days),
            ),
            s3.Transition(
                storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                transition_after=Duration.days(policy.archive_after_days),
            ),
        ],
        noncurrent_version_expiration=Duration.days(policy.old_versions_keep_days),
        abort_incomplete_multipart_upload_after=_ABANDONED_UPLOADS,
    )


def _archive(policy: BackupPolicy) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="archive",
        prefix=ARCHIVE_PREFIX,
        transitions=[
            s3.Transition(
                storage_class=s3.StorageClass.DEEP_ARCHIVE, transition_after=Duration.days(policy.archive_after_days)
            )
        ],
        expiration=Duration.days(policy.archive_keep_days),
    )


def logs_bucket(scope: Construct, policy: ObjectPolicy) -> s3.Bucket:
    """Return a bucket that load balancers, the CDN and other buckets may write their logs to."""
    # Load balancers deliver logs only to a bucket with S3's own keys, the CDN only to one that knows ACLs
    # ("Access logs for your Application Load Balancer", "Standard logging (legacy)").
    bucket = closed_bucket(
        scope,
        "Logs",
        ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
        lifecycle=[
            s3.LifecycleRule(
                id="expire",
                expiration=Duration.days(policy.logs_keep_days),
                noncurrent_version_expiration=Duration.days(policy.old_versions_keep_days),
                abort_incomplete_multipart_upload_after=_ABANDONED_UPLOADS,
            )
        ],
    )
    acknowledge(bucket, "CKV_AWS_18", because="Logging the delivery of logs would never end")
    return bucket


class ReplicaStorage(Construct):
    """Replication targets in the recovery region of the buckets that hold objects of users and operators.

    Replication is one way. What is written here after a failover stays here, until an operator copies it back
    (docs/runbooks/change/restore.md).

    Attributes:
        assets: copy of the bucket of that name.
        uploads: copy of the bucket of that name.
        backups: copy of the bucket of that name.
        replication_policy: permits writing replicas into the buckets; the primary region's replication role has it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, policy: ObjectPolicy, backup: BackupPolicy, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        logs = logs_bucket(self, policy)
        self.assets = closed_bucket(self, "Assets", lifecycle=[_grow_colder(policy)], logs=logs)
        self.uploads = closed_bucket(self, "Uploads", lifecycle=[_grow_colder(policy)], key=key, logs=logs)
        self.backups = closed_bucket(
            self, "Backups", lifecycle=[_grow_colder(policy), _archive(backup)], key=key, logs=logs
        )
        self.replication_policy = iam.ManagedPolicy(
            self,
            "Writers",
            description="Replicates objects to the recovery region",
            statements=[
                iam.PolicyStatement(
                    actions=["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
                    resources=[bucket.arn_for_objects("*") for bucket in (self.assets, self.uploads, self.backups)],
                ),
                iam.PolicyStatement(actions=["kms:Encrypt", "kms:GenerateDataKey"], resources=[key.key_arn]),
            ],
        )
        acknowledge(
            self.replication_policy,
            objects_in(self.assets),
            objects_in(self.uploads),
            objects_in(self.backups),
            because="Every object of a bucket is copied",
        )

    def replication_rules(self, bucket: s3.IBucket) -> list[s3.ReplicationRule]:
        """Return the rule that replicates every object, its deletion included, within 15 minutes.

        The 15 minutes are S3 Replication Time Control's promise, and the plan's (DR-12).
        """
        key = bucket.encryption_key
        return [
            s3.ReplicationRule(
                id=REPLICATION_RULE,
                # A rule that has a filter needs one (PutBucketReplication, S3 API reference).
                priority=1,
                destination=bucket,
                kms_key=key,
                sse_kms_encrypted_objects=True if key else None,
                delete_marker_replication=True,
                replication_time_control=s3.ReplicationTimeValue.FIFTEEN_MINUTES,
                metrics=s3.ReplicationTimeValue.FIFTEEN_MINUTES,
            )
        ]


class Storage(Construct):
    """Buckets of an environment: private, TLS only, versioned.

    Attributes:
        assets: files that the CDN serves under ``/static``.
        uploads: files that users upload.
        backups: exports of the database.
        logs: access logs of the load balancer, the CDN and the other buckets.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ObjectPolicy,
        backup: BackupPolicy,
        key: kms.IKey,
        replica: ReplicaStorage | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.logs = logs_bucket(self, policy)
        replication_role = _replication_role(self, replica, key) if replica else None
        self.assets = closed_bucket(
            self,
            "Assets",
            lifecycle=[_grow_colder(policy)],
            logs=self.logs,
            replication=replica.replication_rules(replica.assets) if replica else (),
            replication_role=replication_role,
        )
        self.uploads = closed_bucket(
            self,
            "Uploads",
            lifecycle=[_grow_colder(policy)],
            key=key,
            logs=self.logs,
            replication=replica.replication_rules(replica.uploads) if replica else (),
            replication_role=replication_role,
        )
        self.backups = closed_bucket(
            self,
            "Backups",
            lifecycle=[_grow_colder(policy), _archive(backup)],
            key=key,
            logs=self.logs,
            replication=replica.replication_rules(replica.backups) if replica else (),
            replication_role=replication_role,
        )
        if replication_role:
            for bucket in (self.assets, self.uploads, self.backups):
                _grant_replication(replication_role, bucket)
        self._grant_read_to_cdn()

    def replicated(self, replica: ReplicaStorage) -> Mapping[str, tuple[s3.IBucket, s3.IBucket]]:
        """Return source and destination of each replicated bucket by its name."""
        return {
            "Assets": (self.assets, replica.assets),
            "Uploads": (self.uploads, replica.uploads),
            "Backups": (self.backups, replica.backups),
        }

    def log_write_policy(self, prefix: str) -> iam.ManagedPolicy:
        """Return a policy that permits writing logs below ``prefix`` and reading them, for a role in another stack."""
        policy = iam.ManagedPolicy(
            self,
            f"LogWriters{prefix}",
            description=f"Writes logs below {prefix}",
            statements=[
                iam.PolicyStatement(actions=["s3:GetBucketLocation"], resources=[self.logs.bucket_arn]),
                iam.PolicyStatement(
                    actions=["s3:GetObject", "s3:PutObject"], resources=[self.logs.arn_for_objects(f"{prefix}/*")]
                ),
            ],
        )
        acknowledge(policy, objects_in(self.logs, f"{prefix}/"), because="The names of logs are not known before")
        return policy

    def _grant_read_to_cdn(self) -> None:
        # Naming the distribution would make this stack depend on the stack that needs its bucket.
        stack = Stack.of(self)
        distributions = stack.format_arn(service="cloudfront", region="", resource="distribution", resource_name="*")
        self.assets.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                actions=["s3:GetObject"],
                resources=[self.assets.arn_for_objects("static/*")],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": distributions},
                },
            )
        )


def _replication_role(scope: Construct, replica: ReplicaStorage, key: kms.IKey) -> iam.Role:
    role = iam.Role(
        scope,
        "Copier",
        description="Replicates objects to the recovery region",
        assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
        managed_policies=[replica.replication_policy],
    )
    role.add_to_policy(iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn]))
    return role


def _grant_replication(role: iam.Role, bucket: s3.Bucket) -> None:
    role.add_to_policy(
        iam.PolicyStatement(actions=["s3:GetReplicationConfiguration", "s3:ListBucket"], resources=[bucket.bucket_arn])
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
            resources=[bucket.arn_for_objects("*")],
        )
    )
    acknowledge(role, objects_in(bucket), because="Every object of a bucket is copied")
