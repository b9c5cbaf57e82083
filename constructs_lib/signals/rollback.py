"""Signals that roll a deployment back (RBK-1)."""

from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import Graph, Metric, Metric_co, MissingData, Section, Severity, Signal, Threshold
from environments import AlarmPolicy

_NAME = "Deployment"


@dataclass(frozen=True, kw_only=True)
class ProbeMetrics(Generic[Metric_co]):
    """Metrics of a probe that asks the instances itself, whatever the users do.

    Attributes:
        failed: share of its calls that failed, in percent; a minute without a value is a probe that does not run.
        response_time: 95th percentile of its response times, in milliseconds.
    """

    failed: Metric_co
    response_time: Metric_co


@dataclass(frozen=True, kw_only=True)
class RollbackMetrics(Generic[Metric_co]):
    """Metrics that a release is judged by while it is deployed, minute by minute.

    Attributes:
        error_rate: share of requests that failed or went unanswered, in percent; as in ``UserMetrics``.
        p95: 95th percentile of the response time, in milliseconds; with few requests the median.
        unhealthy: instances that fail their health check.
        cpu: CPU utilization of the busiest instance, in percent.
        memory: memory utilization of the busiest instance, in percent.
        probe: the probe; None where a cloud has none.
    """

    error_rate: Metric_co
    p95: Metric_co
    unhealthy: Metric_co
    cpu: Metric_co
    memory: Metric_co
    probe: ProbeMetrics[Metric_co] | None


def rollback(metrics: RollbackMetrics[Metric], *, alarms: AlarmPolicy) -> Section[Metric]:
    """Return the section of the rollback alarms. They page no person: other alarms on the same metrics do.

    The probe has no other, so the team is mailed when it goes on failing, or has died: the next release would have no
    judge.

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
    if metrics.probe:
        signals += _probe(metrics.probe, alarms)
    return Section(name=_NAME, graphs=[Graph(title=_NAME, shows=signals)])


def _probe(metrics: ProbeMetrics[Metric], alarms: AlarmPolicy) -> list[Signal[Metric]]:
    first_check = "the probe's log: it names what failed, of which target group."
    periods = alarms.rollback_after_minutes
    failed = Signal(
        name="Probe",
        metric=metrics.failed,
        summary="The probe's calls fail, or it does not run; a deployment in progress is rolled back.",
        first_check=first_check,
        runbook="rollback",
        thresholds={
            Severity.ROLLBACK: Threshold(value=alarms.error_rate_percent.critical, periods=periods),
            Severity.WARNING: Threshold(value=alarms.error_rate_percent.critical, periods=alarms.warning_after_minutes),
        },
        missing_data=MissingData.BREACHING,
    )
    slow = Signal(
        name="ProbeResponseTime",
        metric=metrics.response_time,
        summary="The probe's calls are too slow; a deployment in progress is rolled back.",
        first_check=first_check,
        runbook="rollback",
        # Without a healthy instance it has no value, and the other signal says what that means.
        thresholds={Severity.ROLLBACK: Threshold(value=alarms.response_time_ms.critical, periods=periods)},
    )
    return [failed, slow]
