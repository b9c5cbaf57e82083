"""The deployed load balancer, CDN and web ACLs of production, as a real Envoy; servers stand for the tasks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from environments import load
from local.body.alarms import Alarms
from local.body.deployed import Deployed, Place
from local.body.front_door import DeployedFront, read_front
from local.body.metrics import Metrics
from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY, RECOVERY
from tests.local.body.door import Door
from tests.local.body.front import Server, steadily

pytestmark = pytest.mark.xdist_group("deployed")

LOGIN = "/api/v1/auth/login"


class ProductionDoor(Door):
    """The front door of the deployed production."""

    def __init__(self, directory: Path, cloud: EmbeddedCloud) -> None:
        super().__init__(directory)
        self.api = Deployed(cloud, [Place(cloud.account, region) for region in (PRIMARY, RECOVERY)])

    @override
    def deployed(self) -> DeployedFront:
        return read_front(self.api)

    def serve(self, blue: Server) -> None:
        """Have a server as the task in production."""
        self.until(lambda: self.door.front.balancers)
        (balancer,) = self.door.front.balancers
        (forward,) = balancer.listeners[0].rules[0]["Actions"]
        weighted = forward["ForwardConfig"]["TargetGroups"]
        arn = max(weighted, key=lambda group: int(group["Weight"]))["TargetGroupArn"]
        self.settle({arn: [blue.address]})


@pytest.fixture(scope="module")
def task() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def door(deployed: EmbeddedCloud, task: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionDoor]:
    door = ProductionDoor(tmp_path_factory.mktemp("door"), deployed)
    door.serve(task)
    yield door
    door.door.stop()


@pytest.mark.plan("ARC-1/cdn", "ARC-1/balancer", "AWS-7", "SEC-2")
def test_requests_come_through_the_cdn_only(door: ProductionDoor, task: Server) -> None:
    assert list(door.door.urls) == ["api.goodies.example"]
    answer = door.ask("/api/v1/graph/entities?limit=1", headers={"Authorization": "Bearer x"})
    assert (answer.status, answer.told["server"]) == (200, task.address.port)
    assert answer.told["path"] == "/api/v1/graph/entities?limit=1"
    assert answer.told["headers"]["authorization"] == "Bearer x"
    asked = task.asked
    for port in (443, 8443):
        assert door.ask_balancer(port=port).status == 403
        assert door.ask_balancer(port=port, headers={"X-Origin-Secret": "guessed"}).status == 403
    assert task.asked == asked


@pytest.mark.plan("SEC-3")
def test_a_viewer_cannot_choose_its_address(door: ProductionDoor) -> None:
    told = door.ask(headers={"X-Forwarded-For": "192.0.2.1"}, client="127.0.0.4").told
    assert told["headers"]["x-forwarded-for"].split(",")[0] == "127.0.0.4"


@pytest.mark.plan("IMP-4")
def test_answers_have_the_security_headers(door: ProductionDoor) -> None:
    headers = door.ask().headers
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains; preload"
    assert headers["x-frame-options"] == "DENY"  # the task says SAMEORIGIN
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.plan("IMP-4")
def test_the_api_is_not_cached_and_static_files_come_from_the_bucket(
    door: ProductionDoor, task: Server, deployed: EmbeddedCloud, resource: Callable[..., str]
) -> None:
    asked = task.asked
    assert [door.ask("/api/v1/x").status for _ in range(3)] == [200] * 3
    assert task.asked == asked + 3
    bucket = resource("GoodiesProd-Data", "AWS::S3::Bucket", "StorageAssets")
    deployed.client("s3").put_object(Bucket=bucket, Key="static/app.js", Body=b"let it = 1")
    answer = door.ask("/static/app.js?v=1", headers={"Authorization": "Bearer x"})
    assert (answer.status, answer.body) == (200, b"let it = 1")
    assert door.ask("/static/app.js", method="POST").status == 403
    assert task.asked == asked + 3


@pytest.mark.plan("SEC-3")
def test_logins_are_limited_for_each_address(door: ProductionDoor) -> None:
    (limit,) = (each.edge.login_requests_per_five_minutes for each in load() if each.name == "prod")
    statuses = [door.ask(LOGIN, method="POST", client="127.0.0.3").status for _ in range(limit + 10)]
    assert statuses[:limit] == [200] * limit
    assert statuses[-1] == 403
    assert door.ask("/API/v1/%61uth/", method="POST", client="127.0.0.3").status == 403
    assert door.ask(LOGIN, method="POST", client="127.0.0.2").status == 200
    assert door.ask("/api/v1/graph/entities", client="127.0.0.3").status == 200


@pytest.mark.plan("MON-7/errors", "RBK-1/errors", "AWS-11")
def test_failing_requests_set_the_deployed_alarms_off(
    door: ProductionDoor, task: Server, deployed: EmbeddedCloud
) -> None:
    metrics, alarms = Metrics(door.door, clock=60), Alarms(clock=60)  # a minute is a second
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    critical, page = "GoodiesProd-Users-ErrorRate-Critical", "GoodiesProd-Users-Page"
    rollback = "GoodiesProd-Deployment-ErrorRate-Rollback"

    def states() -> dict[str, str]:
        answer = cloudwatch.describe_alarms(
            AlarmNames=[critical, page, rollback], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        found = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}

    def until(state: str) -> None:
        def step() -> bool:
            metrics.reconcile(door.api)
            alarms.reconcile(door.api)
            return set(states().values()) == {state}

        steadily(door.ask, lambda: door.until(step) is None)

    try:
        until("OK")
        task.status = 500
        until("ALARM")
        task.status = 200
        until("OK")
    finally:
        deployed.control("rest-alarms", 0)
