"""Alarms that roll a deployment back (RBK-1)."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.aws.base.metrics import MINUTE, Metric
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.signals.alarms import alarms_of
from constructs_lib.signals.rollback import RollbackMetrics, rollback
from environments import AlarmPolicy


class RollbackAlarms:
    """Alarms that ECS reads while it deploys; when one goes off, ECS returns to the release before.

    If one of them is on when a deployment begins, ECS reads none of them during that deployment ("How CloudWatch alarms
    detect Amazon ECS deployment failures", Amazon ECS developer guide). So a release that repairs an outage can be
    deployed, and nothing protects it: look at the alarms before a release.

    CPU and memory are those of the busiest task. While two revisions run, an average over all tasks would hide a
    revision at its limits behind one that is idle ("Amazon ECS service utilization metrics", the same guide).

    Metrics are found by name, so that the alarms exist before the service does.

    Attributes:
        alarms: must exist before the service.
        names: of the alarms, for the service.
        prefix: how their names begin, and no other alarm's.

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
        metrics: RollbackMetrics[Metric] = RollbackMetrics(
            error_rate=traffic.error_rate,
            p95=traffic.typical,
            unhealthy=traffic.unhealthy,
            cpu=_utilization("CPUUtilization", dimensions),
            memory=_utilization("MemoryUtilization", dimensions),
        )
        section = rollback(metrics, alarms=policy)
        self.alarms = Alarms(scope, construct_id, name=name, sections=[section], notifications=None)
        self.prefix = f"{name}-{section.name}-"
        self.names = [f"{name}-{alarm.name}" for signal in section.signals for alarm in alarms_of(section, signal)]


def _utilization(metric: str, dimensions: dict[str, str]) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/ECS", metric_name=metric, dimensions_map=dimensions, statistic="Maximum", period=MINUTE
    )
