"""Rollback alarms: they roll a deployment back (RBK-1)."""

from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from constructs_lib.gcp.monitoring.alarms import Alarms
from constructs_lib.gcp.monitoring.metrics.users import error_rate, typical
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.signals.rollback import RollbackMetrics
from constructs_lib.signals.rollback import rollback as rollback_section
from environments import AlarmPolicy


class RollbackAlarms(Alarms):
    """Alarms that a release is judged by while it is deployed; when one goes off, ``Rollback`` restores the one before.

    ``Rollback`` itself finds out whether a release is judged.

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
        metrics = RollbackMetrics(
            error_rate=error_rate(traffic, policy),
            p95=typical(traffic, policy),
            unhealthy=pods.failing,
            cpu=pods.cpu(),
            memory=pods.memory(),
            probe=None,
        )
        section = rollback_section(metrics, alarms=policy)
        super().__init__(scope, construct_id, name=name, sections=[section], notifications=None, rollback=rollback)
