"""Monthly archive of the database in cold storage (DR-4)."""

from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.sql_database_instance import SqlDatabaseInstance
from cdktf_cdktf_provider_google.storage_bucket import StorageBucket
from cdktf_cdktf_provider_google.storage_bucket_iam_member import StorageBucketIamMember
from constructs import Construct

from constructs_lib import naming
from constructs_lib.gcp.base.google_workflows import start, workflow
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.storage import ARCHIVE_PREFIX
from constructs_lib.naming import PROJECT
from constructs_lib.schedule import later
from environments import BackupPolicy

_NAME = f"{PROJECT}-archive"


class Archive(Construct):
    """Monthly export of the database to object storage; the bucket's lifecycle moves it to cold storage.

    A backup of Cloud SQL has no cold storage class, and is deleted with its project.

    Args:
        policy: time of the daily backup.
        region: region of the workflow.
        project: project of the database.
        database: instance to export.
        database_name: name of the database in the instance.
        bucket: bucket of the exports.
        key: encryption key of the workflow.

    Attributes:
        workflow: start it by hand for an archive out of turn.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: BackupPolicy,
        region: str,
        project: DataGoogleProject,
        database: SqlDatabaseInstance,
        database_name: str,
        bucket: StorageBucket,
        key: Key,
    ) -> None:
        super().__init__(scope, construct_id)
        account = ServiceAccount(
            self,
            "account",
            account_id=naming.service_account("archive"),
            display_name="Monthly archive of the database",
        )
        self._grant_export(account, project)
        self._grant_write(database, bucket)
        self.workflow = workflow(
            self,
            "workflow",
            name=_NAME,
            description="Exports the database to the archive bucket",
            steps="archive.yaml",
            region=region,
            account=account,
            variables={
                "INSTANCE": database.name,
                "DATABASE": database_name,
                "FOLDER": f"gs://{bucket.name}/{ARCHIVE_PREFIX}",
            },
            logged="LOG_ALL_CALLS",
            key=key,
        )
        # After the day's backup.
        hour, minute = later(policy.daily_at_utc, hours=4).split(":")
        start(
            self,
            "monthly",
            self.workflow,
            name=_NAME,
            description="Monthly archive of the database",
            schedule=f"{int(minute)} {int(hour)} 1 * *",
            region=region,
            account=account,
            body="{}",
        )

    def _grant_export(self, account: ServiceAccount, project: DataGoogleProject) -> None:
        role = ProjectIamCustomRole(
            self,
            "role",
            role_id="goodiesDatabaseArchive",
            title="Monthly archive of the database",
            # "Roles and permissions", Cloud SQL documentation: the permissions to export and to watch the operation.
            permissions=["cloudsql.instances.export", "cloudsql.instances.get"],
        )
        for name, granted in (
            ("export", role.name),
            ("start", "roles/workflows.invoker"),
            ("log", "roles/logging.logWriter"),
        ):
            ProjectIamMember(self, name, project=project.project_id, role=granted, member=account.member)

    def _grant_write(self, database: SqlDatabaseInstance, bucket: StorageBucket) -> None:
        StorageBucketIamMember(
            self,
            "writer",
            bucket=bucket.name,
            # An export writes in parts, which it lists and deletes ("Export data", Cloud SQL documentation).
            role="roles/storage.objectUser",
            member=f"serviceAccount:{database.service_account_email_address}",
        )
