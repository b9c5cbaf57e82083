"""Metrics of what users notice, from the load balancer and the uptime checks (MON-1, MON-2, MON-3)."""

from constructs_lib.gcp.base.metrics import Query
from constructs_lib.gcp.monitoring.outside_check import OutsideCheck
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.signals.users import OutsideMetrics, UserMetrics


def user_metrics(
    traffic: Traffic, *, pods: Pods, check: OutsideCheck | None, minimum_requests: int
) -> UserMetrics[Query]:
    """Return the metrics of the requests and of the check from outside, where the environment has one.

    Args:
        traffic: of the load balancer.
        pods: of the service.
        check: the check from outside.
        minimum_requests: a minute; with fewer, error rate and p95 have no value.
    """
    return UserMetrics(
        error_rate=error_rate(traffic, minimum_requests),
        p50=Query(promql=traffic.percentile(50), label="p50, ms"),
        p95=p95(traffic, minimum_requests),
        p99=Query(promql=traffic.percentile(99), label="p99, ms"),
        failed=Query(promql=traffic.failed, label="Failed in the service"),
        unanswered=Query(promql=traffic.unanswered, label="No instance answered"),
        requests=Query(promql=traffic.requests, label="Requests"),
        in_flight=Query(promql=traffic.in_flight, label="Requests in flight"),
        answering=pods.ready,
        outside=_outside(check) if check else None,
    )


def error_rate(traffic: Traffic, minimum_requests: int) -> Query:
    """Return the error rate in percent, of minutes with enough requests."""
    return Query(promql=traffic.if_enough(traffic.error_rate, minimum=minimum_requests), label="Errors, %")


def p95(traffic: Traffic, minimum_requests: int) -> Query:
    """Return the 95th percentile of the response time in milliseconds, of minutes with enough requests."""
    return Query(promql=traffic.if_enough(traffic.p95, minimum=minimum_requests), label="p95, ms")


def _outside(check: OutsideCheck) -> OutsideMetrics[Query]:
    return OutsideMetrics(
        success=check.success,
        # Uptime checks call from three continents: one place alone sees no outage.
        least_percent=50,
        failure="does not answer, or refuses to check passwords",
        first_check="which of the two checks failed, and from where.",
    )
