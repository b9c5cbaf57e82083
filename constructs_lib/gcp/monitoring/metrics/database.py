"""Metrics of the database and its read replica, as Cloud SQL reports them (MON-4, MON-5, SCL-8, DR-12)."""

from cdktf_cdktf_provider_google.sql_database_instance import SqlDatabaseInstance

from constructs_lib.gcp.base.metrics import HOUR, Query, series
from constructs_lib.signals.database import DatabaseMetrics
from environments import DatabaseSize


def database_metrics(instance: SqlDatabaseInstance, *, size: DatabaseSize) -> DatabaseMetrics[Query]:
    """Return the metrics of the primary."""
    return DatabaseMetrics(
        cpu=_share(instance, "cpu/utilization", "CPU, %"),
        disk=_share(instance, "disk/utilization", "Disk, %"),
        connections=Query(promql=f"sum({_series(instance, 'postgresql/num_backends')})", label="Connections"),
        max_connections=size.max_connections,
        # Both in percent.
        hourly_free_memory=Query(
            promql=f"100 - {_hourly(instance, 'memory/utilization')}", label="Free memory, %", minutes=HOUR
        ),
        memory=100,
        hourly_cpu=Query(promql=_hourly(instance, "cpu/utilization"), label="CPU, %", minutes=HOUR),
    )


def replica_lag(instance: SqlDatabaseInstance) -> Query:
    """Return the replication lag in seconds."""
    return Query(promql=f"max({_series(instance, 'replication/replica_lag')})", label="Replication lag, s")


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
