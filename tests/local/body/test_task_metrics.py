"""Metrics of tasks: what real processes use."""

import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.body.deployed import Deployed, Place
from local.body.deployed_tasks import DeployedService
from local.body.task_metrics import TaskMetrics
from local.body.tasks import Tasks
from local.cloud import EmbeddedCloud
from tests.local.body.waiting import wait_for

PLACE = Place("111122223333", "us-east-1")
BUSY = "import time; held = b'x' * 64 * 2**20; print('held', flush=True)\nwhile True: sum(range(1000))"


@pytest.fixture
def busy() -> Iterator[int]:
    """Process id of a program that never rests and holds 64 MiB."""
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.kill()


@pytest.mark.plan("MON-4/cpu", "MON-4/memory")
def test_a_service_uses_what_its_processes_use(cloud: EmbeddedCloud, busy: int) -> None:
    service = DeployedService(place=PLACE, cluster="it", name="busy", desired=2, least=1, target_groups=())
    containers = [SimpleNamespace(pid=busy), SimpleNamespace(pid=0)]
    task = SimpleNamespace(
        given=SimpleNamespace(arn="arn:task"),
        serves=True,
        definition={"cpu": "256", "memory": "512"},
        containers=containers,
    )
    starting = SimpleNamespace(serves=False)
    tasks: Any = SimpleNamespace(by_service=[(service, [task, starting])])
    metrics = TaskMetrics(cast("Tasks", tasks))
    deployed = Deployed(cloud, [PLACE])
    deployed.clock = 60
    cloudwatch = cloud.client("cloudwatch")

    def value(namespace: str, name: str) -> float | None:
        dimensions = [{"Name": "ClusterName", "Value": "it"}, {"Name": "ServiceName", "Value": "busy"}]
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
        query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Maximum"}}
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[query], StartTime=time.time() - 3600, EndTime=time.time() + 60
        )
        values = answer["MetricDataResults"][0]["Values"]
        return float(values[-1]) if values else None

    def measured() -> bool:
        metrics.reconcile(deployed)
        return value("AWS/ECS", "CPUUtilization") is not None

    wait_for(measured)
    # A quarter of a processor is reserved, and as much of a whole one is used as the other tests leave.
    assert (value("AWS/ECS", "CPUUtilization") or 0) > 20
    assert 64 / 512 * 100 < (value("AWS/ECS", "MemoryUtilization") or 0) < 100
    assert value("ECS/ContainerInsights", "DesiredTaskCount") == 2
    assert value("ECS/ContainerInsights", "RunningTaskCount") == 1
