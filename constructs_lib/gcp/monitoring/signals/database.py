"""Signals of the database and its read replica: use, size, replication lag (MON-4, MON-5, SCL-8)."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.sql_database_instance import SqlDatabaseInstance

from constructs_lib.gcp.base.metrics import HOUR, Graph, Query, Section, Signal, series
from constructs_lib.signals.signal import MissingData, Severity, Threshold, critical_and_warning
from environments import AlarmPolicy, DatabaseSize, GrowthPolicy

# Memory in GiB below which Cloud SQL allows so many connections ("Configure database flags", max_connections, Cloud SQL
# for PostgreSQL documentation).
_CONNECTIONS: Sequence[tuple[float, int]] = (
    (3.75, 50),
    (6, 100),
    (7.5, 200),
    (15, 400),
    (30, 500),
    (60, 600),
    (120, 800),
)
_MOST_CONNECTIONS = 1000


def connections(memory_gib: int) -> int:
    """Return how many connections a database with so much memory accepts."""
    return next((allowed for below, allowed in _CONNECTIONS if memory_gib < below), _MOST_CONNECTIONS)


def database(
    *, instance: SqlDatabaseInstance, size: DatabaseSize, alarms: AlarmPolicy, growth: GrowthPolicy, resize: str
) -> Section:
    """Return the section of the database; ``resize`` is the command that prepares a larger size."""
    cpu = Signal(
        name="Cpu",
        metric=_share(instance, "cpu/utilization", "CPU, %"),
        summary="The database is at the end of its CPU; every request that reads or writes waits for it.",
        first_check="the statements at the top of Query Insights.",
        runbook="database-strained",
        thresholds=critical_and_warning(alarms.cpu_percent, policy=alarms),
        missing_data=MissingData.BREACHING,
    )
    disk = Signal(
        name="Disk",
        metric=_share(instance, "disk/utilization", "Disk, %"),
        summary="The database's disk fills up; a full one takes no more writes.",
        first_check="whether storage has reached the environment's max_storage_gib.",
        runbook="disk",
        thresholds=critical_and_warning(alarms.disk_percent, policy=alarms),
    )
    allowed = connections(size.memory_gib)
    clients = Signal(
        name="Connections",
        metric=Query(promql=f"sum({_series(instance, 'postgresql/num_backends')})", label="Connections"),
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
    memory = Query(promql=f"100 - {_hourly(instance, 'memory/utilization')}", label="Free memory, %", minutes=HOUR)
    free = Signal(
        name="FreeMemory",
        metric=memory,
        summary="For hours the database has had little memory left; it reads from disk what it read from memory.",
        first_check=f"whether it is so every day; then {resize}.",
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.free_memory_percent, periods=growth.hours)},
        below=True,
    )
    busy = Signal(
        name="CpuForHours",
        metric=Query(promql=_hourly(instance, "cpu/utilization"), label="CPU, %", minutes=HOUR),
        summary="For hours the database has used more CPU than it should.",
        first_check=f"the statements at the top of Query Insights; if they are as they should be, {resize}.",
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


def replica(*, instance: SqlDatabaseInstance, rpo_minutes: int, alarms: AlarmPolicy) -> Section:
    """Return how far the copy in the recovery region is behind (DR-12)."""
    behind = Signal(
        name="Behind",
        metric=Query(promql=f"max({_series(instance, 'replication/replica_lag')})", label="Behind, s"),
        summary="If the primary region were lost now, more would be lost with it than was promised.",
        first_check="the state of replication of the copy.",
        runbook="replica-lag",
        thresholds={Severity.CRITICAL: Threshold(value=rpo_minutes * 60, periods=alarms.critical_after_minutes)},
        missing_data=MissingData.BREACHING,
    )
    return Section(name="Replica", graphs=[Graph(title="Behind the primary region", shows=[behind])])


def _share(instance: SqlDatabaseInstance, path: str, label: str) -> Query:
    return Query(promql=f"100 * max({_series(instance, path)})", label=label)


def _hourly(instance: SqlDatabaseInstance, path: str) -> str:
    return f"100 * max(avg_over_time({_series(instance, path)}[{HOUR}m]))"


def _series(instance: SqlDatabaseInstance, path: str) -> str:
    return series(
        f"cloudsql.googleapis.com/database/{path}",
        resource="cloudsql_database",
        database_id=f"{instance.project}:{instance.name}",
    )
