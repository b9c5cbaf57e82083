"""Signals of backups and copies: whether the newest of each is young enough (DR-1 to DR-4, DR-9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import Graph, Metric, Metric_co, MissingData, Section, Severity, Signal, Threshold
from environments import BackupPolicy

_RUNBOOK = "backups"


@dataclass(frozen=True, kw_only=True)
class BackupMetrics(Generic[Metric_co]):
    """Ages in hours of the newest of each kind, or of the database where there is none yet.

    A failure may be told by nobody, because nothing was started; an age tells it all the same.

    Attributes:
        point_in_time: latest second that the database can be restored to.
        backup: newest backup.
        copy: newest copy in the recovery region; None where there is no such region.
        archive: newest archive.
        not_started: starts of a scheduled job that failed and wait in a dead-letter queue.
    """

    point_in_time: Metric_co
    backup: Metric_co
    copy: Metric_co | None
    archive: Metric_co
    not_started: Metric_co


def backups(
    metrics: BackupMetrics[Metric], not_replicated: Mapping[str, Metric], *, policy: BackupPolicy
) -> Section[Metric]:
    """Return the section of backups and copies.

    Args:
        metrics: of the database.
        not_replicated: objects that were not copied to the recovery region, by the name of the bucket.
        policy: ages that are promised.
    """
    shows = [
        _age(
            "PointInTime", metrics.point_in_time, "The latest restorable time of the database", policy.rpo_minutes / 60
        ),
        _age("Backup", metrics.backup, "The newest backup of the database", policy.daily_late_hours),
        _age("Archive", metrics.archive, "The newest archive of the database", policy.monthly_late_days * 24),
    ]
    if metrics.copy:
        shows.append(_age("Copy", metrics.copy, "The newest copy in the recovery region", policy.daily_late_hours))
    not_started = Signal(
        name="NotStarted",
        metric=metrics.not_started,
        summary="A scheduled job of the environment could not be started.",
        first_check="the message in the dead-letter queue, which holds the error.",
        runbook=_RUNBOOK,
        thresholds={Severity.WARNING: Threshold(value=0, periods=1)},
    )
    graphs: list[Graph[Metric]] = [Graph(title="Age of the newest, hours", shows=[*shows, not_started])]
    if not_replicated:
        graphs.append(
            Graph(
                title="Objects that were not replicated",
                shows=[
                    Signal(
                        name=f"{bucket}NotReplicated",
                        metric=metric,
                        summary=f"Objects of the bucket {bucket.lower()} were not copied to the recovery region.",
                        first_check="the objects whose replication status is FAILED.",
                        runbook=_RUNBOOK,
                        thresholds={Severity.WARNING: Threshold(value=0, periods=1)},
                    )
                    for bucket, metric in not_replicated.items()
                ],
            )
        )
    return Section(name="Backups", graphs=graphs)


def replication_lag(seconds: Mapping[str, Metric], *, policy: BackupPolicy) -> Section[Metric]:
    """Return the section of the lag of object replication, by the name of the bucket (DR-12)."""
    lags = [
        Signal(
            name=f"{bucket}Behind",
            metric=metric,
            summary=f"The copy of the bucket {bucket.lower()} is further behind than promised.",
            first_check="the objects whose replication is pending or has failed.",
            runbook=_RUNBOOK,
            thresholds={Severity.WARNING: Threshold(value=policy.rpo_minutes * 60, periods=1)},
        )
        for bucket, metric in seconds.items()
    ]
    return Section(name="Copies", graphs=[Graph(title="Lag of object replication", shows=lags)])


def _age(name: str, metric: Metric, what: str, hours: float) -> Signal[Metric]:
    return Signal(
        name=f"{name}Age",
        metric=metric,
        summary=f"{what} is older than promised, or its age is not measured.",
        first_check="the last jobs and their errors.",
        runbook=_RUNBOOK,
        thresholds={Severity.WARNING: Threshold(value=hours, periods=1)},
        missing_data=MissingData.BREACHING,
    )
