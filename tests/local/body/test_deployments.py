"""Blue/green deployments with real processes behind a real Envoy, while a client sends requests."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.body.addresses import Addresses
from local.body.children import Children
from local.body.deployed import Deployed
from local.body.ingress import Ingress, read_ingress
from local.body.ports import Ports
from local.body.tasks import Serves, Tasks
from tests.local.body.house import PLACE, House

SECONDS = 300
PORT, TEST_PORT = 80, 8080
SERVE = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "1")
        self.end_headers()
        self.wfile.write(b"VERSION")

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["API_PORT"])), Handler).serve_forever()
"""


class Served:
    """A blue/green service, its tasks, and the load balancer before it.

    Attributes:
        production: ARN of the listener rule.
    """

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.children = Children(folder)
        self._addresses = Addresses()
        self._deployed = Deployed(house.cloud, [PLACE])
        ports = Ports(folder / "ports.json")
        self._ingress = Ingress(self.children, ports, self._addresses, folder)
        self._serves = Serves(healthy=self._ingress.healthy, drained=self._ingress.drained)
        self._tasks = Tasks(
            self.children, ports, folder, deployed=self._deployed, certificate=self._ingress.authority.certificate
        )
        self._elb = house.cloud.client("elbv2")
        vpc = house.cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.blue, self.green = (self._target_group(color, vpc) for color in ("blue", "green"))
        balancer = self._elb.create_load_balancer(Name="front", Type="application")["LoadBalancers"][0]
        self._name = balancer["DNSName"]
        self.production, self.test = (self._rule(balancer["LoadBalancerArn"], port) for port in (PORT, TEST_PORT))

    def _target_group(self, name: str, vpc: str) -> str:
        made = self._elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=8000,
            VpcId=vpc,
            TargetType="ip",
            HealthCheckPath="/",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=4,
            HealthyThresholdCount=2,
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def _rule(self, balancer: str, port: int) -> str:
        none = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}
        made = self._elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[none])
        weights = [{"TargetGroupArn": self.blue, "Weight": 100}, {"TargetGroupArn": self.green, "Weight": 0}]
        rule = self._elb.create_rule(
            ListenerArn=made["Listeners"][0]["ListenerArn"],
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
        )
        return str(rule["Rules"][0]["RuleArn"])

    def _define(self, version: int) -> str:
        return self.house.define(
            self.house.container(
                "web",
                SERVE.replace("VERSION", str(version)),
                environment=[{"name": "API_PORT", "value": "8000"}],
                portMappings=[{"containerPort": 8000}],
            )
        )

    def create(self, bake_minutes: int) -> None:
        """Create the service with its first version."""
        advanced = {
            "alternateTargetGroupArn": self.green,
            "productionListenerRule": self.production,
            "testListenerRule": self.test,
            "roleArn": self.house.task,
        }
        self.house.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=self._define(1),
            desiredCount=2,
            launchType="FARGATE",
            loadBalancers=[
                {
                    "targetGroupArn": self.blue,
                    "containerName": "web",
                    "containerPort": 8000,
                    "advancedConfiguration": advanced,
                }
            ],
            deploymentConfiguration={
                "strategy": "BLUE_GREEN",
                "bakeTimeInMinutes": bake_minutes,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
        )

    def release(self, version: int) -> None:
        """Begin the deployment of a version."""
        self.house.ecs.update_service(cluster="house", service="web", taskDefinition=self._define(version))

    def deployment(self) -> dict[str, Any]:
        """Return the newest deployment."""
        ecs = self.house.ecs
        arn = ecs.list_service_deployments(cluster="house", service="web")["serviceDeployments"][0]
        found = ecs.describe_service_deployments(serviceDeploymentArns=[arn["serviceDeploymentArn"]])
        return dict(found["serviceDeployments"][0])

    def step(self) -> None:
        """Make one pass, as the supervisor does."""
        self._tasks.reconcile(self._addresses, self._serves)
        self._ingress.reconcile(read_ingress(self._deployed), self._tasks.targets)
        self.children.check()

    def until(self, done: Callable[[], Any]) -> None:
        """Go on until it is done."""
        end = time.monotonic() + SECONDS
        while not done():
            assert time.monotonic() < end, f"{self._tasks.problems}, {self._tasks.waiting}, {self._ingress.problems}"
            self.step()
            time.sleep(0.2)

    def ask(self, port: int = PORT) -> str:
        """Return the version that answers a listener, or what else it answers."""
        try:
            answer = httpx.get(f"http://{self._addresses.find(self._name, port)}/", timeout=20)
        except httpx.HTTPError as error:
            return type(error).__name__
        return answer.text if answer.status_code == 200 else f"status {answer.status_code}"

    def stop(self) -> None:
        """End all processes."""
        self._tasks.stop()
        self._ingress.stop()


class Client:
    """Client that sends requests one after the other.

    Attributes:
        answers: how often each version has answered, and each failure.
    """

    def __init__(self, served: Served) -> None:
        self.answers: Counter[str] = Counter()
        self._served = served
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._ended.is_set():
            self.answers[self._served.ask()] += 1

    def __enter__(self) -> "Client":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture
def served(house: House, tmp_path: Path) -> Iterator[Served]:
    made = Served(house, tmp_path)
    made.step()
    house.cloud.clock = 12
    made.create(bake_minutes=1)
    made.until(lambda: made.deployment()["status"] == "SUCCESSFUL")
    yield made
    house.cloud.clock = 1
    house.ecs.delete_service(cluster="house", service="web", force=True)
    made.stop()


@pytest.mark.plan("AWS-3")
def test_a_release_and_a_rollback_in_the_bake_lose_no_request(served: Served) -> None:
    assert (served.ask(), served.ask(TEST_PORT)) == ("1", "1")
    with Client(served) as good:
        served.release(2)
        served.until(lambda: served.deployment()["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT" or served.ask() == "2")
        served.until(lambda: served.deployment()["status"] == "SUCCESSFUL")
    assert good.answers.keys() == {"1", "2"}, good.answers
    assert (served.ask(), served.ask(TEST_PORT)) == ("2", "2")
    with Client(served) as stopped:
        served.house.cloud.clock = 1
        served.release(3)
        served.until(lambda: served.deployment()["lifecycleStage"] == "BAKE_TIME")
        assert (served.ask(), served.ask(TEST_PORT)) == ("3", "3"), "the bake begins once all requests go there"
        served.house.ecs.stop_service_deployment(serviceDeploymentArn=served.deployment()["serviceDeploymentArn"])
        served.until(lambda: served.deployment()["status"] == "ROLLBACK_SUCCESSFUL")
        assert served.ask() == "2"
        served.until(lambda: len([each for each in served.children if each.program.name.startswith("task")]) == 2)
    assert stopped.answers.keys() == {"2", "3"}, stopped.answers
    assert (served.ask(), served.ask(TEST_PORT)) == ("2", "2")
