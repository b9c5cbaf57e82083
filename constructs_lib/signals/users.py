"""Signals that users notice: failed and slow requests, and no answer at all (MON-1, MON-2, MON-3)."""

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
from environments import AlarmPolicy, ScalingPolicy


@dataclass(frozen=True, kw_only=True)
class OutsideMetrics(Generic[Metric_co]):
    """Metric of the check from outside, and what that check can find.

    Attributes:
        success: share of the calls that went well, in percent; its period is the interval of the check.
        least_percent: smallest success that is not a failure.
        failure: what it has found when it fails, after "the service".
        first_check: the first thing to look at.
    """

    success: Metric_co
    least_percent: int
    failure: str
    first_check: str


@dataclass(frozen=True, kw_only=True)
class UserMetrics(Generic[Metric_co]):
    """Metrics of the requests, minute by minute, as the load balancer counts them.

    With fewer requests than ``AlarmPolicy.minimum_requests`` p95 breaches nothing, and the error rate only if most of
    the requests fail, ``AlarmPolicy.minimum_failures`` at least.

    Attributes:
        error_rate: share of requests that failed or went unanswered, in percent.
        p50: median of the response time, in milliseconds.
        p95: its 95th percentile.
        p99: its 99th percentile.
        failed: requests that the service answered with an error of its own.
        unanswered: requests that the load balancer answered with an error, because no instance did.
        requests: all requests.
        in_flight: requests that wait or are served, for each instance, by Little's law.
        answering: instances that pass their health check.
        outside: the check from outside; None where the environment has none.
    """

    error_rate: Metric_co
    p50: Metric_co
    p95: Metric_co
    p99: Metric_co
    failed: Metric_co
    unanswered: Metric_co
    requests: Metric_co
    in_flight: Metric_co
    answering: Metric_co
    outside: OutsideMetrics[Metric_co] | None


def users(
    metrics: UserMetrics[Metric], *, words: Words, alarms: AlarmPolicy, scaling: ScalingPolicy
) -> Section[Metric]:
    """Return the section whose page is the outage.

    Args:
        metrics: of the requests.
        words: of the cloud.
        alarms: thresholds and durations.
        scaling: its target of requests in flight for each instance is the threshold of the warning.
    """
    errors = Signal(
        name="ErrorRate",
        metric=metrics.error_rate,
        summary="Too many requests fail.",
        first_check="whether a deployment has just begun, then the service's log for the time of the first error.",
        runbook="error-rate",
        thresholds=critical_and_warning(alarms.error_rate_percent, policy=alarms),
    )
    slow = Signal(
        name="ResponseTime",
        metric=metrics.p95,
        summary="Response time is too long: its 95th percentile is above the threshold.",
        first_check="CPU of the service and of the database, then the database's slowest statements.",
        runbook="response-time",
        thresholds=critical_and_warning(alarms.response_time_ms, policy=alarms),
    )
    waiting = Signal(
        name="InFlight",
        metric=metrics.in_flight,
        summary="Too many requests are in flight, although scaling adds instances for them.",
        first_check="whether the service has reached its largest number of instances.",
        runbook="requests-in-flight",
        thresholds={
            Severity.WARNING: Threshold(value=scaling.requests_in_flight_each, periods=alarms.warning_after_minutes)
        },
    )
    answering = Signal(
        name="Answering",
        metric=metrics.answering,
        summary="The service is down: no instance passes its health check.",
        first_check=f"why the service's last {words.instances} stopped.",
        runbook="no-instances",
        thresholds={Severity.CRITICAL: Threshold(value=1, periods=alarms.critical_after_minutes)},
        below=True,
        missing_data=MissingData.BREACHING,
    )
    graphs: list[Graph[Metric]] = [
        Graph(title="Errors", shows=[errors, metrics.failed, metrics.unanswered]),
        Graph(title="Response time", shows=[metrics.p50, slow, metrics.p99]),
        Graph(title="Requests a minute", shows=[metrics.requests]),
        Graph(title="Requests in flight", shows=[waiting]),
        Graph(title="Healthy instances", shows=[answering]),
    ]
    if metrics.outside:
        graphs.append(Graph(title="Check from outside", shows=[_outside(metrics.outside)]))
    return Section(
        name="Users",
        graphs=graphs,
        page_message="Users are affected: see which alarms of the service are on. One page covers all of them.",
        runbook="outage",
    )


def _outside(metrics: OutsideMetrics[Metric]) -> Signal[Metric]:
    return Signal(
        name="OutsideCheck",
        metric=metrics.success,
        summary=f"The check from outside failed: the service {metrics.failure}.",
        first_check=metrics.first_check,
        runbook="outside-check",
        # One failed run may be the internet's; two in a row are not.
        thresholds={Severity.CRITICAL: Threshold(value=metrics.least_percent, periods=2)},
        below=True,
        missing_data=MissingData.BREACHING,
    )
