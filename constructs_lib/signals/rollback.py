"""Signals that roll a deployment back (RBK-1)."""

from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import Graph, Metric, Metric_co, Section, Severity, Signal, Threshold
from environments import AlarmPolicy

_NAME = "Deployment"


@dataclass(frozen=True, kw_only=True)
class RollbackMetrics(Generic[Metric_co]):
    """Metrics that a release is judged by while it is deployed, minute by minute.

    Attributes:
        error_rate: share of requests that failed or went unanswered, in percent; as in ``UserMetrics``.
        p95: 95th percentile of the response time, in milliseconds; with few requests the median.
        unhealthy: instances that fail their health check.
        cpu: CPU utilization of the busiest instance, in percent.
        memory: memory utilization of the busiest instance, in percent.
    """

    error_rate: Metric_co
    p95: Metric_co
    unhealthy: Metric_co
    cpu: Metric_co
    memory: Metric_co


def rollback(metrics: RollbackMetrics[Metric], *, alarms: AlarmPolicy) -> Section[Metric]:
    """Return the section of the rollback alarms. They page no person: other alarms on the same metrics do.

    Args:
        metrics: of the requests and the instances.
        alarms: their critical thresholds, and for how long these must be exceeded during a deployment.
    """
    signals = [
        Signal(
            name=name,
            metric=metric,
            summary=f"{summary}; a deployment in progress is rolled back.",
            first_check="whether a deployment is running, and what it changed.",
            runbook="rollback",
            thresholds={Severity.ROLLBACK: Threshold(value=value, periods=alarms.rollback_after_minutes)},
        )
        for name, metric, value, summary in (
            ("ErrorRate", metrics.error_rate, alarms.error_rate_percent.critical, "Requests fail"),
            ("ResponseTime", metrics.p95, alarms.response_time_ms.critical, "Requests are too slow"),
            ("Unhealthy", metrics.unhealthy, 0, "Instances fail their health checks"),
            ("Cpu", metrics.cpu, alarms.cpu_percent.critical, "CPU is nearly exhausted"),
            ("Memory", metrics.memory, alarms.memory_percent.critical, "Memory is nearly exhausted"),
        )
    ]
    return Section(name=_NAME, graphs=[Graph(title=_NAME, shows=signals)])
