"""Who did what, written down where nobody can change it (SEC-11)."""

from cdktf_cdktf_provider_google.data_google_logging_project_cmek_settings import DataGoogleLoggingProjectCmekSettings
from cdktf_cdktf_provider_google.logging_project_bucket_config import (
    LoggingProjectBucketConfig,
    LoggingProjectBucketConfigCmekSettings,
)
from cdktf_cdktf_provider_google.logging_project_sink import LoggingProjectSink
from cdktf_cdktf_provider_google.project_iam_audit_config import (
    ProjectIamAuditConfig,
    ProjectIamAuditConfigAuditLogConfig,
)
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember, ProjectIamMemberCondition
from constructs import Construct

from constructs_lib.gcp.security import Key
from environments import SecurityPolicy

_BUCKET = "audit"
_KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
# "Audit logs overview", Cloud Logging documentation.
_LOGS = ("activity", "data_access", "system_event", "policy", "access_transparency")


class AuditTrail(Construct):
    """Keeps the records of all projects, apart from them. An entry cannot be changed; it goes when its time is over.

    With ``compliance`` nobody can shorten the time nor delete the bucket; with ``governance`` an owner of the shared
    project can, which is recorded.
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
        LoggingProjectBucketConfig(
            self,
            "kept",
            project=project,
            location=region,
            bucket_id=_BUCKET,
            retention_days=policy.log_days,
            locked=policy.audit_lock == "compliance",
            enable_analytics=True,
            cmek_settings=LoggingProjectBucketConfigCmekSettings(kms_key_name=key.key.id),
            depends_on=[key.let_use("logging", f"serviceAccount:{agent.service_account_id}")],
        )


class AuditRecords(Construct):
    """Records every call in a project, reading included, and hands the records to the trail.

    Args:
        trail_project: where the trail is.
        region: where its bucket is.
    """

    def __init__(self, scope: Construct, construct_id: str, *, project: str, trail_project: str, region: str) -> None:
        super().__init__(scope, construct_id)
        ProjectIamAuditConfig(
            self,
            "all",
            project=project,
            service="allServices",
            audit_log_config=[ProjectIamAuditConfigAuditLogConfig(log_type=kind) for kind in _KINDS],
        )
        bucket = f"projects/{trail_project}/locations/{region}/buckets/{_BUCKET}"
        sink = LoggingProjectSink(
            self,
            "sink",
            name=_BUCKET,
            destination=f"logging.googleapis.com/{bucket}",
            filter=" OR ".join(f'log_id("cloudaudit.googleapis.com/{log}")' for log in _LOGS),
            unique_writer_identity=True,
        )
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
