"""Signals of the database and its read replica: use, size, replication lag (MON-4, MON-5, SCL-8, DR-12)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_rds as rds

from constructs_lib.aws.base.metrics import MINUTE, Graph, Section, Signal, expression
from constructs_lib.signals.signal import MissingData, Severity, Threshold, critical_and_warning
from environments import AlarmPolicy, DatabaseSettings, DatabaseSize, GrowthPolicy

_GIB = 2**30
_HOUR = Duration.hours(1)
# RDS sets max_connections to LEAST(DBInstanceClassMemory/9531392, 5000) ("Maximum number of database connections",
# Amazon RDS user guide). DBInstanceClassMemory is a little less than the size's memory.
_BYTES_PER_CONNECTION = 9531392
_MOST_CONNECTIONS = 5000


def connections(memory_gib: int) -> int:
    """Return how many connections a database with ``memory_gib`` of memory accepts."""
    return min(memory_gib * _GIB // _BYTES_PER_CONNECTION, _MOST_CONNECTIONS)


def database(
    *,
    instance: rds.DatabaseInstance,
    settings: DatabaseSettings,
    size: DatabaseSize,
    alarms: AlarmPolicy,
    growth: GrowthPolicy,
    resize: str,
) -> Section:
    """Return the section of the database; ``resize`` is the command that prepares a larger size."""
    cpu = Signal(
        name="Cpu",
        metric=instance.metric_cpu_utilization(period=MINUTE),
        summary="The database is at the end of its CPU; every request that reads or writes waits for it.",
        first_check="the statements at the top of Performance Insights.",
        runbook="database-strained",
        thresholds=critical_and_warning(alarms.cpu_percent, policy=alarms),
        missing_data=MissingData.BREACHING,
    )
    disk = Signal(
        name="Disk",
        metric=_disk(instance, settings),
        summary="The database's disk fills up; a full one takes no more writes.",
        first_check="whether storage has reached the environment's max_storage_gib.",
        runbook="disk",
        thresholds=critical_and_warning(alarms.disk_percent, policy=alarms),
    )
    allowed = connections(size.memory_gib)
    clients = Signal(
        name="Connections",
        metric=instance.metric_database_connections(period=MINUTE, statistic="Maximum"),
        summary=f"Of the {allowed} connections that the database's size allows, few are left; the next instances of the"
        " service will get none.",
        first_check=f"how many instances run; then {resize}.",
        runbook="database-connections",
        thresholds={
            Severity.GROWTH: Threshold(
                value=allowed * growth.connections_percent // 100, periods=alarms.warning_after_minutes
            )
        },
    )
    free = Signal(
        name="FreeMemory",
        metric=instance.metric_freeable_memory(period=_HOUR),
        summary="For hours the database has had little memory left; it reads from disk what it read from memory.",
        first_check=f"whether it is so every day; then {resize}.",
        runbook="too-small",
        thresholds={
            Severity.GROWTH: Threshold(
                value=size.memory_gib * _GIB * growth.free_memory_percent // 100, periods=growth.hours
            )
        },
        below=True,
    )
    busy = Signal(
        name="CpuForHours",
        metric=instance.metric_cpu_utilization(period=_HOUR),
        summary="For hours the database has used more CPU than it should.",
        first_check=f"the statements at the top of Performance Insights; if they are as they should be, {resize}.",
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.cpu_percent, periods=growth.hours)},
    )
    return Section(
        name="Database",
        graphs=[
            Graph(title="CPU", shows=[cpu]),
            Graph(title="Connections", shows=[clients]),
            Graph(title="Disk", shows=[disk]),
            Graph(title="Memory", shows=[free]),
            Graph(title="CPU by the hour", shows=[busy]),
        ],
        page_message="The database is at its limits, and users will notice soon.",
        runbook="database-strained",
    )


def replica(*, instance: rds.DatabaseInstanceReadReplica, rpo_minutes: int, alarms: AlarmPolicy) -> Section:
    """Return the section of the read replica's lag (DR-12). RDS measures it in the replica's region.

    Args:
        instance: the read replica.
        rpo_minutes: the lag that pages.
        alarms: for how long it must last.
    """
    behind = Signal(
        name="Behind",
        metric=instance.metric("ReplicaLag", statistic="Maximum", period=MINUTE),
        summary="If the primary region were lost now, more would be lost with it than was promised.",
        first_check="the state of replication of the copy.",
        runbook="replica-lag",
        thresholds={Severity.CRITICAL: Threshold(value=rpo_minutes * 60, periods=alarms.critical_after_minutes)},
        missing_data=MissingData.BREACHING,
    )
    return Section(name="Replica", graphs=[Graph(title="Behind the primary region", shows=[behind])])


def _disk(instance: rds.DatabaseInstance, settings: DatabaseSettings) -> cloudwatch.MathExpression:
    # RDS reports what is free and not what there is. After storage has grown by itself the environment's storage_gib
    # must be set to what it grew to (docs/runbooks/disk.md); until then the disk looks emptier than it is.
    allocated = settings.storage_gib * _GIB
    free = {"free": instance.metric_free_storage_space(period=MINUTE)}
    return expression(f"100 - 100 * free / {allocated}", "Disk, %", free)
