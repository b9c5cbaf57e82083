"""Metrics of what users notice, from the load balancer and the uptime checks (MON-1, MON-2, MON-3)."""

from constructs_lib.gcp.base.metrics import Query
from constructs_lib.gcp.monitoring.outside_check import OutsideCheck
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.signals.users import OutsideMetrics, UserMetrics
from environments import AlarmPolicy


def user_metrics(
    traffic: Traffic, *, pods: Pods, check: OutsideCheck | None, policy: AlarmPolicy
) -> UserMetrics[Query]:
    """Return the metrics of the requests and of the check from outside, where the environment has one.

    Args:
        traffic: of the load balancer.
        pods: of the service.
        check: the check from outside.
        policy: its numbers of requests and failures that are enough; with fewer, error rate and p95 have no value.
    """
    return UserMetrics(
        error_rate=error_rate(traffic, policy),
        p50=Query(promql=traffic.percentile(50), label="p50, ms"),
        p95=Query(promql=traffic.if_enough(traffic.p95, policy), label="p95, ms"),
        p99=Query(promql=traffic.percentile(99), label="p99, ms"),
        failed=Query(promql=traffic.failed, label="Failed in the service"),
        unanswered=Query(promql=traffic.unanswered, label="No instance answered"),
        requests=Query(promql=traffic.requests, label="Requests"),
        in_flight=Query(promql=traffic.in_flight_each(pods), label="Requests in flight per pod"),
        answering=pods.ready,
        outside=_outside(check) if check else None,
    )


def error_rate(traffic: Traffic, policy: AlarmPolicy) -> Query:
    """Return the error rate in percent, of minutes with enough requests or with failures that are most of them."""
    return Query(promql=traffic.significant_error_rate(policy), label="Errors, %")


def typical(traffic: Traffic, policy: AlarmPolicy) -> Query:
    """Return the 95th percentile of the response time in milliseconds, of few requests the median."""
    return Query(promql=traffic.typical(policy), label="p95, ms")


def _outside(check: OutsideCheck) -> OutsideMetrics[Query]:
    return OutsideMetrics(
        success=check.success,
        # Uptime checks call from three continents: one place alone sees no outage.
        least_percent=50,
        failure="does not answer, or refuses to check passwords",
        first_check="which of the two checks failed, and from where.",
    )
