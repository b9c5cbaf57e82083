"""Commands of an administrator without an account: they act on the embedded cloud, and see no other."""

from typing import Any

import boto3
import pytest
import typer
from argon2 import PasswordHasher
from typer.testing import CliRunner

from admin import admin_password, logs, status
from admin import aws as admin_aws
from admin.patch_release import __main__ as patch_release
from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY

pytestmark = pytest.mark.xdist_group("deployed")

PASSWORD = "correct horse battery"


def run(monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedCloud, main: Any, *options: str) -> Any:
    def real(**_: Any) -> Any:
        raise AssertionError("the user's own session")

    monkeypatch.setattr(admin_aws, "EmbeddedCloud", lambda: cloud)
    monkeypatch.setattr(boto3, "Session", real)
    monkeypatch.setenv("AWS_PROFILE", "production")
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, ["--env", "prod", *options], input=PASSWORD + "\n")


@pytest.mark.plan("AWS-10")
def test_the_password_is_stored_where_make_deploy_deploys(
    monkeypatch: pytest.MonkeyPatch, deployed: EmbeddedCloud
) -> None:
    secrets = deployed.client("secretsmanager", PRIMARY)
    ended = run(monkeypatch, deployed, admin_password.main, "--stdin")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith(f"Embedded cloud: account {deployed.account}, region {PRIMARY}\n")
    stored = secrets.get_secret_value(SecretId="goodies/prod/admin-password-hash")["SecretString"]
    assert PasswordHasher().verify(stored, PASSWORD)


@pytest.mark.plan("IMP-8/rollout")
def test_a_patch_looks_at_what_runs_on_the_embedded_cloud(
    monkeypatch: pytest.MonkeyPatch, deployed: EmbeddedCloud
) -> None:
    release = deployed.client("ssm", PRIMARY).get_parameter(Name="/goodies/prod/release")["Parameter"]["Value"]
    ended = run(monkeypatch, deployed, patch_release.main)
    if release == "none":
        assert (ended.exit_code, ended.stderr) == (1, "prod runs no release, so there is nothing to patch\n")
    else:
        assert "prod runs a release without critical findings" in ended.stdout


def test_the_status_of_what_is_deployed_is_said(monkeypatch: pytest.MonkeyPatch, deployed: EmbeddedCloud) -> None:
    ended = run(monkeypatch, deployed, status.main)
    assert ended.exit_code == 0, ended.output
    place, release, instances, alarms, *_ = ended.stdout.splitlines()
    assert place == f"Embedded cloud: account {deployed.account}, region {PRIMARY}"
    assert release.startswith("release ")
    assert instances.endswith(" run")
    assert int(alarms.split()[3]) > 50


def test_the_log_of_the_service_is_found(monkeypatch: pytest.MonkeyPatch, deployed: EmbeddedCloud) -> None:
    monkeypatch.setattr(logs, "follow", lambda _, group, *__: [group])
    ended = run(monkeypatch, deployed, logs.main)
    assert ended.exit_code == 0, ended.output
    (group,) = ended.stdout.splitlines()
    found = deployed.client("logs", PRIMARY).describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [each["logGroupName"] for each in found] == [group]
