"""Deployment to the embedded cloud by the real CDK CLI, repeated and after interruptions."""

import io
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assembly import Assembly, open_assembly
from local import cloudformation
from local.cloud import EmbeddedCloud
from local.cloudformation import describe
from local.deployment import deploy
from local.errors import EmbeddedCloudError
from tests.local.stacks import template

PARAMETER = {"Type": "String", "Value": "goodie"}
RESOURCES: dict[str, Any] = {
    "It": ("AWS::SSM::Parameter", PARAMETER),
    "Analyzer": ("AWS::AccessAnalyzer::Analyzer", {"Type": "ACCOUNT"}),  # nothing is behind it
}

ENDLESS: dict[str, Any] = {
    "Handle": ("AWS::CloudFormation::WaitConditionHandle", {}),
    "It": ("AWS::CloudFormation::WaitCondition", {"Handle": {"Ref": "Handle"}, "Timeout": "3600"}),
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    cloud = EmbeddedCloud(tmp_path_factory.mktemp("target"))
    yield cloud
    cloud.wipe()


@pytest.fixture
def screen() -> Console:
    return Console(file=io.StringIO(), width=100)


def printed(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def application(folder: Path, name: str, resources: dict[str, Any]) -> Assembly:
    """An assembly of one stack that needs no toolkit."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.template.json").write_text(template(resources, {"Url": "https://goodies.example"}))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/us-east-1",
        "properties": {"templateFile": f"{name}.template.json", "terminationProtection": True},
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {name: stack}}))
    return open_assembly(folder)


def test_a_deploy_ends_with_a_report_and_the_next_changes_nothing(
    target: EmbeddedCloud, screen: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    goodies = application(tmp_path, "Goodies", RESOURCES)
    deploy(target, ["Goodies"], screen, assembly=goodies)
    assert describe(target, "Goodies", "us-east-1")["StackStatus"] == "CREATE_COMPLETE"
    assert "Goodies.Url  https://goodies.example" in printed(screen)
    assert "AWS::AccessAnalyzer::Analyzer (1)" in printed(screen)
    assert "make deploy  " in printed(screen)
    deploy(target, ["Goodies"], screen, assembly=goodies, command="make deploy ENV=dev")
    assert "No changes, in" in printed(screen)
    assert "make deploy ENV=dev" in printed(screen)


def test_a_failure_says_why_and_the_next_deploy_recovers(
    target: EmbeddedCloud, screen: Console, tmp_path: Path
) -> None:
    wrong = {"It": ("AWS::SSM::Parameter", PARAMETER), "Bad": ("AWS::ECS::Service", {"LaunchTpye": "FARGATE"})}
    target.start()
    target.enforce_iam(True)
    with pytest.raises(EmbeddedCloudError, match=r"Broken: Bad \(AWS::ECS::Service\).*'LaunchTpye' was unexpected"):
        deploy(target, ["Broken"], screen, assembly=application(tmp_path, "Broken", wrong))
    assert target.enforce_iam(True)
    deploy(target, ["Broken"], screen, assembly=application(tmp_path, "Broken", RESOURCES))
    assert describe(target, "Broken", "us-east-1")["StackStatus"] == "CREATE_COMPLETE"


def test_a_kill_in_the_middle_is_reported_at_once_and_the_next_deploy_recovers(
    target: EmbeddedCloud, screen: Console, tmp_path: Path
) -> None:
    def kill_when_at_work() -> None:
        while describe(target, "Killed", "us-east-1").get("StackStatus") != "CREATE_IN_PROGRESS":
            time.sleep(0.05)
        os.kill(int(target.control("pid")), signal.SIGKILL)
        killed.append(time.monotonic())

    killed: list[float] = []
    target.start()
    killer = threading.Thread(target=kill_when_at_work)
    killer.start()
    with pytest.raises(EmbeddedCloudError, match="ended during the deploy"):
        deploy(target, ["Killed"], screen, assembly=application(tmp_path, "Killed", ENDLESS))
    killer.join()
    assert time.monotonic() - killed[0] < 30
    deploy(target, ["Killed"], screen, assembly=application(tmp_path, "Killed", RESOURCES))
    assert describe(target, "Killed", "us-east-1")["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_that_never_ends_is_ended(
    target: EmbeddedCloud, screen: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloudformation, "_STALL_SECONDS", 1)
    monkeypatch.setattr(target._process, "_program", replace(target._process._program, stop_seconds=1))
    target.start()
    target.client("cloudformation").create_stack(StackName="Endless", TemplateBody=template(ENDLESS))
    deploy(target, ["Endless"], screen, assembly=application(tmp_path, "Endless", RESOURCES))
    assert describe(target, "Endless", "us-east-1")["StackStatus"] == "CREATE_COMPLETE"
