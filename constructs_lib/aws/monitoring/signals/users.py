"""What users notice: failed and slow requests, and no answer at all (MON-1, MON-2, MON-3)."""

from constructs_lib.aws.monitoring.metrics import Graph, Section, Signal
from constructs_lib.aws.monitoring.outside_check import OutsideCheck
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.signals.signal import Limit, Severity, Silence, two_levels
from environments import AlarmPolicy, ScalingPolicy


def users(
    *,
    traffic: Traffic,
    check: OutsideCheck | None,
    alarms: AlarmPolicy,
    scaling: ScalingPolicy,
) -> Section:
    """Return what pages as an outage."""
    errors = Signal(
        name="ErrorRate",
        metric=traffic.error_rate,
        means="Requests of users fail.",
        look="whether a deployment has just begun, then the service's log for the time of the first error.",
        runbook="error-rate",
        limits=two_levels(alarms, "error_rate_percent"),
    )
    slow = Signal(
        name="ResponseTime",
        metric=traffic.slowest,
        means="One request in twenty takes longer than users accept.",
        look="CPU of the service and of the database, then the database's slowest statements.",
        runbook="response-time",
        limits=two_levels(alarms, "response_time_ms"),
    )
    waiting = Signal(
        name="InFlight",
        metric=traffic.in_flight,
        means="Requests wait for each other, although instances are added for that.",
        look="whether the service has reached its largest number of instances.",
        runbook="requests-in-flight",
        limits={Severity.WARNING: Limit(value=scaling.requests_in_flight, periods=alarms.warning_after_minutes)},
    )
    answering = Signal(
        name="Answering",
        metric=traffic.healthy,
        means="Nobody answers: no instance of the service passes its health check.",
        look="why the service's last tasks stopped.",
        runbook="no-instances",
        limits={Severity.CRITICAL: Limit(value=1, periods=alarms.critical_after_minutes)},
        below=True,
        silence=Silence.IS_BAD,
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
        page="The service fails its users: see which of its alarms are on. One page, however many there are.",
        runbook="outage",
    )


def _outside(check: OutsideCheck) -> Signal:
    return Signal(
        name="OutsideCheck",
        metric=check.success,
        means="Seen from the internet, the service does not answer, refuses to check passwords, or cannot read.",
        look="which step of the latest run failed.",
        runbook="outside-check",
        # One failed run may be the internet's; two in a row are not.
        limits={Severity.CRITICAL: Limit(value=100, periods=2)},
        below=True,
        silence=Silence.IS_BAD,
    )
