"""Metrics of what users notice, from the load balancer and the canary (MON-1, MON-2, MON-3)."""

from constructs_lib.aws.base.metrics import Metric
from constructs_lib.aws.monitoring.outside_check import OutsideCheck
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.signals.users import OutsideMetrics, UserMetrics


def user_metrics(traffic: Traffic, *, check: OutsideCheck | None) -> UserMetrics[Metric]:
    """Return the metrics of the requests and of the check from outside, where the environment has one."""
    return UserMetrics(
        error_rate=traffic.error_rate,
        p50=traffic.percentile(50),
        p95=traffic.p95,
        p99=traffic.percentile(99),
        failed=traffic.failed,
        unanswered=traffic.unanswered,
        requests=traffic.requests,
        in_flight=traffic.in_flight,
        answering=traffic.healthy,
        outside=_outside(check) if check else None,
    )


def _outside(check: OutsideCheck) -> OutsideMetrics[Metric]:
    return OutsideMetrics(
        success=check.success,
        # A canary calls from one place: a run succeeds or does not.
        least_percent=100,
        failure="does not answer, refuses to check passwords, or cannot read",
        first_check="which step of the latest run failed.",
    )
