"""Metrics of CloudWatch that ECS publishes: what tasks use of what they reserve, how many run and how many should.

Names and dimensions are those of "Amazon ECS CloudWatch metrics" and "Amazon ECS Container Insights metrics". The
machine limits no task, so one may use more than it reserves.
"""

import time
from collections.abc import Sequence

import psutil
from typing_extensions import override

from local.body.deployed import Deployed
from local.body.deployed_tasks import DeployedService
from local.body.metric_values import Metric, MetricValues
from local.body.part import Part
from local.body.tasks import Task, Tasks

_UNITS_OF_A_PROCESSOR = 1024
_MIB = 2**20


class TaskMetrics(Part):
    """Publishes metrics of services each minute.

    Args:
        tasks: of the body.
    """

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._values = MetricValues()
        self._minutes: Sequence[float] = ()
        # Seconds of processor that a task had used, and when.
        self._used: dict[str, tuple[float, float]] = {}

    def reconcile(self, deployed: Deployed) -> None:
        """Measure and publish, once in each minute."""
        self._values.clock = deployed.clock
        self._minutes = self._values.due(deployed.now)
        if not self._minutes:
            return
        for service, tasks in self._tasks.by_service:
            self._measure(service, [task for task in tasks if task.serves])
        self._values.publish(deployed)

    @override
    def stop(self) -> None:
        """Do nothing: no process of it runs."""

    def _measure(self, service: DeployedService, tasks: Sequence[Task]) -> None:
        self._add(service, "ECS/ContainerInsights", "DesiredTaskCount", service.desired)
        self._add(service, "ECS/ContainerInsights", "RunningTaskCount", len(tasks))
        for task in tasks:
            seconds, resident = _use(task)
            now = time.monotonic()
            before, then = self._used.get(task.given.arn, (seconds, now))
            self._used[task.given.arn] = seconds, now
            processors = int(task.definition["cpu"]) / _UNITS_OF_A_PROCESSOR
            # A container that was started again begins with nothing.
            if now > then and seconds >= before:
                share = 100 * (seconds - before) / (now - then) / processors
                self._add(service, "AWS/ECS", "CPUUtilization", round(share, 2), "Percent")
            share = 100 * resident / (int(task.definition["memory"]) * _MIB)
            self._add(service, "AWS/ECS", "MemoryUtilization", round(share, 2), "Percent")

    def _add(self, service: DeployedService, namespace: str, name: str, value: float, unit: str = "Count") -> None:
        dimensions = (("ClusterName", service.cluster), ("ServiceName", service.name))
        metric = Metric(service.place, namespace, name, dimensions, unit)
        for minute in self._minutes:
            self._values.add(metric, value, minute)


def _use(task: Task) -> tuple[float, float]:
    """Seconds of processor and bytes of memory that a task's processes have used and use."""
    seconds = resident = 0.0
    for container in task.containers:
        if not container.pid:
            continue
        try:
            process = psutil.Process(container.pid)
            processes = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        for each in processes:
            try:
                times = each.cpu_times()
                resident += each.memory_info().rss
            except psutil.Error:
                continue
            seconds += times.user + times.system
    return seconds, resident
