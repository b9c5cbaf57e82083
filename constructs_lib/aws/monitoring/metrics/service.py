"""Metrics of the ECS service: utilization, tasks that run and that are wanted (MON-4, SCL-8)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs

from constructs_lib.aws.base.metrics import MINUTE, Metric, expression
from constructs_lib.signals.service import ServiceMetrics

_HOUR = Duration.hours(1)


def service_metrics(service: ecs.FargateService) -> ServiceMetrics[Metric]:
    """Return the metrics of the tasks, averaged over all of them."""
    running = _insight(service, "RunningTaskCount")
    wanted = _insight(service, "DesiredTaskCount")
    disk = {
        "used": _insight(service, "EphemeralStorageUtilized"),
        "reserved": _insight(service, "EphemeralStorageReserved"),
    }
    return ServiceMetrics(
        cpu=service.metric_cpu_utilization(period=MINUTE),
        memory=service.metric_memory_utilization(period=MINUTE),
        disk=expression("100 * used / reserved", "Disk, %", disk),
        running=running,
        wanted=wanted,
        missing=expression("desired - running", "Missing", {"desired": wanted, "running": running}),
        hourly_cpu=service.metric_cpu_utilization(period=_HOUR),
        hourly_memory=service.metric_memory_utilization(period=_HOUR),
    )


def _insight(service: ecs.FargateService, name: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="ECS/ContainerInsights",
        metric_name=name,
        dimensions_map={"ClusterName": service.cluster.cluster_name, "ServiceName": service.service_name},
        statistic="Average",
        period=MINUTE,
    )
