"""Tasks of a deployed cluster as processes: environment, order, health, replacement, roles, logs."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.body import images, programs
from local.body.addresses import Address, Addresses
from local.body.children import Children
from local.body.containers import ADDED, REPLACED
from local.body.deployed import Deployed
from local.body.ports import Ports
from local.body.tasks import Serves, Tasks
from tests.images.conftest import HASH, PASSWORD
from tests.local.body.house import ACCOUNT, IMAGE, PLACE, TAG, House
from tests.local.stacks import RefusedError, create
from tests.services import Database

DATABASE = "database.c1.us-east-1.rds.amazonaws.com"
SECONDS = 300
PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
SERVE = (
    "import http.server, os; server = http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['API_PORT'])),"
    " http.server.SimpleHTTPRequestHandler); print('serving', flush=True); server.serve_forever()"
)


class Body:
    """The part of the body that is tested, driven by hand."""

    def __init__(self, house: House, folder: Path) -> None:
        self.children = Children(folder)
        self.addresses = Addresses()
        self.addresses.publish(DATABASE, 5432, Address(20001))
        self.busy: set[Address] = set()
        self.certificate = folder / "authority.pem"
        self.tasks = Tasks(
            self.children,
            Ports(folder / "ports.json"),
            folder,
            deployed=Deployed(house.cloud, [PLACE]),
            certificate=self.certificate,
        )

    def step(self) -> None:
        self.tasks.reconcile(self.addresses, Serves(drained=lambda address: address not in self.busy))

    def until(self, done: Callable[[], Any]) -> Any:
        """Go on until it is done, and return the answer."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.step()
            if found := done():
                return found
            time.sleep(0.1)
        pytest.fail(f"it did not come: {self.tasks.problems}, {self.tasks.waiting}")


@pytest.fixture
def body(house: House, tmp_path: Path) -> Iterator[Body]:
    made = Body(house, tmp_path)
    made.step()
    yield made
    made.tasks.stop()
    assert [child.program.name for child in made.children] == []


def _stopped(house: House, task: str) -> Callable[[], dict[str, Any] | None]:
    def found() -> dict[str, Any] | None:
        described = house.described(task)
        return described if described["lastStatus"] == "STOPPED" else None

    return found


