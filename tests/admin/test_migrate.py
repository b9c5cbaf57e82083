"""The migration as a one-off task: with which image, where, and what becomes of its definition."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import typer
from typer.testing import CliRunner

from admin import migrate as command
from admin.errors import MigrationError, ServiceError
from admin.migrate import migrate
from tests.aws.resources import Environment
from tests.pauses import without_pauses

TAG = "0.3.0-2a1ec34"
ACCOUNT = "111122223333"
OUTPUTS = {
    "TaskDefinition": "arn:task-definition/service:1",
    "TaskSubnets": "subnet-1,subnet-2",
    "TaskSecurityGroup": "sg-1",
}
DEFINITION = {
    "family": "service",
    "revision": 1,
    "status": "ACTIVE",
    "executionRoleArn": "arn:execution",
    "taskRoleArn": "arn:task",
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "volumes": [{"name": "tmp"}],
    "containerDefinitions": [
        {
            "name": "funkygibbon",
            "image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/goodies/funkygibbon:none",
            "environment": [{"name": "PGHOST", "value": "db"}],
            "secrets": [{"name": "PGPASSWORD", "valueFrom": "arn:secret"}],
            "healthCheck": {"command": ["CMD", "true"]},
            "portMappings": [{"containerPort": 8000}],
            "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}],
            "logConfiguration": {"options": {"awslogs-group": "log", "awslogs-stream-prefix": "api"}},
        },
        {"name": "migrate", "image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/goodies/funkygibbon:none"},
    ],
}


class Cloud:
    """Stands for AWS: a deployed service without a release."""

    meta = SimpleNamespace(endpoint_url="https://sts.us-east-1.amazonaws.com")

    def __init__(self, *, exit_code: int | None = 0, words: str = "migrate: created entities") -> None:
        self.outputs = dict(OUTPUTS)
        self.definitions: list[dict[str, Any]] = []
        self.removed: list[str] = []
        self.runs: list[dict[str, Any]] = []
        self.failures: list[dict[str, str]] = []
        self.statuses = ["PENDING", "RUNNING", "STOPPED"]
        self.exit_code = exit_code
        self.words = words
        self.exceptions = SimpleNamespace(ResourceNotFoundException=LookupError)

    def client(self, _service: str) -> "Cloud":
        return self

    def get_caller_identity(self) -> Any:
        return {"Account": ACCOUNT}

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        assert StackName == "GoodiesProd-Service"
        return {
            "Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": text} for key, text in self.outputs.items()]}]
        }

    def describe_task_definition(self, *, taskDefinition: str) -> Any:  # noqa: N803
        assert taskDefinition == OUTPUTS["TaskDefinition"]
        return {"taskDefinition": DEFINITION}

    def register_task_definition(self, **given: Any) -> Any:
        self.definitions.append(given)
        return {"taskDefinition": {"taskDefinitionArn": "arn:task-definition/migration:1"}}

    def deregister_task_definition(self, *, taskDefinition: str) -> None:  # noqa: N803
        self.removed.append(taskDefinition)

    def run_task(self, **given: Any) -> Any:
        self.runs.append(given)
        return {"failures": self.failures, "tasks": [] if self.failures else [{"taskArn": "arn:task/goodies-prod/abc"}]}

    def describe_tasks(self, **_: Any) -> Any:
        container = {"name": "funkygibbon"} | ({} if self.exit_code is None else {"exitCode": self.exit_code})
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        task = {"taskArn": "arn:task/goodies-prod/abc", "lastStatus": status, "containers": [container]}
        return {"tasks": [task | {"stoppedReason": "CannotPullContainerError"}]}

    def stop_task(self, **_: Any) -> None:
        self.statuses = ["STOPPED"]

    def get_log_events(self, *, logGroupName: str, logStreamName: str, limit: int) -> Any:  # noqa: N803
        assert (logGroupName, logStreamName, limit) == ("log", "api/funkygibbon/abc", 1)
        if not self.words:
            raise LookupError
        return {"events": [{"message": f"{self.words}\n"}]}


def migrated(cloud: Cloud) -> str:
    return migrate("prod", TAG, cloud.client, lambda _: None)


@pytest.mark.plan("ARC-2/container")
def test_the_release_migrates_before_it_runs() -> None:
    cloud = Cloud()
    assert migrated(cloud) == "migrate: created entities"
    (definition,) = cloud.definitions
    (container,) = definition["containerDefinitions"]
    assert container["image"].endswith(f"/goodies/funkygibbon:{TAG}")
    assert container["command"] == ["migrate"]
    assert (container["environment"], container["secrets"]) == (
        DEFINITION["containerDefinitions"][0]["environment"],  # type: ignore[index]
        DEFINITION["containerDefinitions"][0]["secrets"],  # type: ignore[index]
    )
    assert not container.keys() & {"healthCheck", "portMappings", "dependsOn"}
    assert definition["family"] == "goodies-prod-migration"
    assert not definition.keys() & {"revision", "status"}, "answers of AWS that it does not take"
    (run,) = cloud.runs
    assert (run["cluster"], run["launchType"]) == ("goodies-prod", "FARGATE"), "the cluster's default is spot capacity"
    assert run["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
    assert cloud.removed == ["arn:task-definition/migration:1"]


@pytest.mark.parametrize(
    ("cloud", "reason"),
    [
        (
            Cloud(exit_code=1, words="migrate: this release needs columns"),
            "runs as before: migrate: this release needs",
        ),
        (Cloud(exit_code=None, words=""), "CannotPullContainerError"),
    ],
)
def test_a_migration_that_fails_says_why_and_leaves_no_definition(cloud: Cloud, reason: str) -> None:
    with pytest.raises(MigrationError, match=reason):
        migrated(cloud)
    assert cloud.removed


def test_a_task_that_does_not_start_is_named() -> None:
    cloud = Cloud()
    cloud.failures = [{"reason": "RESOURCE:ENI"}]
    with pytest.raises(ServiceError, match="did not start: RESOURCE:ENI"):
        migrated(cloud)
    assert cloud.removed


def test_a_migration_without_end_is_stopped() -> None:
    cloud = Cloud()
    cloud.statuses = ["RUNNING"]
    with pytest.raises(MigrationError, match="within 15 minutes"):
        migrated(cloud)
    assert cloud.statuses == ["STOPPED"]


def test_an_environment_without_outputs_is_deployed_first() -> None:
    cloud = Cloud()
    del cloud.outputs["TaskSubnets"]
    with pytest.raises(ServiceError, match="GoodiesProd-Service has no output TaskSubnets: deploy it first"):
        migrated(cloud)


@pytest.mark.plan("ARC-2/container")
def test_the_service_stack_has_the_outputs(environment: Environment) -> None:
    outputs = environment.stack("Service").outputs
    assert outputs.keys() >= OUTPUTS.keys()
    service = environment.one("AWS::ECS::Service")
    (group,) = service["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"]
    resolved = {key: environment.resolve(value, service.stack) for key, value in outputs.items()}
    assert resolved["TaskSecurityGroup"] == group
    assert resolved["TaskDefinition"] == service["TaskDefinition"]


def ended(monkeypatch: pytest.MonkeyPatch, client: Callable[[str], Any], release: str) -> Any:
    app = typer.Typer()
    app.command()(command.main)
    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace(client=client))
    without_pauses(monkeypatch)
    return CliRunner().invoke(app, ["--env", "prod", "--account", ACCOUNT, "--yes", "--release", release])


def test_the_command_says_what_the_migration_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ended(monkeypatch, Cloud().client, TAG)
    assert said.exit_code == 0, said.output
    assert "migrate: created entities" in said.output.splitlines()


def test_the_command_refuses_what_is_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ended(monkeypatch, Cloud().client, "latest")
    assert said.exit_code == 1
    assert "latest is no release" in said.output
