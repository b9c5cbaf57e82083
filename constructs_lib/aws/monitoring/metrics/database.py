"""Metrics of the database and its read replica, as RDS reports them (MON-4, MON-5, SCL-8, DR-12)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_rds as rds

from constructs_lib.aws.base.metrics import MINUTE, Metric, expression
from constructs_lib.signals.database import DatabaseMetrics
from environments import DatabaseSettings, DatabaseSize

_GIB = 2**30
_HOUR = Duration.hours(1)


def database_metrics(
    instance: rds.DatabaseInstance, *, settings: DatabaseSettings, size: DatabaseSize
) -> DatabaseMetrics[Metric]:
    """Return the metrics of the primary."""
    return DatabaseMetrics(
        cpu=instance.metric_cpu_utilization(period=MINUTE),
        disk=_disk(instance, settings),
        connections=instance.metric_database_connections(period=MINUTE, statistic="Maximum"),
        max_connections=size.max_connections,
        # Both in bytes.
        hourly_free_memory=instance.metric_freeable_memory(period=_HOUR),
        memory=size.memory_gib * _GIB,
        hourly_cpu=instance.metric_cpu_utilization(period=_HOUR),
    )


def replica_lag(instance: rds.DatabaseInstanceReadReplica) -> cloudwatch.Metric:
    """Return the replication lag in seconds. RDS measures it in the replica's region."""
    return instance.metric("ReplicaLag", statistic="Maximum", period=MINUTE)


def _disk(instance: rds.DatabaseInstance, settings: DatabaseSettings) -> cloudwatch.MathExpression:
    # RDS reports what is free and not what there is. After storage has grown by itself the environment's storage_gib
    # must be set to what it grew to (docs/runbooks/disk.md); until then the disk looks emptier than it is.
    allocated = settings.storage_gib * _GIB
    free = {"free": instance.metric_free_storage_space(period=MINUTE)}
    return expression(f"100 - 100 * free / {allocated}", "Disk, %", free)
