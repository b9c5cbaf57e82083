"""Background jobs: alarms on what fails without a person noticing, in one project (DR-4, RBK-1, SEC-11, SEC-12)."""

from constructs_lib.gcp.base.google_workflows import failed_executions
from constructs_lib.gcp.base.metrics import HOUR, Graph, Query, Section, Signal, increase, series
from constructs_lib.signals.signal import Severity, Threshold

_RUNBOOK = "backups"
_ROLLBACK = "rollback"
_MINUTES = 5


def background_jobs(*, rollback: str) -> Section:
    """Return the section of workflows that failed, of events that did not arrive, and of lost log entries.

    Args:
        rollback: name of the workflow that rolls a release back, whose failure pages.
    """
    failed = Signal(
        name="Failed",
        metric=Query(promql=failed_executions(minutes=HOUR), label="Failed workflows", minutes=HOUR),
        summary="A workflow failed: the archive of the database, the measurement of backups, or the rollback.",
        first_check="the log of its last execution.",
        runbook=_RUNBOOK,
        thresholds={Severity.WARNING: Threshold(value=0, periods=1)},
    )
    not_rolled_back = Signal(
        name="RollbackFailed",
        metric=Query(promql=failed_executions(minutes=_MINUTES, workflow_id=rollback), label="Failed rollbacks"),
        summary="The automatic rollback failed; the release that raised an alarm still runs.",
        first_check="the log of the workflow's last execution, then roll back by hand.",
        runbook=_ROLLBACK,
        thresholds={Severity.CRITICAL: Threshold(value=0, periods=1)},
    )
    # Eventarc makes a subscription of its own for the topic of the rollback alarms.
    waiting = series("pubsub.googleapis.com/subscription/num_undelivered_messages", resource="pubsub_subscription")
    not_delivered = Signal(
        name="EventsWaiting",
        metric=Query(promql=f"max({waiting})", label="Alarms that did not start a rollback"),
        summary="A rollback alarm waits and starts no rollback.",
        first_check="the trigger of Eventarc and the roles of its service agents.",
        runbook=_ROLLBACK,
        thresholds={Severity.CRITICAL: Threshold(value=0, periods=_MINUTES)},
    )
    return Section(
        name="Jobs",
        graphs=[
            Graph(title="Workflows", shows=[failed, not_rolled_back]),
            Graph(title="Events and logs", shows=[not_delivered, _lost_logs()]),
        ],
    )


def shared_jobs() -> Section:
    """Return the section of lost log entries, for the project whose workflows are those of reviews."""
    return Section(name="Jobs", graphs=[Graph(title="Logs", shows=[_lost_logs()])])


def _lost_logs() -> Signal:
    errors = series("logging.googleapis.com/exports/error_count", resource="logging_sink")
    return Signal(
        name="LogsLost",
        metric=Query(promql=increase(errors, minutes=HOUR), label="Entries that a sink lost", minutes=HOUR),
        summary="A log sink cannot deliver entries; the audit trail or a log bucket misses them.",
        first_check="the sink's destination and the grant of its identity.",
        runbook="account/finding",
        thresholds={Severity.WARNING: Threshold(value=0, periods=1)},
    )
