"""The command: where it asks, what it says first, and how it ends."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner

from admin import aws as admin_aws
from admin.azure import connection as azure
from admin.gcp import connection as google
from admin.preflight import __main__ as command
from local.azure.cloud import EmbeddedAzure
from local.cloud import EmbeddedCloud
from local.gcp.cloud import EmbeddedGoogleCloud
from tests.admin.preflight.aws.answers import ID, Answers

EXAMPLE = "00000000-0000-0000-0000-000000000004"


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, assembly_folder: Path) -> Answers:
    """AWS that denies all but whose the credentials are; no embedded cloud runs."""
    answers = Answers({"sts:GetCallerIdentity": {"Account": ID, "Arn": f"arn:aws:iam::{ID}:user/me", "UserId": "AIDA"}})

    def session(*, profile_name: str | None, region_name: str) -> Any:
        assert profile_name is None
        return SimpleNamespace(
            client=lambda service, region_name=region_name, config=None: answers.client(
                service, region_name, config or Config()
            )
        )

    monkeypatch.setattr(boto3, "Session", session)
    monkeypatch.setattr(admin_aws, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path / "absent"))
    monkeypatch.setattr(azure, "EmbeddedAzure", lambda: EmbeddedAzure(tmp_path / "absent"))
    monkeypatch.setattr(google, "EmbeddedGoogleCloud", lambda: EmbeddedGoogleCloud(tmp_path / "absent"))
    monkeypatch.setattr(command, "assembly_of", lambda *_: assembly_folder)
    return answers


def run(*options: str) -> Any:
    return CliRunner().invoke(command.app, options)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (
            ("--env", "prod"),
            3,
            "The embedded cloud does not run: `make deploy ENV=prod` starts it. To act on AWS, type",
        ),
        (("--env", "prod", "--account", "999999999999"), 3, f"environments/prod.yaml names the account {ID}"),
        (("--env", "moon", "--account", ID), 3, "ENV=moon: allowed is dev, prod, staging"),
        (("--env", "prod", "--project", "acme"), 3, "environments/prod.yaml names the project example-goodies-prod"),
        (("--env", "prod", "--project", ""), 3, "environments/prod.yaml names the project example-goodies-prod"),
        (("--env", "prod", "--project", "example-goodies-prod"), 3, "are examples; set projects of your own"),
        (("--env", "moon", "--project", "acme"), 3, "ENV=moon: allowed is dev, prod, staging"),
        (("--env", "prod", "--project", "acme", "--account", ID), 3, "type one of them. Nobody was asked."),
        (("--env", "prod", "--cloud", "gcp", "--account", ID), 3, "type one of them. Nobody was asked."),
        (
            ("--env", "prod", "--cloud", "gcp"),
            2,
            "The embedded Google Cloud does not run: `make deploy CLOUD=gcp`",
        ),
        (("--env", "prod", "--cloud", "azure"), 2, "The embedded Azure does not run: `make deploy CLOUD=azure`"),
        (("--env", "prod", "--subscription", "x"), 3, "environments/prod.yaml names the subscription "),
        (("--env", "prod", "--subscription", EXAMPLE), 3, "holds examples; set a tenant and subscriptions of your own"),
        (("--env", "prod", "--subscription", "x", "--account", ID), 3, "type one of them. Nobody was asked."),
        (("--env", "prod", "--subscription", "x", "--project", "x"), 3, "type one of them. Nobody was asked."),
        (("--env", "prod", "--subscription", "x", "--cloud", "gcp"), 3, "type one of them. Nobody was asked."),
        (("--env", "prod", "--cloud", "moon"), 3, "CLOUD=moon: allowed is gcp, azure"),
        (("--env", "moon", "--cloud", "gcp"), 2, "ENV=moon: allowed is dev, prod, staging"),
        ((), 2, "--env"),
    ],
)
def test_nobody_is_asked_until_the_account_is_typed(
    caller: Answers, options: tuple[str, ...], code: int, said: str
) -> None:
    ended = run(*options)
    assert ended.exit_code == code
    assert said in ended.output
    assert caller.calls == []


def test_credentials_of_another_account_are_refused(caller: Answers) -> None:
    other = {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/me", "UserId": "AIDA"}
    caller.given = {"sts:GetCallerIdentity": other}
    ended = run("--env", "prod", "--account", ID)
    assert ended.exit_code == 3
    assert "your credentials are of the account 999999999999" in ended.output
    assert len(caller.calls) == 1


def test_it_says_where_it_asks_and_ends_with_what_it_found(caller: Answers) -> None:
    ended = run("--env", "dev", "--account", ID)
    assert ended.exit_code == 3, ended.output
    assert len(caller.calls) > 1
    assert ended.stdout.startswith(f"AWS: account {ID}, region us-east-1. Nothing is changed.\nStacks: Goodies")
    assert "GoodiesDev-Data (us-east-1)" in ended.stdout
    assert "GoodiesProd" not in ended.stdout
    assert "0 fine, 0 missing, " in ended.stdout
