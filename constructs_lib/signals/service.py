"""Signals of the service: CPU, memory and disk of its instances, missing ones, size (MON-4, SCL-8)."""

from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import (
    Graph,
    Metric,
    Metric_co,
    Section,
    Severity,
    Signal,
    Threshold,
    critical_and_warning,
)
from constructs_lib.signals.words import Words
from environments import AlarmPolicy, GrowthPolicy


@dataclass(frozen=True, kw_only=True)
class ServiceMetrics(Generic[Metric_co]):
    """Metrics of the service's instances, averaged over all of them.

    Attributes:
        cpu: CPU utilization of a minute, in percent of what the instances may use.
        memory: the same of memory.
        disk: the same of the instances' own disk.
        running: instances that run.
        wanted: instances that there should be.
        missing: the difference of both.
        hourly_cpu: CPU utilization of an hour.
        hourly_memory: memory utilization of an hour.
    """

    cpu: Metric_co
    memory: Metric_co
    disk: Metric_co
    running: Metric_co
    wanted: Metric_co
    missing: Metric_co
    hourly_cpu: Metric_co
    hourly_memory: Metric_co


def service(
    metrics: ServiceMetrics[Metric], *, words: Words, alarms: AlarmPolicy, growth: GrowthPolicy, resize: str
) -> Section[Metric]:
    """Return the section of the service.

    Args:
        metrics: of its instances.
        words: of the cloud.
        alarms: thresholds and durations.
        growth: thresholds above which a larger size is needed.
        resize: the command that prepares a larger size.
    """
    cpu = Signal(
        name="Cpu",
        metric=metrics.cpu,
        summary="The service's CPU is nearly exhausted; requests will slow down next.",
        first_check="requests a minute, and whether instances are still being added.",
        runbook="service-strained",
        thresholds=critical_and_warning(alarms.cpu_percent, policy=alarms),
    )
    memory = Signal(
        name="Memory",
        metric=metrics.memory,
        summary="The service's memory is nearly exhausted;"
        f" {words.orchestrator} stops a {words.instance} that exceeds its limit.",
        first_check="whether memory grows with requests or by itself since the last deployment.",
        runbook="service-strained",
        thresholds=critical_and_warning(alarms.memory_percent, policy=alarms),
    )
    disk = Signal(
        name="Disk",
        metric=metrics.disk,
        summary=f"The {words.instances}' ephemeral disk is nearly full; {words.full_disk}.",
        first_check=f"what the {words.instances} write to /tmp.",
        runbook="disk",
        thresholds=critical_and_warning(alarms.disk_percent, policy=alarms),
    )
    missing = Signal(
        name="MissingTasks",
        metric=metrics.missing,
        summary="Fewer instances run than desired; requests will slow down when load rises.",
        first_check=f"why the service's last {words.instances} stopped.",
        runbook="no-instances",
        thresholds={Severity.WARNING: Threshold(value=0, periods=alarms.warning_after_minutes)},
    )
    hours = [
        Signal(
            name=name,
            metric=metric,
            summary=f"The {resource} utilization of the {words.instances} has been high for hours,"
            " whatever their number.",
            first_check=f"whether the graph is the same every day; if so, {resize}.",
            runbook="too-small",
            thresholds={Severity.GROWTH: Threshold(value=percent, periods=growth.hours)},
        )
        for name, resource, metric, percent in (
            ("CpuForHours", "CPU", metrics.hourly_cpu, growth.cpu_percent),
            ("MemoryForHours", "memory", metrics.hourly_memory, growth.memory_percent),
        )
    ]
    return Section(
        name="Service",
        graphs=[
            Graph(title="CPU and memory", shows=[cpu, memory]),
            Graph(title="Instances", shows=[metrics.running, metrics.wanted, missing]),
            Graph(title=f"Disk of the {words.instances}", shows=[disk]),
            Graph(title="Hourly utilization", shows=hours),
        ],
        page_message="The service's instances are near their limits; requests will slow down or fail next.",
        runbook="service-strained",
    )
