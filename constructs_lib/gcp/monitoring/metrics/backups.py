"""Metrics of backups: ages that a workflow measures each hour, and Cloud Storage's replication (DR-1, DR-2, DR-4)."""

from collections.abc import Mapping

from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.memorystore_instance import MemorystoreInstance
from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.redis_instance import RedisInstance
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.sql_database_instance import SqlDatabaseInstance
from cdktf_cdktf_provider_google.storage_bucket import StorageBucket
from cdktf_cdktf_provider_google.storage_bucket_iam_member import StorageBucketIamMember
from constructs import Construct

from constructs_lib import naming
from constructs_lib.gcp.base.google_workflows import failed_starts, start, workflow
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.base.metrics import HOUR, Graph, Query, Section, Signal, measured, series
from constructs_lib.gcp.data.storage import ARCHIVE_PREFIX
from constructs_lib.naming import PROJECT
from constructs_lib.signals.backups import BackupMetrics
from constructs_lib.signals.signal import Severity, Threshold
from environments import AlarmPolicy

_NAME = f"{PROJECT}-measure"
_HOURLY = "15 * * * *"


class BackupAges(Construct):
    """Workflow that measures each hour how old the newest backup and archive of the database are.

    Where there is none yet, the age of the database counts. It also measures how long the certificate authorities of
    database and cache are good, because the clients trust no others. An alarm on a missing number finds a workflow that
    does not run.

    Args:
        region: region of the workflow.
        project: project of the database.
        database: instance whose backups are measured.
        cache: cache whose certificate authority is measured.
        backups: bucket of the archives.
        key: encryption key of the workflow.

    Attributes:
        metrics: ages in hours.
        authority_days: days until the certificate authority of a server ends, by the name of its alarm.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        region: str,
        project: DataGoogleProject,
        database: SqlDatabaseInstance,
        cache: RedisInstance | MemorystoreInstance,
        backups: StorageBucket,
        key: Key,
    ) -> None:
        super().__init__(scope, construct_id)
        # Memorystore for Valkey does not say when its authorities end ("CertificateAuthority", API reference).
        redis = cache if isinstance(cache, RedisInstance) else None
        account = ServiceAccount(
            self, "account", account_id=naming.service_account("measure"), display_name="Measures backups"
        )
        self._grant(account, project, backups)
        steps = workflow(
            self,
            "workflow",
            name=_NAME,
            description="Measures backups, archives and certificate authorities",
            steps="measure.yaml",
            region=region,
            account=account,
            variables={
                "INSTANCE": database.name,
                "BUCKET": backups.name,
                "PREFIX": ARCHIVE_PREFIX,
                "CACHE": redis.id if redis else "",
            },
            logged="LOG_ERRORS_ONLY",
            key=key,
        )
        start(
            self,
            "hourly",
            steps,
            name=_NAME,
            description="Measures backups, archives and certificate authorities",
            schedule=_HOURLY,
            region=region,
            account=account,
            body="{}",
        )
        self.metrics = BackupMetrics(
            point_in_time=measured("point_in_time_age", "Latest restorable time, h"),
            backup=measured("backup_age", "Newest backup, h"),
            # A backup itself lies in the recovery region.
            copy=None,
            archive=measured("archive_age", "Newest archive, h"),
            not_started=failed_starts(),
        )
        self.authority_days = {"Database": measured("database_authority_days", "Database, days")}
        if redis:
            self.authority_days["Cache"] = measured("cache_authority_days", "Cache, days")

    def _grant(self, account: ServiceAccount, project: DataGoogleProject, backups: StorageBucket) -> None:
        role = ProjectIamCustomRole(
            self,
            "role",
            role_id="goodiesMeasure",
            title="Measures backups",
            # "Roles and permissions", Cloud SQL documentation; "Access control with IAM", Memorystore for Redis.
            permissions=["cloudsql.backupRuns.list", "cloudsql.instances.get", "redis.instances.get"],
        )
        for name, granted in (
            ("read", role.name),
            ("start", "roles/workflows.invoker"),
            ("log", "roles/logging.logWriter"),
            ("write", "roles/monitoring.metricWriter"),
        ):
            ProjectIamMember(self, name, project=project.project_id, role=granted, member=account.member)
        StorageBucketIamMember(
            self,
            "list",
            bucket=backups.name,
            # It lists objects and cannot read them ("IAM roles for Cloud Storage").
            role="roles/storage.legacyBucketReader",
            member=account.member,
        )


def authorities(days_left: Mapping[str, Query], *, alarms: AlarmPolicy) -> Section:
    """Return the section of the days until certificate authorities of servers end.

    Args:
        days_left: of each server, by the name of its alarm.
        alarms: number of days that is too few.
    """
    signals = [
        Signal(
            name=name,
            metric=metric,
            summary="The certificate authority of a server ends soon; after that the service cannot connect to it.",
            first_check="whether a rotation was begun, and whether the service was deployed since.",
            runbook="certificate",
            thresholds={
                Severity.CRITICAL: Threshold(value=alarms.certificate_days.critical, periods=1),
                Severity.WARNING: Threshold(value=alarms.certificate_days.warning, periods=1),
            },
            below=True,
        )
        for name, metric in days_left.items()
    ]
    return Section(name="Authorities", graphs=[Graph(title="Days left of server certificates", shows=signals)])


def replication_failures(buckets: Mapping[str, StorageBucket]) -> Mapping[str, Query]:
    """Return, for each bucket in two regions, whether an object came too late to the second one within an hour.

    Source: ``replication/meeting_rpo`` in "Google Cloud metrics", Cloud Storage: 1 while turbo replication is in time.
    """
    return {name: _too_late(name, bucket) for name, bucket in buckets.items()}


def _too_late(name: str, bucket: StorageBucket) -> Query:
    in_time = series("storage.googleapis.com/replication/meeting_rpo", resource="gcs_bucket", bucket_name=bucket.name)
    return Query(promql=f"1 - min(min_over_time({in_time}[{HOUR}m]))", label=f"{name}, too late", minutes=HOUR)
