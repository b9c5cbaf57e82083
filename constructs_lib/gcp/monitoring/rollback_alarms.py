"""Rollback alarms: they roll a deployment back (RBK-1)."""

from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from constructs_lib.gcp.base.metrics import Graph, Query, Section, Signal
from constructs_lib.gcp.monitoring.alarms import Alarms
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.signals.signal import Severity, Threshold
from environments import AlarmPolicy

_NAME = "Deployment"


class RollbackAlarms(Alarms):
    """Alarms that a release is judged by while it is deployed; when one goes off, ``Rollback`` restores the one before.

    They page nobody: the same numbers have alarms that do. ``Rollback`` itself finds out whether a release is judged.

    Args:
        name: the environment's stack name; the alarms' names begin with it.
        policy: the thresholds, and for how long they must be exceeded.
        traffic: metrics of the requests.
        pods: metrics of the pods.
        rollback: ``Rollback.channel``.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        policy: AlarmPolicy,
        traffic: Traffic,
        pods: Pods,
        rollback: MonitoringNotificationChannel,
    ) -> None:
        after, minimum = policy.rollback_after_minutes, policy.minimum_requests
        errors = Query(promql=traffic.if_enough(traffic.error_rate, minimum=minimum), label="Errors, %")
        p95 = Query(promql=traffic.if_enough(traffic.p95, minimum=minimum), label="p95, ms")
        signals = [
            _signal(name, metric, Threshold(value=threshold, periods=after), summary)
            for name, metric, threshold, summary in (
                ("ErrorRate", errors, policy.error_rate_percent.critical, "Requests fail"),
                ("ResponseTime", p95, policy.response_time_ms.critical, "Requests are too slow"),
                ("Unhealthy", pods.failing, 0, "Instances fail their health checks"),
                ("Cpu", pods.cpu(), policy.cpu_percent.critical, "CPU is at its end"),
                ("Memory", pods.memory(), policy.memory_percent.critical, "Memory is at its end"),
            )
        ]
        section = Section(name=_NAME, graphs=[Graph(title=_NAME, shows=signals)])
        super().__init__(scope, construct_id, name=name, sections=[section], notifications=None, rollback=rollback)


def _signal(name: str, metric: Query, threshold: Threshold, summary: str) -> Signal:
    return Signal(
        name=name,
        metric=metric,
        summary=f"{summary}; while a deployment runs, it is undone.",
        first_check="whether a deployment is running, and what it changed.",
        runbook="rollback",
        thresholds={Severity.ROLLBACK: threshold},
    )
