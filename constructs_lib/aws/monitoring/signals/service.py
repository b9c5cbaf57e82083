"""Signals of the ECS service: use, missing tasks, size (MON-4, SCL-8)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs

from constructs_lib.aws.base.metrics import MINUTE, Graph, Section, Signal, expression
from constructs_lib.signals.signal import Severity, Threshold, critical_and_warning
from environments import AlarmPolicy, GrowthPolicy

_HOUR = Duration.hours(1)


def service(*, service: ecs.FargateService, alarms: AlarmPolicy, growth: GrowthPolicy, resize: str) -> Section:
    """Return the section of the service; ``resize`` is the command that prepares a larger size."""
    cpu = Signal(
        name="Cpu",
        metric=service.metric_cpu_utilization(period=MINUTE),
        summary="The service is at the end of its CPU; requests become slow next.",
        first_check="requests a minute, and whether instances are still being added.",
        runbook="service-strained",
        thresholds=critical_and_warning(alarms.cpu_percent, policy=alarms),
    )
    memory = Signal(
        name="Memory",
        metric=service.metric_memory_utilization(period=MINUTE),
        summary="The service is at the end of its memory; ECS stops a task that asks for more.",
        first_check="whether memory grows with requests or by itself since the last deployment.",
        runbook="service-strained",
        thresholds=critical_and_warning(alarms.memory_percent, policy=alarms),
    )
    disk = Signal(
        name="Disk",
        metric=expression(
            "100 * used / reserved",
            "Disk, %",
            {
                "used": _insight(service, "EphemeralStorageUtilized"),
                "reserved": _insight(service, "EphemeralStorageReserved"),
            },
        ),
        summary="The tasks' own disk fills up; when it is full, requests that write to it fail.",
        first_check="what the tasks write to /tmp.",
        runbook="disk",
        thresholds=critical_and_warning(alarms.disk_percent, policy=alarms),
    )
    running = _insight(service, "RunningTaskCount")
    desired = _insight(service, "DesiredTaskCount")
    missing = Signal(
        name="MissingTasks",
        metric=expression("desired - running", "Missing", {"desired": desired, "running": running}),
        summary="Fewer instances run than are wanted; users notice with the next rise of load.",
        first_check="why the service's last tasks stopped.",
        runbook="no-instances",
        thresholds={Severity.WARNING: Threshold(value=0, periods=alarms.warning_after_minutes)},
    )
    hours = {
        name: Signal(
            name=name,
            metric=metric,
            summary=f"For hours the tasks have used more {what} than they should, however many there are.",
            first_check=f"whether it is so every day; then {resize}.",
            runbook="too-small",
            thresholds={Severity.GROWTH: Threshold(value=percent, periods=growth.hours)},
        )
        for name, what, metric, percent in (
            ("CpuForHours", "CPU", service.metric_cpu_utilization(period=_HOUR), growth.cpu_percent),
            ("MemoryForHours", "memory", service.metric_memory_utilization(period=_HOUR), growth.memory_percent),
        )
    }
    return Section(
        name="Service",
        graphs=[
            Graph(title="CPU and memory", shows=[cpu, memory]),
            Graph(title="Tasks", shows=[running, desired, missing]),
            Graph(title="Disk of the tasks", shows=[disk]),
            Graph(title="Use by the hour", shows=list(hours.values())),
        ],
        page_message="The service's instances are at their limits, and users will notice soon.",
        runbook="service-strained",
    )


def _insight(service: ecs.FargateService, name: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="ECS/ContainerInsights",
        metric_name=name,
        dimensions_map={"ClusterName": service.cluster.cluster_name, "ServiceName": service.service_name},
        statistic="Average",
        period=MINUTE,
    )
