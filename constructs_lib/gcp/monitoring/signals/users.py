"""Signals that users notice: failed and slow requests, and no answer at all (MON-1, MON-2, MON-3)."""

from constructs_lib.gcp.base.metrics import Graph, Query, Section, Signal
from constructs_lib.gcp.monitoring.outside_check import OutsideCheck
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.signals.signal import MissingData, Severity, Threshold, critical_and_warning
from environments import AlarmPolicy, ScalingPolicy


def users(
    *,
    traffic: Traffic,
    pods: Pods,
    check: OutsideCheck | None,
    alarms: AlarmPolicy,
    scaling: ScalingPolicy,
) -> Section:
    """Return what pages as an outage."""
    minimum = alarms.minimum_requests
    errors = Signal(
        name="ErrorRate",
        metric=Query(promql=traffic.if_enough(traffic.error_rate, minimum=minimum), label="Errors, %"),
        summary="Requests of users fail.",
        first_check="whether a deployment has just begun, then the service's log for the time of the first error.",
        runbook="error-rate",
        thresholds=critical_and_warning(alarms.error_rate_percent, policy=alarms),
    )
    slow = Signal(
        name="ResponseTime",
        metric=Query(promql=traffic.if_enough(traffic.p95, minimum=minimum), label="p95, ms"),
        summary="One request in twenty takes longer than users accept.",
        first_check="CPU of the service and of the database, then the database's slowest statements.",
        runbook="response-time",
        thresholds=critical_and_warning(alarms.response_time_ms, policy=alarms),
    )
    waiting = Signal(
        name="InFlight",
        metric=Query(promql=traffic.in_flight, label="Requests in flight"),
        summary="Requests wait for each other, although instances are added for that.",
        first_check="whether the service has reached its largest number of instances.",
        runbook="requests-in-flight",
        thresholds={
            Severity.WARNING: Threshold(value=scaling.requests_in_flight, periods=alarms.warning_after_minutes)
        },
    )
    answering = Signal(
        name="Answering",
        metric=pods.ready,
        summary="Nobody answers: no instance of the service passes its health check.",
        first_check="why the service's last pods stopped.",
        runbook="no-instances",
        thresholds={Severity.CRITICAL: Threshold(value=1, periods=alarms.critical_after_minutes)},
        below=True,
        missing_data=MissingData.BREACHING,
    )
    shown: list[Graph] = [
        Graph(
            title="Errors",
            shows=[
                errors,
                Query(promql=traffic.failed, label="Failed in the service"),
                Query(promql=traffic.unanswered, label="Answered by no instance"),
            ],
        ),
        Graph(
            title="Response time",
            shows=[
                Query(promql=traffic.percentile(50), label="p50, ms"),
                slow,
                Query(promql=traffic.percentile(99), label="p99, ms"),
            ],
        ),
        Graph(title="Requests a minute", shows=[Query(promql=traffic.requests, label="Requests")]),
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
        summary="Seen from the internet, the service does not answer, or refuses to check passwords.",
        first_check="which of the two checks failed, and from where.",
        runbook="outside-check",
        # One failed run may be the internet's; two in a row are not. Nor is it one place alone that sees an outage.
        thresholds={Severity.CRITICAL: Threshold(value=50, periods=2)},
        below=True,
        missing_data=MissingData.BREACHING,
    )
