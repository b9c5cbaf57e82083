"""Alarms that roll a deployment back (RBK-1)."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.aws.base.metrics import MINUTE, Metric
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.monitoring.notifications import Notifications
from constructs_lib.aws.service.probe import Probe
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.signals.alarms import alarms_of
from constructs_lib.signals.rollback import ProbeMetrics, RollbackMetrics, rollback
from constructs_lib.signals.signal import Severity
from environments import AlarmPolicy


class RollbackAlarms:
    """Alarms that ECS reads while it deploys; when one goes off, ECS returns to the release before.

    They see the worse of two sets of tasks, with any traffic (docs/decisions/030-judgement.md has the cases). Requests
    of users are judged by target group where there are enough of them, the probe's calls always, and a probe that does
    not run is a failure. CPU and memory are those of the busiest task: while two revisions run, an average over all
    tasks would hide one at its limits behind one that is idle ("Amazon ECS service utilization metrics", Amazon ECS
    developer guide).

    If one of them is on when a deployment begins, ECS reads none of them during that deployment ("How CloudWatch alarms
    detect Amazon ECS deployment failures", the same guide). So a release that repairs an outage can be deployed, and
    they do not protect it. Without a release none is on: the probe runs before the alarms are there, and finds that no
    task fails.

    Metrics are found by name, so that the alarms exist before the service does.

    Attributes:
        alarms: must exist before the service.
        names: of the alarms, for the service.
        prefix: how their names begin; of other alarms only those that warn of the probe, later and for the same reason.

    Args:
        name: of the environment; the alarms' names begin with it.
        cluster_name: of the ECS cluster.
        service_name: of the ECS service.
        notifications: topics of the warnings on the probe.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        policy: AlarmPolicy,
        traffic: Traffic,
        probe: Probe,
        cluster_name: str,
        service_name: str,
        notifications: Notifications,
    ) -> None:
        dimensions = {"ClusterName": cluster_name, "ServiceName": service_name}
        metrics: RollbackMetrics[Metric] = RollbackMetrics(
            error_rate=traffic.worse_error_rate,
            p95=traffic.worse_response_time,
            unhealthy=traffic.unhealthy,
            cpu=_utilization("CPUUtilization", dimensions),
            memory=_utilization("MemoryUtilization", dimensions),
            probe=ProbeMetrics(failed=probe.failed, response_time=probe.response_time),
        )
        section = rollback(metrics, alarms=policy)
        self.alarms = Alarms(scope, construct_id, name=name, sections=[section], notifications=notifications)
        self.alarms.node.add_dependency(probe)
        self.prefix = f"{name}-{section.name}-"
        self.names = [
            f"{name}-{alarm.name}"
            for signal in section.signals
            for alarm in alarms_of(section, signal)
            if alarm.severity is Severity.ROLLBACK
        ]


def _utilization(metric: str, dimensions: dict[str, str]) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/ECS", metric_name=metric, dimensions_map=dimensions, statistic="Maximum", period=MINUTE
    )
