"""Signals of the database and its read replica: use, size, replication lag (MON-4, MON-5, SCL-8, DR-12)."""

from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import (
    Graph,
    Metric,
    Metric_co,
    MissingData,
    Section,
    Severity,
    Signal,
    Threshold,
    critical_and_warning,
)
from constructs_lib.signals.words import Words
from environments import AlarmPolicy, GrowthPolicy


@dataclass(frozen=True, kw_only=True)
class DatabaseMetrics(Generic[Metric_co]):
    """Metrics of the database, and the sizes that they are compared with.

    Attributes:
        cpu: CPU utilization of a minute, in percent.
        disk: disk utilization, in percent.
        connections: open connections.
        max_connections: how many the database's size allows.
        hourly_free_memory: free memory of an hour, in the unit that the cloud reports it in.
        memory: all memory of the database's size, in the same unit.
        hourly_cpu: CPU utilization of an hour, in percent.
    """

    cpu: Metric_co
    disk: Metric_co
    connections: Metric_co
    max_connections: int
    hourly_free_memory: Metric_co
    memory: int
    hourly_cpu: Metric_co


def database(
    metrics: DatabaseMetrics[Metric], *, words: Words, alarms: AlarmPolicy, growth: GrowthPolicy, resize: str
) -> Section[Metric]:
    """Return the section of the database.

    Args:
        metrics: of the primary.
        words: of the cloud.
        alarms: thresholds and durations.
        growth: thresholds above which a larger size is needed.
        resize: the command that prepares a larger size.
    """
    cpu = Signal(
        name="Cpu",
        metric=metrics.cpu,
        summary="The database's CPU is nearly exhausted; requests that read or write data slow down.",
        first_check=f"the statements at the top of {words.database_statements}.",
        runbook="database-strained",
        thresholds=critical_and_warning(alarms.cpu_percent, policy=alarms),
        missing_data=MissingData.BREACHING,
    )
    disk = Signal(
        name="Disk",
        metric=metrics.disk,
        summary="The database's disk is nearly full; a full disk accepts no writes.",
        first_check="whether storage has reached the environment's max_storage_gib.",
        runbook="disk",
        thresholds=critical_and_warning(alarms.disk_percent, policy=alarms),
    )
    most = metrics.max_connections
    connections = Signal(
        name="Connections",
        metric=metrics.connections,
        summary=f"Nearly all of the {most} connections that the database's size allows are in use; new instances of the"
        " service will get none.",
        first_check=f"how many instances run; then {resize}.",
        runbook="database-connections",
        thresholds={
            Severity.GROWTH: Threshold(
                value=most * growth.connections_percent // 100, periods=alarms.warning_after_minutes
            )
        },
    )
    free = Signal(
        name="FreeMemory",
        metric=metrics.hourly_free_memory,
        summary="The database's free memory has been low for hours; it reads from disk instead of memory.",
        first_check=f"whether the graph is the same every day; if so, {resize}.",
        runbook="too-small",
        thresholds={
            Severity.GROWTH: Threshold(value=metrics.memory * growth.free_memory_percent // 100, periods=growth.hours)
        },
        below=True,
    )
    busy = Signal(
        name="CpuForHours",
        metric=metrics.hourly_cpu,
        summary="The database's CPU utilization has been high for hours.",
        first_check=f"the statements at the top of {words.database_statements}; if none of them can be improved,"
        f" {resize}.",
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.cpu_percent, periods=growth.hours)},
    )
    return Section(
        name="Database",
        graphs=[
            Graph(title="CPU", shows=[cpu]),
            Graph(title="Connections", shows=[connections]),
            Graph(title="Disk", shows=[disk]),
            Graph(title="Memory", shows=[free]),
            Graph(title="Hourly CPU", shows=[busy]),
        ],
        page_message="The database is near its limits; requests will slow down or fail next.",
        runbook="database-strained",
    )


def replica(lag: Metric, *, rpo_minutes: int, alarms: AlarmPolicy) -> Section[Metric]:
    """Return the section of the read replica's lag behind the primary (DR-12).

    Args:
        lag: of replication, in seconds.
        rpo_minutes: the lag that pages.
        alarms: for how long it must last.
    """
    behind = Signal(
        name="Behind",
        metric=lag,
        summary="The copy in the recovery region lags too far behind: losing the"
        " primary region now would lose more data than promised.",
        first_check="the replication state of the copy.",
        runbook="replica-lag",
        thresholds={Severity.CRITICAL: Threshold(value=rpo_minutes * 60, periods=alarms.critical_after_minutes)},
        missing_data=MissingData.BREACHING,
    )
    return Section(name="Replica", graphs=[Graph(title="Replication lag", shows=[behind])])