@pytest.mark.plan("ARC-2/container")
def test_a_process_gets_what_its_definition_says_and_nothing_of_the_machine(
    house: House, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SETTING_OF_THE_MACHINE", "1")
    variables = {
        "API_PORT": "8000",
        "PGHOST": DATABASE,
        "PGPORT": "5432",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/etc/ssl/certs/rds-global-bundle.pem",
        "LOG_LEVEL": "debug",
    }
    definition = house.define(
        house.container(
            "app",
            PRINT_ENVIRONMENT,
            environment=[{"name": name, "value": value} for name, value in variables.items()],
            secrets=[{"name": "PGPASSWORD", "valueFrom": f"{house.secret}:password::"}],
            portMappings=[{"containerPort": 8000}],
            mountPoints=[{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],
        )
    )
    task = house.run(definition)
    assert body.until(_stopped(house, task))["containers"][0]["exitCode"] == 0
    given = json.loads(house.said(task, "app")[0])
    image = images.build(programs.reference_service())
    own = {pair.partition("=")[0] for pair in json.loads(image.config)["config"]["Env"]}
    replaced = {name: given.pop(name) for name in variables if any(f"`{name}`" in row for row in REPLACED)}
    assert {name: value for name, value in given.items() if name not in own | ADDED.keys()} == {
        "PGSSLMODE": "verify-full",
        "LOG_LEVEL": "debug",
        "PGPASSWORD": "horse",
    } | ({"LC_CTYPE": given["LC_CTYPE"]} if "LC_CTYPE" in given else {})
    assert replaced.keys() == {"API_PORT", "PGHOST", "PGPORT", "PGSSLROOTCERT"}
    assert (replaced["PGHOST"], replaced["PGPORT"]) == ("127.0.0.1", "20001")
    assert replaced["PGSSLROOTCERT"] == str(body.certificate)
    assert given["HOME"] == given["TMPDIR"]
    assert ADDED.keys() <= given.keys()


def test_a_container_waits_for_the_success_of_another(house: House, body: Body) -> None:
    first = house.container("first", "import time; time.sleep(1); print('done')", essential=False)
    second = house.container("second", "print('after')", dependsOn=[{"containerName": "first", "condition": "SUCCESS"}])
    task = house.run(house.define(first, second))
    described = body.until(_stopped(house, task))
    assert [each["exitCode"] for each in described["containers"]] == [0, 0]
    assert (house.said(task, "first"), house.said(task, "second")) == (["done"], ["after"])


def test_a_container_is_not_started_when_the_other_fails(house: House, body: Body) -> None:
    first = house.container("first", "print('no table'); raise SystemExit(3)", essential=False)
    second = house.container("second", "print('after')", dependsOn=[{"containerName": "first", "condition": "SUCCESS"}])
    task = house.run(house.define(first, second))
    described = body.until(_stopped(house, task))
    assert [each["exitCode"] for each in described["containers"]] == [3, 143]
    assert described["stoppedReason"] == "Task failed to start: first ended with code 3: no table"


def test_what_depends_on_health_starts_with_it(house: House, body: Body) -> None:
    check = {"command": ["CMD-SHELL", "test -f $TMPDIR/ready"], "interval": 5, "timeout": 2, "startPeriod": 60}
    mount = [{"sourceVolume": "tmp", "containerPath": "/tmp"}]
    write = (
        "import os, pathlib, time; time.sleep(1); pathlib.Path(os.environ['TMPDIR'], 'ready').touch(); time.sleep(60)"
    )
    first = house.container("first", write, healthCheck=check, mountPoints=mount)
    second = house.container(
        "second", "print('healthy')", dependsOn=[{"containerName": "first", "condition": "HEALTHY"}]
    )
    task = house.run(house.define(first, second))
    described = body.until(_stopped(house, task))
    assert house.said(task, "second") == ["healthy"]
    assert described["stoppedReason"].startswith("Essential container in task exited: second")
    body.until(lambda: not list(body.children))


def test_a_task_that_is_not_served_waits(house: House, body: Body) -> None:
    variables = [{"name": "PGHOST", "value": "other.rds.amazonaws.com"}, {"name": "PGPORT", "value": "5432"}]
    task = house.run(house.define(house.container("app", "print('here')", environment=variables)))
    body.until(lambda: any("waits for other.rds.amazonaws.com" in line for line in body.tasks.waiting))
    assert house.described(task)["lastStatus"] in {"PROVISIONING", "ACTIVATING"}
    body.addresses.publish("other.rds.amazonaws.com", 5432, Address(20002))
    body.until(_stopped(house, task))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"image": IMAGE.replace(TAG, "none")}, "CannotPullContainerError"),
        ({"image": "docker.io/library/nginx:1"}, "of another registry"),
        ({"secrets": [{"name": "A", "valueFrom": "missing"}]}, "ResourceInitializationError"),
    ],
)
def test_a_task_that_cannot_start_says_why(house: House, body: Body, change: dict[str, Any], reason: str) -> None:
    task = house.run(house.define(house.container("app", "print(1)") | change))
    described = body.until(_stopped(house, task))
    assert reason in described["stoppedReason"]
    assert described["stopCode"] == "TaskFailedToStart"


@pytest.mark.plan("SEC-9/roles")
def test_a_task_has_the_rights_of_its_roles_and_no_others(house: House, body: Body) -> None:
    ask = (
        "import boto3, botocore\n"
        "for name in ('/mine', '/yours'):\n"
        "    try: print(boto3.client('ssm').get_parameter(Name=name)['Parameter']['Value'])\n"
        "    except botocore.exceptions.ClientError as error: print(error.response['Error']['Code'])\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n"
    )
    allowed = house.container("app", ask, secrets=[{"name": "LOGIN", "valueFrom": house.secret}])
    refused = house.container("app", ask, secrets=[{"name": "HIDDEN", "valueFrom": house.hidden}])
    house.cloud.control("iam", True)
    try:
        task, other = house.run(house.define(allowed)), house.run(house.define(refused))
        body.until(_stopped(house, task))
        described = body.until(_stopped(house, other))
    finally:
        house.cloud.control("iam", False)
    assert house.said(task, "app")[:2] == ["mine", "AccessDeniedException"]
    assert house.said(task, "app")[2] == f"arn:aws:sts::{ACCOUNT}:assumed-role/task/{task.rpartition('/')[2]}"
    assert "AccessDenied" in described["stoppedReason"]
    assert "ResourceInitializationError" in described["stoppedReason"]


