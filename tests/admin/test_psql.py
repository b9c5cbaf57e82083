"""Session in a database: which task runs, what is opened in it, and that nothing of it stays."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import typer
from typer.testing import CliRunner

from admin import aws as admin_aws
from admin import psql as command
from admin.errors import ServiceError
from admin.psql import session
from tests.admin.clients import account, actions, parameters, service_stack
from tests.aws.resources import Environment

TASK = "arn:aws:ecs:us-east-1:111122223333:task/goodies-prod/abc"
DEFINITION = "arn:aws:ecs:us-east-1:111122223333:task-definition/goodies-prod-session:1"


def task(status: str = "RUNNING", agent: str = "RUNNING") -> Any:
    container = {
        "name": "funkygibbon",
        "runtimeId": "abc-1",
        "managedAgents": [{"name": "ExecuteCommandAgent", "lastStatus": agent}],
    }
    stopped = {"stoppedReason": "CannotPullContainerError"} if status == "STOPPED" else {}
    return {"tasks": [{"taskArn": TASK, "lastStatus": status, "containers": [container], **stopped}]}


def cloud(**given: Any) -> Any:
    answers = {
        **service_stack(),
        "ecs:RegisterTaskDefinition": {"taskDefinition": {"taskDefinitionArn": DEFINITION}},
        "ecs:RunTask": {"tasks": [{"taskArn": TASK}], "failures": []},
        "ecs:DescribeTasks": task(),
        "ecs:ExecuteCommand": {"session": {"sessionId": "s", "streamUrl": "wss://s", "tokenValue": "t"}},
        "ecs:StopTask": {},
        "ecs:DeregisterTaskDefinition": {},
    }
    return account(answers | {f"ecs:{name}": value for name, value in given.items()})


def opened(aws: Any, *, write: bool = False) -> list[Sequence[str]]:
    ran: list[Sequence[str]] = []

    def run(words: Sequence[str]) -> int:
        ran.append(words)
        return 0

    assert session("prod", aws, write=write, minutes=30, run=run, sleep=lambda _: None) == 0
    return ran


@pytest.mark.plan("SEC-9/roles")
def test_a_session_runs_in_a_task_of_its_own_with_its_own_role() -> None:
    aws, answers = cloud()
    ((plugin, token, region, operation, _, target, endpoint),) = opened(aws)
    assert (plugin, region, operation) == ("session-manager-plugin", "us-east-1", "StartSession")
    assert json.loads(token)["tokenValue"] == "t"
    assert json.loads(target) == {"Target": "ecs:goodies-prod_abc_abc-1"}
    assert endpoint == "https://ecs.us-east-1.amazonaws.com"

    definition = parameters(answers, "ecs:RegisterTaskDefinition")
    assert definition["taskRoleArn"].endswith(":role/session")
    (container,) = definition["containerDefinitions"]
    assert container["image"].endswith("funkygibbon:0.3.0-2a1ec34")
    assert container["command"][:2] == ["python", "-c"]
    assert "time.sleep(1800)" in container["command"][2], "it ends by itself"
    compile(container["command"][2], "session", "exec")
    mounts = {each["containerPath"] for each in container["mountPoints"]}
    assert mounts == {"/tmp", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}
    assert {each["sourceVolume"] for each in container["mountPoints"]} == {v["name"] for v in definition["volumes"]}

    run = parameters(answers, "ecs:RunTask")
    assert (run["launchType"], run["enableExecuteCommand"]) == ("FARGATE", True)
    assert run["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert actions(answers)[-2:] == ["ecs:StopTask", "ecs:DeregisterTaskDefinition"]


@pytest.mark.parametrize(("write", "typed"), [(False, "python /tmp/sql.py"), (True, "python /tmp/sql.py --write")])
def test_it_reads_unless_writing_is_typed(write: bool, typed: str) -> None:
    aws, answers = cloud()
    opened(aws, write=write)
    request = parameters(answers, "ecs:ExecuteCommand")
    assert (request["command"], request["interactive"], request["container"]) == (typed, True, "funkygibbon")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"DescribeTasks": task("STOPPED")}, "the session's task ended: CannotPullContainerError"),
        ({"DescribeTasks": task(agent="PENDING")}, "did not begin within 5 minutes, and was stopped"),
    ],
)
def test_a_session_that_does_not_begin_leaves_nothing(given: Any, reason: str) -> None:
    aws, answers = cloud(**given)
    with pytest.raises(ServiceError, match=reason):
        opened(aws)
    assert actions(answers)[-2:] == ["ecs:StopTask", "ecs:DeregisterTaskDefinition"]


def test_a_task_that_does_not_start_leaves_no_definition() -> None:
    aws, answers = cloud(RunTask={"tasks": [], "failures": [{"reason": "RESOURCE:ENI"}]})
    with pytest.raises(ServiceError, match="session did not start: RESOURCE:ENI"):
        opened(aws)
    assert actions(answers)[-1] == "ecs:DeregisterTaskDefinition"


def test_an_environment_without_a_release_has_no_image() -> None:
    aws, answers = account(service_stack(image="none"))
    with pytest.raises(ServiceError, match="prod has no release"):
        opened(aws)
    assert "ecs:RegisterTaskDefinition" not in actions(answers)


@pytest.mark.parametrize(
    ("installed", "options", "said"),
    [
        (False, ("--account", "111122223333", "--yes"), "session-manager-plugin is needed in the PATH"),
        (True, ("--account", "111122223333"), "this is no terminal that could answer"),
        (True, ("--account", "999999999999", "--yes"), "names the account 111122223333"),
        (True, (), "The embedded cloud runs no container and no database"),
    ],
)
def test_what_is_missing_is_said_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, installed: bool, options: tuple[str, ...], said: str
) -> None:
    caller = SimpleNamespace(
        get_caller_identity=lambda: {"Account": "111122223333"},
        meta=SimpleNamespace(endpoint_url="https://sts.us-east-1.amazonaws.com"),
    )
    embedded = SimpleNamespace(running=lambda: True, account="111122223333", new_client=print)
    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace(client=lambda _: caller))
    monkeypatch.setattr(admin_aws, "EmbeddedCloud", lambda: embedded)
    monkeypatch.setattr("shutil.which", lambda _: "/bin/plugin" if installed else None)
    app = typer.Typer()
    app.command()(command.main)
    ended = CliRunner().invoke(app, ["--env", "prod", *options])
    assert (ended.exit_code, said in ended.stderr) == (1, True), ended.output


@pytest.mark.plan("SEC-5", "SEC-9/roles")
def test_sessions_are_logged_and_encrypted_and_their_role_holds_nothing_else(environment: Environment) -> None:
    key = environment.one("AWS::KMS::Key")
    settings = environment.one("AWS::ECS::Cluster")["Configuration"]["ExecuteCommandConfiguration"]
    log = environment.one("AWS::Logs::LogGroup", "Service/Session")
    assert settings["KmsKeyId"] == key
    assert settings["Logging"] == "OVERRIDE"
    assert settings["LogConfiguration"] == {"CloudWatchEncryptionEnabled": True, "CloudWatchLogGroupName": log}
    assert log["KmsKeyId"] == key
    role = environment.one("AWS::IAM::Role", "Service/Session")
    policy = environment.one("AWS::IAM::Policy", "Service/Session")
    assert policy["Roles"] == [role]
    services = {
        action.partition(":")[0]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert services == {"ssmmessages", "logs", "kms"}
    output = environment.stack("Service").outputs["SessionRole"]
    assert environment.resolve(output, role.stack) == role
