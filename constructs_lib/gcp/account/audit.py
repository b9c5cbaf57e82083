"""Audit trail of all projects, in an immutable log bucket (SEC-11)."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import storage_bucket as gcs
from cdktf_cdktf_provider_google.data_google_logging_project_cmek_settings import DataGoogleLoggingProjectCmekSettings
from cdktf_cdktf_provider_google.logging_project_bucket_config import (
    LoggingProjectBucketConfig,
    LoggingProjectBucketConfigCmekSettings,
)
from cdktf_cdktf_provider_google.logging_project_exclusion import LoggingProjectExclusion
from cdktf_cdktf_provider_google.logging_project_sink import LoggingProjectSink
from cdktf_cdktf_provider_google.project_iam_audit_config import (
    ProjectIamAuditConfig,
    ProjectIamAuditConfigAuditLogConfig,
)
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember, ProjectIamMemberCondition
from constructs import Construct

from constructs_lib import naming
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.storage import multi_region
from environments import ObjectPolicy, SecurityPolicy

_BUCKET = "audit"
_STORAGE_AGENT = "gs-project-accounts"
_KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
# Services that hold data, permissions or images, whose reads are recorded. Writes are recorded in every service, by
# Google. Reads of the other services are calls of Google's own components, such as those of a cluster many times a
# second ("Enable Data Access audit logs", Cloud Logging documentation; "GKE audit logging", GKE documentation).
_SERVICES_WITH_DATA = ("artifactregistry", "cloudkms", "cloudsql", "iam", "secretmanager", "storage")
# "Audit logs overview", Cloud Logging documentation.
_LOGS = ("activity", "data_access", "system_event", "policy", "access_transparency")
# Those of them that a project's own bucket _Default stores, too; it cannot be prevented for the others, which are free
# there ("Audit logs overview").
_STORED_TWICE = ("data_access", "policy")


class ReportsBucket(Construct):
    """Bucket of the reviews' tickets and answers.

    Args:
        project: the id of the project.
        location: multi-region of the bucket and its key, such as ``us``.
        policy: retention of objects.
        key: encryption key, in the bucket's location.

    Attributes:
        bucket: Cloud Storage bucket.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, project: str, location: str, policy: ObjectPolicy, key: Key
    ) -> None:
        super().__init__(scope, construct_id)
        rule = gcs.StorageBucketLifecycleRule
        condition, delete = gcs.StorageBucketLifecycleRuleCondition, gcs.StorageBucketLifecycleRuleAction(type="Delete")
        self.bucket = gcs.StorageBucket(
            self,
            "bucket",
            name=naming.bucket(project, "reports"),
            location=multi_region(location),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning=gcs.StorageBucketVersioning(enabled=True),
            lifecycle_rule=[
                rule(action=delete, condition=condition(age=policy.logs_keep_days)),
                rule(
                    action=delete,
                    condition=condition(
                        days_since_noncurrent_time=policy.old_versions_keep_days, with_state="ARCHIVED"
                    ),
                ),
            ],
            encryption=gcs.StorageBucketEncryption(default_kms_key_name=key.key.id),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[key.grant_service_agent(_STORAGE_AGENT)],
        )


class AuditTrail(Construct):
    """Log bucket of the shared project that keeps the audit logs of all projects.

    Entries are immutable. With the lock ``compliance`` nobody can shorten the retention or delete the bucket; with
    ``governance`` an owner of the shared project can, and the audit log records it.

    Args:
        policy: lock, and retention in days.
        project: id of the bucket's project.
        region: region of the bucket.
        key: encryption key.

    Attributes:
        bucket: log bucket, which a sink of the same stack must depend on.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        project: str,
        region: str,
        key: Key,
    ) -> None:
        super().__init__(scope, construct_id)
        agent = DataGoogleLoggingProjectCmekSettings(self, "agent", project=project)
        self.bucket = LoggingProjectBucketConfig(
            self,
            "kept",
            project=project,
            location=region,
            bucket_id=_BUCKET,
            retention_days=policy.log_days,
            locked=policy.audit_lock == "compliance",
            cmek_settings=LoggingProjectBucketConfigCmekSettings(kms_key_name=key.key.id),
            depends_on=[key.grant_use("logging", f"serviceAccount:{agent.service_account_id}")],
        )


class AuditSink(Construct):
    """Log sink that routes a project's audit logs to the trail: every change, and reads of what holds data.

    Args:
        project: id of the project whose calls are recorded.
        trail_project: id of the trail's project.
        region: region of the trail's bucket.
        trail: trail of the same stack; none where another stack makes it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        project: str,
        trail_project: str,
        region: str,
        trail: AuditTrail | None,
    ) -> None:
        super().__init__(scope, construct_id)
        for service in _SERVICES_WITH_DATA:
            ProjectIamAuditConfig(
                self,
                service,
                project=project,
                service=f"{service}.googleapis.com",
                audit_log_config=[ProjectIamAuditConfigAuditLogConfig(log_type=kind) for kind in _KINDS],
            )
        bucket = f"projects/{trail_project}/locations/{region}/buckets/{_BUCKET}"
        sink = LoggingProjectSink(
            self,
            "sink",
            name=_BUCKET,
            destination=f"logging.googleapis.com/{bucket}",
            filter=_any_of(_LOGS),
            unique_writer_identity=True,
            depends_on=[trail.bucket] if trail else None,
        )
        LoggingProjectExclusion(
            self,
            "once",
            name=_BUCKET,
            description="Stored in the audit trail",
            filter=_any_of(_STORED_TWICE),
            depends_on=[sink],
        )
        # A sink to a bucket of its own project needs no grant and has no identity ("Route logs to supported
        # destinations", Cloud Logging documentation; terraform-google-log-export issue 116).
        if project != trail_project:
            ProjectIamMember(
                self,
                "writer",
                project=trail_project,
                role="roles/logging.bucketWriter",
                member=sink.writer_identity,
                condition=ProjectIamMemberCondition(
                    title="The audit trail only", expression=f'resource.name.endsWith("{bucket}")'
                ),
            )


def _any_of(logs: Sequence[str]) -> str:
    return " OR ".join(f'log_id("cloudaudit.googleapis.com/{log}")' for log in logs)
