"""The deployed load balancer, CDN and web ACLs of production, as a real Envoy; servers stand for the tasks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from environments import load
from local.body.alarms import Alarms
from local.body.deployed import Deployed, Place
from local.body.ingress import DeployedIngress, read_ingress
from local.body.metrics import Metrics
from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY, RECOVERY
from tests.local.body.deployed_ingress import Server, steadily
from tests.local.body.served_ingress import ServedIngress

pytestmark = pytest.mark.xdist_group("deployed")

LOGIN = "/api/v1/auth/login"


class ProductionIngress(ServedIngress):
    """The ingress of the deployed production."""

    def __init__(self, directory: Path, cloud: EmbeddedCloud) -> None:
        super().__init__(directory)
        self.api = Deployed(cloud, [Place(cloud.account, region) for region in (PRIMARY, RECOVERY)])

    @override
    def deployed(self) -> DeployedIngress:
        return read_ingress(self.api)

    def serve(self, blue: Server) -> None:
        """Have a server as the task in production."""
        self.until(lambda: self.ingress.deployed.balancers)
        (balancer,) = self.ingress.deployed.balancers
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
def served(
    deployed: EmbeddedCloud, task: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProductionIngress]:
    served = ProductionIngress(tmp_path_factory.mktemp("served"), deployed)
    served.serve(task)
    yield served
    served.ingress.stop()


@pytest.mark.plan("ARC-1/cdn", "ARC-1/balancer", "AWS-7", "SEC-2")
def test_requests_come_through_the_cdn_only(served: ProductionIngress, task: Server) -> None:
    assert list(served.ingress.urls) == ["api.goodies.example"]
    answer = served.ask("/api/v1/graph/entities?limit=1", headers={"Authorization": "Bearer x"})
    assert (answer.status, answer.json["server"]) == (200, task.address.port)
    assert answer.json["path"] == "/api/v1/graph/entities?limit=1"
    assert answer.json["headers"]["authorization"] == "Bearer x"
    requests = task.requests
    for port in (443, 8443):
        assert served.ask_balancer(port=port).status == 403
        assert served.ask_balancer(port=port, headers={"X-Origin-Secret": "guessed"}).status == 403
    assert task.requests == requests


@pytest.mark.plan("SEC-3")
def test_a_viewer_cannot_choose_its_address(served: ProductionIngress) -> None:
    seen = served.ask(headers={"X-Forwarded-For": "192.0.2.1"}, client="127.0.0.4").json
    assert seen["headers"]["x-forwarded-for"].split(",")[0] == "127.0.0.4"


@pytest.mark.plan("IMP-4")
def test_answers_have_the_security_headers(served: ProductionIngress) -> None:
    headers = served.ask().headers
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains; preload"
    assert headers["x-frame-options"] == "DENY"  # the task says SAMEORIGIN
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.plan("IMP-4")
def test_the_api_is_not_cached_and_static_files_come_from_the_bucket(
    served: ProductionIngress, task: Server, deployed: EmbeddedCloud, resource: Callable[..., str]
) -> None:
    requests = task.requests
    assert [served.ask("/api/v1/x").status for _ in range(3)] == [200] * 3
    assert task.requests == requests + 3
    bucket = resource("GoodiesProd-Data", "AWS::S3::Bucket", "StorageAssets")
    deployed.client("s3").put_object(Bucket=bucket, Key="static/app.js", Body=b"let it = 1")
    answer = served.ask("/static/app.js?v=1", headers={"Authorization": "Bearer x"})
    assert (answer.status, answer.body) == (200, b"let it = 1")
    assert served.ask("/static/app.js", method="POST").status == 403
    assert task.requests == requests + 3


@pytest.mark.plan("SEC-3")
def test_logins_are_limited_for_each_address(served: ProductionIngress) -> None:
    (limit,) = (each.edge.login_requests_per_five_minutes for each in load() if each.name == "prod")
    statuses = [served.ask(LOGIN, method="POST", client="127.0.0.3").status for _ in range(limit + 10)]
    assert statuses[:limit] == [200] * limit
    assert statuses[-1] == 403
    assert served.ask("/API/v1/%61uth/", method="POST", client="127.0.0.3").status == 403
    assert served.ask(LOGIN, method="POST", client="127.0.0.2").status == 200
    assert served.ask("/api/v1/graph/entities", client="127.0.0.3").status == 200


@pytest.mark.plan("MON-7/errors", "AWS-11")
def test_failing_requests_set_the_deployed_alarms_off(
    served: ProductionIngress, task: Server, deployed: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics, alarms = Metrics(served.ingress), Alarms()
    monkeypatch.setattr(served.api, "clock", 60)  # a minute is a second
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    critical, page = "GoodiesProd-Users-ErrorRate-Critical", "GoodiesProd-Users-Page"

    def states() -> dict[str, str]:
        answer = cloudwatch.describe_alarms(AlarmNames=[critical, page], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        found = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}

    def until(state: str) -> None:
        def step() -> bool:
            metrics.reconcile(served.api)
            alarms.reconcile(served.api)
            return set(states().values()) == {state}

        def ended() -> bool:
            served.until(step)
            return True

        steadily(served.ask, ended)

    try:
        until("OK")
        task.status = 500
        until("ALARM")
        task.status = 200
        until("OK")
    finally:
        deployed.control("rest-alarms", 0)
