"""Deletion of stacks: which environments are refused, what is lifted, and what is said where AWS refuses."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import typer
from typer.testing import CliRunner

from admin import accounts
from admin.destroy import __main__ as command
from admin.destroy.stacks import delete, existing, require_deletable, stacks_of
from admin.errors import DestroyError
from assembly import Assembly, Stack, open_assembly
from assembly.environment_files import FOLDER
from tests.admin.clients import account, actions, parameters
from tests.admin.preflight.aws.answers import NO_STACK, summaries

ID = "arn:aws:cloudformation:us-east-1:111122223333:stack/GoodiesDev-Data/1"


@pytest.fixture(scope="module")
def synthesized(assembly_folder: Path) -> Assembly:
    return open_assembly(assembly_folder)


@pytest.fixture
def data(synthesized: Assembly) -> Stack:
    return synthesized.stack("GoodiesDev-Data")


def described(status: str, *, protected: bool = False) -> Any:
    stack = {"StackName": "GoodiesDev-Data", "StackId": ID, "CreationTime": "2026-01-01T00:00:00Z"}
    return {"Stacks": [{**stack, "StackStatus": status, "EnableTerminationProtection": protected}]}


def failed(name: str, status: str, reason: str = "") -> Any:
    return {
        "StackId": ID,
        "EventId": name + status,
        "StackName": "GoodiesDev-Data",
        "LogicalResourceId": name,
        "PhysicalResourceId": ID if name == "GoodiesDev-Data" else name,
        "ResourceType": "AWS::RDS::DBInstance",
        "Timestamp": "2026-01-01T00:00:00Z",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


@pytest.mark.plan("ENV-4/data")
@pytest.mark.parametrize(
    ("name", "edit", "reason"),
    [
        ("prod", ("", ""), "stage: production, and no command deletes that"),
        (
            "dev",
            ("  deletion_protection: false\n", ""),
            "database.deletion_protection: true, service.deletion_protection",
        ),
        (
            "dev",
            ("stage: ", "vault_lock: governance\nstage: "),
            "vault_lock: governance: what it holds may not be lost",
        ),
    ],
)
def test_what_may_not_be_lost_is_refused_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, edit: tuple[str, str], reason: str
) -> None:
    file = FOLDER / f"{name}.yaml"
    (tmp_path / file.name).write_text(file.read_text().replace(*edit))
    (tmp_path / "policy.yaml").write_text((FOLDER / "policy.yaml").read_text())
    monkeypatch.setattr(accounts, "FOLDER", tmp_path)

    def queried(**_: Any) -> Any:
        raise AssertionError("AWS is asked")

    monkeypatch.setattr(boto3, "Session", queried)
    app = typer.Typer()
    app.command()(command.main)
    ended = CliRunner().invoke(app, ["--env", name, "--account", "111122223333", "--yes"])
    assert (ended.exit_code, reason in ended.stderr) == (1, True), ended.output


def test_what_may_be_lost_passes() -> None:
    accounts.require_expendable("dev")


def test_another_account_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace())
    app = typer.Typer()
    app.command()(command.main)
    ended = CliRunner().invoke(app, ["--env", "dev", "--account", "999999999999", "--yes"])
    assert (ended.exit_code, "names the account 111122223333" in ended.stderr) == (1, True), ended.output


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_each_stack_goes_before_what_it_depends_on(synthesized: Assembly, name: str) -> None:
    ordered = [stack.name for stack in stacks_of(synthesized, name)]
    whole = f"Goodies{name.title()}"
    assert set(ordered) == {each for each in synthesized.stacks if each.partition("-")[0] == whole}
    for place, stack in enumerate(ordered):
        assert not set(ordered[:place]) & synthesized.stack(stack).dependencies, stack


def test_termination_protection_is_lifted_and_progress_is_said(data: Stack) -> None:
    states = [
        described("CREATE_COMPLETE", protected=True),
        described("DELETE_IN_PROGRESS"),
        described("DELETE_COMPLETE"),
    ]
    aws, answers = account(
        {
            "cloudformation:DescribeStacks": states,
            "cloudformation:UpdateTerminationProtection": {},
            "cloudformation:DeleteStack": {},
        }
    )
    said: list[str] = []
    delete(aws.client, data, said.append, sleep=lambda _: None)
    lifted = parameters(answers, "cloudformation:UpdateTerminationProtection")
    assert lifted == {"StackName": "GoodiesDev-Data", "EnableTerminationProtection": False}
    assert [line.split(": ")[1].split(" in ")[0] for line in said] == ["deleting", "deleted"]


def test_a_deletion_that_fails_names_the_resources(data: Stack) -> None:
    events = [
        failed("GoodiesDev-Data", "DELETE_FAILED", "The following resources failed to delete"),
        failed("Instance", "DELETE_FAILED", "it is in use"),
        failed("GoodiesDev-Data", "DELETE_IN_PROGRESS"),
        failed("Older", "DELETE_FAILED", "of an earlier attempt"),
    ]
    aws, _ = account(
        {
            "cloudformation:DescribeStacks": [described("CREATE_COMPLETE"), described("DELETE_FAILED")],
            "cloudformation:DeleteStack": {},
            "cloudformation:DescribeStackEvents": {"StackEvents": events},
        }
    )
    with pytest.raises(DestroyError) as caught:
        delete(aws.client, data, lambda _: None, sleep=lambda _: None)
    assert "GoodiesDev-Data is DELETE_FAILED" in str(caught.value)
    assert "Instance (AWS::RDS::DBInstance): it is in use" in str(caught.value)
    assert "Older" not in str(caught.value)


@pytest.mark.parametrize("protected", [True, False])
def test_what_the_account_still_protects_stops_it_before_the_first_deletion(data: Stack, protected: bool) -> None:
    instance = {"DBInstanceIdentifier": "goodies-dev", "DeletionProtection": protected}
    aws, answers = account(
        {
            "cloudformation:ListStackResources": summaries([("Instance", "AWS::RDS::DBInstance", "goodies-dev")]),
            "rds:DescribeDBInstances": {"DBInstances": [instance]},
        }
    )
    if protected:
        with pytest.raises(DestroyError, match=r"goodies-dev \(GoodiesDev-Data\): protected against deletion"):
            require_deletable(aws.client, [data])
    else:
        require_deletable(aws.client, [data])
    assert "cloudformation:DeleteStack" not in actions(answers)


def test_it_waits_for_nobody_elses_deploy(data: Stack) -> None:
    aws, _ = account({"cloudformation:DescribeStacks": described("UPDATE_IN_PROGRESS")})
    with pytest.raises(DestroyError, match="GoodiesDev-Data is UPDATE_IN_PROGRESS: wait"):
        existing(aws.client, [data])


def test_stacks_that_are_not_there_are_left_out(data: Stack) -> None:
    aws, _ = account({"cloudformation:DescribeStacks": NO_STACK})
    assert existing(aws.client, [data]) == []