def _web(house: House, program: str = SERVE, **more: Any) -> dict[str, Any]:
    command = "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/', timeout=5)"
    check = {"command": ["CMD", "python", "-c", command], "interval": 5, "timeout": 5, "retries": 2, "startPeriod": 60}
    port = [{"name": "API_PORT", "value": "8000"}]
    return house.container(
        "web", program, environment=port, portMappings=[{"containerPort": 8000}], healthCheck=check, **more
    )


@pytest.fixture(scope="module")
def target_group(house: House) -> str:
    elb = house.cloud.client("elbv2")
    vpc = house.cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = elb.create_target_group(Name="web", Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip")
    return str(made["TargetGroups"][0]["TargetGroupArn"])


@pytest.fixture
def web(house: House, body: Body, target_group: str) -> Iterator[str]:
    """A service of two tasks that run and are healthy; its target group."""
    breaker = {"enable": True, "rollback": True}
    house.ecs.create_service(
        cluster="house",
        serviceName="web",
        taskDefinition=house.define(_web(house)),
        desiredCount=2,
        launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": target_group, "containerName": "web", "containerPort": 8000}],
        deploymentConfiguration={"deploymentCircuitBreaker": breaker, "maximumPercent": 200},
    )
    body.until(lambda: _rollouts(house) == ["COMPLETED"] and not body.tasks.waiting)
    yield target_group
    house.ecs.delete_service(cluster="house", service="web", force=True)
    body.until(lambda: not list(body.children))


def _rollouts(house: House, name: str = "web") -> list[str]:
    return [each["rolloutState"] for each in house.service(name)["deployments"]]


@pytest.mark.plan("ARC-2/container")
def test_a_service_runs_as_many_tasks_as_it_shall(house: House, body: Body, web: str) -> None:
    assert house.service()["runningCount"] == 2
    assert [httpx.get(f"http://{address}/").status_code for address in body.tasks.targets[web]] == [200, 200]
    assert body.tasks.programs == ["the reference service"]
    assert (list(body.tasks.problems), list(body.tasks.waiting)) == ([], [])


def test_a_killed_process_is_replaced(body: Body, web: str) -> None:
    before = set(body.tasks.targets[web])
    os.kill(next(iter(body.children)).pid, signal.SIGKILL)
    body.until(lambda: len(body.tasks.targets[web]) == 1)
    body.until(lambda: len(body.tasks.targets[web]) == 2 and not body.tasks.waiting)
    assert len(before & set(body.tasks.targets[web])) == 1


def test_a_new_version_serves_before_the_old_one_ends(house: House, body: Body, web: str) -> None:
    before = set(body.tasks.targets[web])
    body.busy = set(before)
    house.ecs.update_service(
        cluster="house", service="web", taskDefinition=house.define(_web(house, SERVE + "  # new")), desiredCount=2
    )
    while _rollouts(house) != ["COMPLETED"]:
        body.step()
        if _rollouts(house) != ["COMPLETED"]:
            assert before <= set(body.tasks.targets[web])
    body.until(lambda: not before & set(body.tasks.targets[web]))
    assert len(body.tasks.targets[web]) == 2
    assert [httpx.get(f"http://{address}/").status_code for address in before] == [200, 200], "requests are on them yet"
    body.busy = set()
    body.until(lambda: len(list(body.children)) == 2)


def test_a_version_that_does_not_start_is_rolled_back(house: House, body: Body, web: str) -> None:
    before = set(body.tasks.targets[web])
    good = house.service()["taskDefinition"]
    bad = house.define(_web(house, "raise SystemExit(7)"))
    house.ecs.update_service(cluster="house", service="web", taskDefinition=bad, desiredCount=2)
    body.until(lambda: house.service()["taskDefinition"] == good)
    assert before <= set(body.tasks.targets[web])
    assert any("code 7" in line for line in body.tasks.problems) or not body.tasks.problems


@pytest.mark.usefixtures("web")
def test_tasks_go_on_when_the_emulator_comes_back(house: House, body: Body) -> None:
    before = {child.pid for child in body.children}
    house.cloud.stop()
    house.cloud.start()
    body.until(lambda: house.service()["runningCount"] == 2)
    for _ in range(30):
        body.step()
        time.sleep(0.1)
    assert {child.pid for child in body.children} == before


@pytest.mark.plan("ARC-2/container")
def test_cloudformation_waits_until_a_service_is_steady(house: House, body: Body) -> None:
    resources = {
        "Service": (
            "AWS::ECS::Service",
            {
                "Cluster": "house",
                "TaskDefinition": house.define(_web(house)),
                "DesiredCount": 1,
                "LaunchType": "FARGATE",
                "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}},
            },
        )
    }
    with ThreadPoolExecutor() as other:
        made = other.submit(create, house.cloud, resources)
        body.until(made.done)
        stack = made.result()
        assert len(list(body.children)) == 1
        kind, properties = resources["Service"]
        bad = {"Service": (kind, properties | {"TaskDefinition": house.define(_web(house, "raise SystemExit(7)"))})}
        updated = other.submit(stack.update, bad)
        body.until(updated.done)
        with pytest.raises(RefusedError, match="Circuit Breaker"):
            updated.result()
        assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
        assert len(list(body.children)) == 1
        assert "FAILED" in _rollouts(house, stack.ids()["Service"])
        better = {"Service": (kind, properties | {"TaskDefinition": house.define(_web(house, SERVE + "  # new"))})}
        updated = other.submit(stack.update, better)
        body.until(updated.done)
        updated.result()
        assert _rollouts(house, stack.ids()["Service"]) == ["COMPLETED"]
        deleted = other.submit(stack.delete)
        body.until(deleted.done)
    body.until(lambda: not list(body.children))


@pytest.mark.plan("ARC-2/container")
def test_the_image_migrates_and_serves(house: House, body: Body, database: Database) -> None:
    secrets = house.cloud.client("secretsmanager")
    login = json.dumps({"username": database.owner, "password": database.password, "jwt": "0" * 32, "hash": HASH})
    secret = secrets.create_secret(Name="service", SecretString=login)["ARN"]
    body.addresses.publish(DATABASE, 5432, Address(database.port))
    body.addresses.publish("cache", 6379, Address(20003))
    variables = {
        "API_PORT": "8000",
        "DATABASE_URL": "postgresql+psycopg://",
        "PGHOST": DATABASE,
        "PGPORT": "5432",
        "PGDATABASE": database.name,
        "PGSSLMODE": "disable",
        "REDIS_HOST": "cache",
        "REDIS_PORT": "6379",
        "REDIS_TLS": "true",
    }
    members = {
        "PGUSER": "username",
        "PGPASSWORD": "password",
        "REDIS_PASSWORD": "jwt",
        "JWT_SECRET": "jwt",
        "ADMIN_PASSWORD_HASH": "hash",
    }
    check = "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=5)"
    common: dict[str, Any] = {
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
        "secrets": [{"name": name, "valueFrom": f"{secret}:{member}::"} for name, member in members.items()],
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp"}],
    }
    task = house.run(
        house.define(
            house.container("migrate", essential=False, **common) | {"command": ["migrate"]},
            house.container(
                "funkygibbon",
                **common,
                portMappings=[{"containerPort": 8000}],
                dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}],
                healthCheck={"command": ["CMD", "python", "-c", check], "interval": 35, "startPeriod": 60},
            ),
        )
    )
    body.until(lambda: house.described(task)["healthStatus"] == "HEALTHY")
    assert house.said(task, "migrate") == ["migrate: created reference_entities"]
    (child,) = body.children
    port = child.program.command[child.program.command.index("--port") + 1]
    answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/auth/admin/login", json={"password": PASSWORD})
    assert answer.json()["role"] == "admin"
    house.ecs.stop_task(cluster="house", task=task)
    body.until(lambda: not list(body.children))
    assert any("Application shutdown complete" in line for line in house.said(task, "funkygibbon"))
