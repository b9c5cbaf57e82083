"""Metrics of backups and copies: ages that a state machine measures each hour, and S3's replication (DR-1 to DR-4)."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base import jsonata
from constructs_lib.aws.base.metrics import HOURLY_PERIOD, Metric, expression, measure_hourly, put_metric
from constructs_lib.aws.data.storage import REPLICATION_RULE
from constructs_lib.signals.backups import BackupMetrics

_QUEUE_PERIOD = Duration.minutes(5)
_HOUR_MS = 3_600_000


class BackupAges(Construct):
    """State machine that measures each hour how old the newest backup, copy and archive of the database are.

    Where there is none yet, the age of the database counts.

    Args:
        environment: value of the metrics' dimension.
        database: database that is backed up.
        vault: vault of its backups.
        copies: vault of their copies in the recovery region, if there is one.
        archive: bucket of its archives.
        not_started: dead-letter queues of the environment's scheduled jobs.
        log_days: retention of the log.
        key: encrypts the log.

    Attributes:
        metrics: ages in hours.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        database: rds.DatabaseInstance,
        vault: backup.IBackupVault,
        copies: backup.IBackupVault | None,
        archive: s3.IBucket,
        not_started: Sequence[sqs.IQueue],
        log_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        steps = sfn.Chain.start(self._describe(database)).next(self._put("PointInTimeAge"))
        steps = steps.next(self._newest_backup(database, vault)).next(self._put("BackupAge"))
        if copies:
            steps = steps.next(self._newest_copy(database, copies)).next(self._put("CopyAge"))
        steps = steps.next(self._newest_archive(archive)).next(self._put("ArchiveAge"))
        measure_hourly(
            self, "Measure", steps, description="Measures the age of backups and copies", log_days=log_days, key=key
        )
        self.metrics = BackupMetrics[Metric](
            point_in_time=self._metric("PointInTimeAge"),
            backup=self._metric("BackupAge"),
            copy=self._metric("CopyAge") if copies else None,
            archive=self._metric("ArchiveAge"),
            not_started=expression(
                " + ".join(f"queue{number}" for number in range(len(not_started))),
                "Jobs that were not started",
                {
                    f"queue{number}": queue.metric_approximate_number_of_messages_visible(period=_QUEUE_PERIOD)
                    for number, queue in enumerate(not_started)
                },
                period=_QUEUE_PERIOD,
            ),
        )

    def _describe(self, database: rds.DatabaseInstance) -> tasks.CallAwsService:
        instance = "$states.result.DbInstances[0]"
        return tasks.CallAwsService.jsonata(
            self,
            "Describe",
            service="rds",
            action="describeDBInstances",
            parameters={"DbInstanceIdentifier": database.instance_identifier},
            iam_action="rds:DescribeDBInstances",
            iam_resources=[database.instance_arn],
            assign={"made": jsonata.expression(f"$toMillis({instance}.InstanceCreateTime)")},
            outputs=_age(
                f"$exists({instance}.LatestRestorableTime) ? $toMillis({instance}.LatestRestorableTime)"
                f" : $toMillis({instance}.InstanceCreateTime)"
            ),
        )

    def _newest_backup(self, database: rds.DatabaseInstance, vault: backup.IBackupVault) -> tasks.CallAwsService:
        return tasks.CallAwsService.jsonata(
            self,
            "FindBackup",
            service="backup",
            action="listRecoveryPointsByBackupVault",
            parameters={"BackupVaultName": vault.backup_vault_name, "ByResourceArn": database.instance_arn},
            iam_action="backup:ListRecoveryPointsByBackupVault",
            iam_resources=[vault.backup_vault_arn],
            outputs=_age_of_newest("RecoveryPoints[Status = 'COMPLETED']", "CreationDate"),
        )

    def _newest_copy(self, database: rds.DatabaseInstance, vault: backup.IBackupVault) -> tasks.CallAwsService:
        return tasks.CallAwsService.jsonata(
            self,
            "FindCopy",
            service="backup",
            action="listCopyJobs",
            parameters={
                "ByResourceArn": database.instance_arn,
                "ByDestinationVaultArn": vault.backup_vault_arn,
                "ByState": "COMPLETED",
            },
            iam_action="backup:ListCopyJobs",
            # It has no resource ("Actions defined by AWS Backup").
            iam_resources=["*"],
            outputs=_age_of_newest("CopyJobs[State = 'COMPLETED']", "CompletionDate"),
        )

    def _newest_archive(self, bucket: s3.IBucket) -> tasks.CallAwsService:
        return tasks.CallAwsService.jsonata(
            self,
            "FindArchive",
            service="rds",
            action="describeExportTasks",
            parameters={"Filters": [{"Name": "s3-bucket", "Values": [bucket.bucket_name]}]},
            iam_action="rds:DescribeExportTasks",
            # The call names no snapshot, which is its resource ("Actions defined by Amazon RDS").
            iam_resources=["*"],
            outputs=_age_of_newest("ExportTasks[Status = 'COMPLETE']", "TaskEndTime"),
        )

    def _put(self, name: str) -> sfn.CustomState:
        return put_metric(
            self, f"Put{name}", namespace=naming.PROJECT, name=name, dimensions={"Environment": self._environment}
        )

    def _metric(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=naming.PROJECT,
            metric_name=name,
            dimensions_map={"Environment": self._environment},
            statistic="Maximum",
            period=HOURLY_PERIOD,
        )


def replication_failures(buckets: Mapping[str, tuple[s3.IBucket, s3.IBucket]]) -> Mapping[str, Metric]:
    """Return the objects that were not replicated, which S3 counts in the region of the source bucket.

    Args:
        buckets: source and destination by name.
    """
    return {
        name: _replication("OperationsFailedReplication", source, destination, "Sum")
        for name, (source, destination) in buckets.items()
    }


def replication_seconds(buckets: Mapping[str, tuple[s3.IBucket, s3.IBucket]]) -> Mapping[str, Metric]:
    """Return the lag of replication, which S3 measures in the region of the destination bucket.

    Args:
        buckets: source and destination by name.
    """
    return {
        name: _replication("ReplicationLatency", source, destination, "Maximum")
        for name, (source, destination) in buckets.items()
    }


def _replication(name: str, source: s3.IBucket, destination: s3.IBucket, statistic: str) -> Metric:
    # "Using S3 Replication metrics", S3 user guide, also for the regions.
    return cloudwatch.Metric(
        namespace="AWS/S3",
        metric_name=name,
        dimensions_map={
            "SourceBucket": source.bucket_name,
            "DestinationBucket": destination.bucket_name,
            "RuleId": REPLICATION_RULE,
        },
        statistic=statistic,
        period=Duration.minutes(5),
    )


def _age_of_newest(found: str, time: str) -> str:
    return _age(f"$max($append([$made], $states.result.{found}.$toMillis({time})))")


def _age(made: str) -> str:
    return jsonata.expression(f"($millis() - ({made})) / {_HOUR_MS}")
