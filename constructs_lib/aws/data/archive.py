"""Monthly archive of the database in cold storage (DR-4)."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib.aws.base import jsonata
from constructs_lib.aws.base.logs import delivered_log_group
from constructs_lib.aws.base.principals import service_for_account
from constructs_lib.aws.base.queues import dead_letter_queue
from constructs_lib.aws.base.state_machines import state_machine
from constructs_lib.aws.base.suppressions import acknowledge, objects_in
from constructs_lib.aws.data.storage import ARCHIVE_PREFIX
from constructs_lib.schedule import later
from environments import BackupPolicy

_LOG_DAYS = 365
_EXPORTER = "export.rds.amazonaws.com"
# An export takes from half an hour to hours, by the size of the database.
_POLL = Duration.minutes(10)
_LONGEST = Duration.hours(24)


class Archive(Construct):
    """Monthly export of the newest database snapshot to object storage, on the first of the month.

    AWS Backup moves no backup of RDS to cold storage ("Feature availability by resource", AWS Backup developer guide);
    the bucket's lifecycle moves the export.

    Attributes:
        state_machine: start it by hand for an archive out of turn; it ends when the export has ended.
        not_started: dead-letter queue of the schedule.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: BackupPolicy,
        database: rds.IDatabaseInstance,
        bucket: s3.Bucket,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.not_started = dead_letter_queue(self, "NotStarted")
        role = self._export_role(bucket)
        self.state_machine = state_machine(
            self,
            "Export",
            self._newest(database).next(self._export(role, bucket, key)).next(self._wait_until_exported()),
            timeout=_LONGEST,
            log=delivered_log_group(self, "Log", days=_LOG_DAYS, key=key, writer="states"),
        )
        acknowledge(
            self.state_machine.role,
            f"AwsSolutions-IAM5[Resource::{_snapshots(self)}]",
            because="The newest snapshot is found by asking for all of them",
        )
        self._allow_export(role, key)
        # After the day's backup.
        hour, minute = later(policy.daily_at_utc, hours=4).split(":")
        scheduler.Schedule(
            self,
            "Monthly",
            description="Monthly archive of the database",
            schedule=scheduler.ScheduleExpression.cron(minute=minute, hour=hour, day="1"),
            target=targets.StepFunctionsStartExecution(self.state_machine, dead_letter_queue=self.not_started),
            key=key,
        )

    def _allow_export(self, role: iam.Role, key: kms.IKey) -> None:
        # The permissions that StartExportTask (RDS API reference, KmsKeyId) asks of its caller, for RDS only: a grant
        # of the key that anybody could make would open all that the environment stores.
        of_rds = {"kms:ViaService": f"rds.{Stack.of(self).region}.amazonaws.com"}
        for action, conditions in (
            ("kms:DescribeKey", {"StringEquals": of_rds}),
            ("kms:CreateGrant", {"StringEquals": of_rds, "Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ):
            self.state_machine.add_to_role_policy(
                iam.PolicyStatement(actions=[action], resources=[key.key_arn], conditions=conditions)
            )
        self.state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": _EXPORTER}},
            )
        )

    def _export_role(self, bucket: s3.Bucket) -> iam.Role:
        # AWS's published procedure "Export RDS/Aurora to S3" trusts the service for one account.
        role = iam.Role(self, "ExportRole", assumed_by=service_for_account(self, "export.rds"))
        # The actions that "Providing access to an Amazon S3 bucket using an IAM role" (RDS user guide) lists, on the
        # objects of the archive only. RDS uses more than the three plain ones: the bucket keeps versions, and parts are
        # uploaded.
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[bucket.bucket_arn])
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*"],
                resources=[bucket.arn_for_objects(f"{ARCHIVE_PREFIX}*")],
            )
        )
        acknowledge(
            role,
            objects_in(bucket, ARCHIVE_PREFIX),
            *(f"AwsSolutions-IAM5[Action::s3:{verb}Object*]" for verb in ("Get", "Put", "Delete")),
            because="An export writes objects whose names RDS chooses, under one prefix of one bucket",
        )
        return role

    def _newest(self, database: rds.IDatabaseInstance) -> tasks.CallAwsService:
        return tasks.CallAwsService.jsonata(
            self,
            "FindNewestSnapshot",
            service="rds",
            action="describeDBSnapshots",
            parameters={"DbInstanceIdentifier": database.instance_identifier},
            iam_resources=[database.instance_arn, _snapshots(self)],
            outputs="{% $sort($states.result.DbSnapshots[Status='available'], function($a, $b)"
            " {$a.SnapshotCreateTime > $b.SnapshotCreateTime})[-1].DbSnapshotArn %}",
        )

    def _export(self, role: iam.IRole, bucket: s3.Bucket, key: kms.IKey) -> tasks.CallAwsService:
        return tasks.CallAwsService.jsonata(
            self,
            "ExportSnapshot",
            service="rds",
            action="startExportTask",
            parameters={
                "ExportTaskIdentifier": "{% 'archive-' & $uuid() %}",
                "SourceArn": "{% $states.input %}",
                "S3BucketName": bucket.bucket_name,
                "S3Prefix": jsonata.expression(
                    f"'{ARCHIVE_PREFIX}' & $substringBefore($states.context.Execution.StartTime, 'T')"
                ),
                "IamRoleArn": role.role_arn,
                "KmsKeyId": key.key_arn,
            },
            iam_resources=[_snapshots(self)],
            outputs="{% $states.result.ExportTaskIdentifier %}",
        )

    def _wait_until_exported(self) -> sfn.IChainable:
        # StartExportTask answers when the export has begun (RDS API reference).
        wait = sfn.Wait.jsonata(self, "Wait", time=sfn.WaitTime.duration(_POLL))
        describe = tasks.CallAwsService.jsonata(
            self,
            "DescribeExport",
            service="rds",
            action="describeExportTasks",
            parameters={"ExportTaskIdentifier": "{% $states.input %}"},
            iam_action="rds:DescribeExportTasks",
            # The call names no snapshot, which is its resource ("Actions defined by Amazon RDS").
            iam_resources=["*"],
            outputs="{% $states.result.ExportTasks[0] %}",
        )
        again = sfn.Pass.jsonata(self, "StillRuns", outputs="{% $states.input.ExportTaskIdentifier %}")
        ended = sfn.Choice.jsonata(self, "HasEnded")
        ended.when(
            sfn.Condition.jsonata("{% $states.input.Status = 'COMPLETE' %}"), sfn.Succeed.jsonata(self, "Exported")
        )
        ended.when(
            sfn.Condition.jsonata("{% $states.input.Status in ['FAILED', 'CANCELED', 'CANCELING'] %}"),
            sfn.Fail.jsonata(
                self,
                "NotExported",
                error="ExportFailed",
                cause="{% $states.input.Status & ': ' & $string($states.input.FailureCause) %}",
            ),
        )
        ended.otherwise(again.next(wait))
        return wait.next(describe).next(ended)


def _snapshots(scope: Construct) -> str:
    return Stack.of(scope).format_arn(
        service="rds", resource="snapshot", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )
