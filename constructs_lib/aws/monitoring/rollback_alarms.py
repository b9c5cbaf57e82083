"""Alarms that roll a deployment back (RBK-1)."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.aws.base.metrics import MINUTE, Graph, Metric, Section, Signal
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.signals.signal import Severity, Threshold
from environments import AlarmPolicy

_NAME = "Deployment"


class RollbackAlarms:
    """Alarms that ECS reads while it deploys; when one goes off, ECS returns to the release before.

    They page nobody: the same numbers have alarms that do. An alarm that is on when a deployment begins does not stop
    it, so a release that repairs an outage can be deployed ("How CloudWatch alarms detect Amazon ECS deployment
    failures", Amazon ECS developer guide). Metrics are found by name, so that the alarms exist before the service does.

    Attributes:
        alarms: must exist before the service.
        names: of the alarms, for the service.

    Args:
        name: of the environment; the alarms' names begin with it.
        cluster_name: of the ECS cluster.
        service_name: of the ECS service.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        policy: AlarmPolicy,
        traffic: Traffic,
        cluster_name: str,
        service_name: str,
    ) -> None:
        dimensions = {"ClusterName": cluster_name, "ServiceName": service_name}
        after = policy.rollback_after_minutes
        signals = [
            _signal(name, metric, Threshold(value=threshold, periods=after), summary)
            for name, metric, threshold, summary in (
                ("ErrorRate", traffic.error_rate, policy.error_rate_percent.critical, "Requests fail"),
                ("ResponseTime", traffic.p95, policy.response_time_ms.critical, "Requests are too slow"),
                ("Unhealthy", traffic.unhealthy, 0, "Instances fail their health checks"),
                ("Cpu", _utilization("CPUUtilization", dimensions), policy.cpu_percent.critical, "CPU is at its end"),
                (
                    "Memory",
                    _utilization("MemoryUtilization", dimensions),
                    policy.memory_percent.critical,
                    "Memory is at its end",
                ),
            )
        ]
        section = Section(name=_NAME, graphs=[Graph(title=_NAME, shows=signals)])
        self.alarms = Alarms(scope, construct_id, name=name, sections=[section], notifications=None)
        self.names = [f"{name}-{_NAME}-{signal.name}-{Severity.ROLLBACK}" for signal in signals]


def _signal(name: str, metric: Metric, threshold: Threshold, summary: str) -> Signal:
    return Signal(
        name=name,
        metric=metric,
        summary=f"{summary}; while a deployment runs, it is undone.",
        first_check="whether a deployment is running, and what it changed.",
        runbook="rollback",
        thresholds={Severity.ROLLBACK: threshold},
    )


def _utilization(metric: str, dimensions: dict[str, str]) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/ECS", metric_name=metric, dimensions_map=dimensions, statistic="Average", period=MINUTE
    )
