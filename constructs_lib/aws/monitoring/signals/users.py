"""Signals that users notice: failed and slow requests, and no answer at all (MON-1, MON-2, MON-3)."""

from constructs_lib.aws.base.metrics import Graph, Section, Signal
from constructs_lib.aws.monitoring.outside_check import OutsideCheck
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.signals.signal import MissingData, Severity, Threshold, critical_and_warning
from environments import AlarmPolicy, ScalingPolicy


def users(
    *,
    traffic: Traffic,
    check: OutsideCheck | None,
    alarms: AlarmPolicy,
    scaling: ScalingPolicy,
) -> Section:
    """Return the section whose page is the outage.

    Args:
        traffic: metrics of the requests.
        check: the check from outside, where the environment has one.
        alarms: levels and durations.
        scaling: its target of requests in flight is the level of the warning.
    """
    errors = Signal(
        name="ErrorRate",
        metric=traffic.error_rate,
        summary="Requests of users fail.",
        first_check="whether a deployment has just begun, then the service's log for the time of the first error.",
        runbook="error-rate",
        thresholds=critical_and_warning(alarms.error_rate_percent, policy=alarms),
    )
    slow = Signal(
        name="ResponseTime",
        metric=traffic.p95,
        summary="One request in twenty takes longer than users accept.",
        first_check="CPU of the service and of the database, then the database's slowest statements.",
        runbook="response-time",
        thresholds=critical_and_warning(alarms.response_time_ms, policy=alarms),
    )
    waiting = Signal(
        name="InFlight",
        metric=traffic.in_flight,
        summary="Requests wait for each other, although instances are added for that.",
        first_check="whether the service has reached its largest number of instances.",
        runbook="requests-in-flight",
        thresholds={
            Severity.WARNING: Threshold(value=scaling.requests_in_flight, periods=alarms.warning_after_minutes)
        },
    )
    answering = Signal(
        name="Answering",
        metric=traffic.healthy,
        summary="Nobody answers: no instance of the service passes its health check.",
        first_check="why the service's last tasks stopped.",
        runbook="no-instances",
        thresholds={Severity.CRITICAL: Threshold(value=1, periods=alarms.critical_after_minutes)},
        below=True,
        missing_data=MissingData.BREACHING,
    )
    shown = [
        Graph(title="Errors", shows=[errors, traffic.failed, traffic.unanswered]),
        Graph(title="Response time", shows=[traffic.percentile(50), slow, traffic.percentile(99)]),
        Graph(title="Requests a minute", shows=[traffic.requests]),
        Graph(title="Requests in flight", shows=[waiting]),
        Graph(title="Instances that answer", shows=[answering]),
    ]
    if check:
        shown.append(Graph(title="From outside", shows=[_outside(check)]))
    return Section(
        name="Users",
        graphs=shown,
        page_message="The service fails its users: see which of its alarms are on. One page, however many there are.",
        runbook="outage",
    )


def _outside(check: OutsideCheck) -> Signal:
    return Signal(
        name="OutsideCheck",
        metric=check.success,
        summary="Seen from the internet, the service does not answer, refuses to check passwords, or cannot read.",
        first_check="which step of the latest run failed.",
        runbook="outside-check",
        # One failed run may be the internet's; two in a row are not.
        thresholds={Severity.CRITICAL: Threshold(value=100, periods=2)},
        below=True,
        missing_data=MissingData.BREACHING,
    )
