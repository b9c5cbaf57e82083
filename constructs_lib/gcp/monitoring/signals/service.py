"""The service's pods: what they use, whether they are all there, whether they are large enough (MON-4, SCL-8)."""

from constructs_lib.gcp.base.promql import HOUR, Graph, Section, Signal
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.signals.signal import Limit, Severity, two_levels
from environments import AlarmPolicy, GrowthPolicy


def service_tasks(*, pods: Pods, alarms: AlarmPolicy, growth: GrowthPolicy, resize: str) -> Section:
    """Return the section of the service; ``resize`` is the command that prepares a larger size."""
    cpu = Signal(
        name="Cpu",
        metric=pods.cpu(),
        means="The service is at the end of its CPU; requests become slow next.",
        look="requests a minute, and whether instances are still being added.",
        runbook="service-strained",
        limits=two_levels(alarms, "cpu_percent"),
    )
    memory = Signal(
        name="Memory",
        metric=pods.memory(),
        means="The service is at the end of its memory; Kubernetes stops a pod that asks for more.",
        look="whether memory grows with requests or by itself since the last deployment.",
        runbook="service-strained",
        limits=two_levels(alarms, "memory_percent"),
    )
    disk = Signal(
        name="Disk",
        metric=pods.disk,
        means="The pods' own disk fills up; Kubernetes stops a pod that fills it.",
        look="what the pods write to /tmp.",
        runbook="disk",
        limits=two_levels(alarms, "disk_percent"),
    )
    missing = Signal(
        name="MissingTasks",
        metric=pods.missing,
        means="Fewer instances run than are wanted; users notice with the next rise of load.",
        look="why the service's last pods stopped.",
        runbook="no-instances",
        limits={Severity.WARNING: Limit(value=0, periods=alarms.warning_after_minutes)},
    )
    hours = [
        Signal(
            name=name,
            metric=metric,
            means=f"For hours the pods have used more {what} than they should, however many there are.",
            look=f"whether it is so every day; then {resize}.",
            runbook="too-small",
            limits={Severity.GROWTH: Limit(value=percent, periods=growth.hours)},
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
        page="The service's instances are at their limits, and users will notice soon.",
        runbook="service-strained",
    )
