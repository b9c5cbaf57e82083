"""Preflight without an account: it asks the embedded cloud, whose answers are those of a deployed account."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from admin import aws as admin_aws
from admin.accounts import aws_account
from admin.preflight import __main__ as command
from admin.preflight import aws
from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import needs_of
from admin.preflight.model import State, run
from assembly import open_assembly
from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY, RECOVERY

pytestmark = pytest.mark.xdist_group("deployed")


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch, deployed: EmbeddedCloud, production: Path) -> EmbeddedCloud:
    def real(**_: Any) -> Any:
        raise AssertionError("the user's own session")

    monkeypatch.setattr(admin_aws, "EmbeddedCloud", lambda: deployed)
    monkeypatch.setattr(boto3, "Session", real)
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setattr(command, "assembly_of", lambda *_: production)
    return deployed


def test_what_is_deployed_is_fine(embedded: EmbeddedCloud, production: Path) -> None:
    needs = needs_of(open_assembly(production), "prod", aws_account("prod"))
    rows = run(list(aws.checks(needs, Account(admin_aws.connect("prod", None)))))
    answers = {row.check.subject: row.answer for row in rows}
    for region in (PRIMARY, RECOVERY):
        assert answers[f"CDK toolkit, {region}"].state is State.FINE
        assert answers[f"EC2-VPC Elastic IPs, {region}"].state is not State.MISSING
    for stack in needs.stacks:
        assert answers[f"Stack {stack.name}, {stack.region}"].state is State.FINE
    assert answers[f"goodies/prod/jwt-secret, {PRIMARY}"].found == "of GoodiesProd-Data"
    absent = {row.check.group for row in rows if row.answer.state is State.MISSING}
    assert absent <= {"service-linked roles"}, rows
    # What this cloud lacks is unknown, with the reason.
    assert [row for row in rows if row.answer.state is State.UNKNOWN and not row.answer.found] == []
    # Clients of others stay as they were.
    assert embedded.client("ssm", PRIMARY).meta.events is not admin_aws.connect("prod", None).client("ssm").meta.events


def test_it_says_where_it_asks(embedded: EmbeddedCloud) -> None:
    ended = CliRunner().invoke(command.app, ["--env", "prod"])
    assert ended.stdout.startswith(
        f"Embedded cloud: account {embedded.account}, region {PRIMARY}. Nothing is changed.\n"
    )
    assert ended.exit_code in {1, 3}, ended.output
