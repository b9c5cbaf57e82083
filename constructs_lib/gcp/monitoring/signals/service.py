"""Signals of the pods: use, missing pods, size (MON-4, SCL-8)."""

from constructs_lib.gcp.base.metrics import HOUR, Graph, Section, Signal
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.signals.signal import Severity, Threshold, critical_and_warning
from environments import AlarmPolicy, GrowthPolicy


def service(*, pods: Pods, alarms: AlarmPolicy, growth: GrowthPolicy, resize: str) -> Section:
    """Return the section of the service; ``resize`` is the command that prepares a larger size."""
    cpu = Signal(
        name="Cpu",
        metric=pods.cpu(),
        summary="The service is at the end of its CPU; requests become slow next.",
        first_check="requests a minute, and whether instances are still being added.",
        runbook="service-strained",
        thresholds=critical_and_warning(alarms.cpu_percent, policy=alarms),
    )
    memory = Signal(
        name="Memory",
        metric=pods.memory(),
        summary="The service is at the end of its memory; Kubernetes stops a pod that asks for more.",
        first_check="whether memory grows with requests or by itself since the last deployment.",
        runbook="service-strained",
        thresholds=critical_and_warning(alarms.memory_percent, policy=alarms),
    )
    disk = Signal(
        name="Disk",
        metric=pods.disk,
        summary="The pods' own disk fills up; Kubernetes stops a pod that fills it.",
        first_check="what the pods write to /tmp.",
        runbook="disk",
        thresholds=critical_and_warning(alarms.disk_percent, policy=alarms),
    )
    missing = Signal(
        name="MissingTasks",
        metric=pods.missing,
        summary="Fewer instances run than are wanted; users notice with the next rise of load.",
        first_check="why the service's last pods stopped.",
        runbook="no-instances",
        thresholds={Severity.WARNING: Threshold(value=0, periods=alarms.warning_after_minutes)},
    )
    hours = [
        Signal(
            name=name,
            metric=metric,
            summary=f"For hours the pods have used more {what} than they should, however many there are.",
            first_check=f"whether it is so every day; then {resize}.",
            runbook="too-small",
            thresholds={Severity.GROWTH: Threshold(value=percent, periods=growth.hours)},
        )
        for name, what, metric, percent in (
            ("CpuForHours", "CPU", pods.cpu(HOUR), growth.cpu_percent),
            ("MemoryForHours", "memory", pods.memory(HOUR), growth.memory_percent),
        )
    ]
    return Section(
        name="Service",
        graphs=[
            Graph(title="CPU and memory", shows=[cpu, memory]),
            Graph(title="Instances", shows=[pods.ready, pods.wanted, missing]),
            Graph(title="Disk of the pods", shows=[disk]),
            Graph(title="Use by the hour", shows=hours),
        ],
        page_message="The service's instances are at their limits, and users will notice soon.",
        runbook="service-strained",
    )
