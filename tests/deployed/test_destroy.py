"""Deletion of development from an account, which is the embedded cloud here: what goes, in which order, what stays."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from admin.accounts import aws_account
from admin.destroy import __main__ as command
from admin.destroy.retained import KINDS
from admin.destroy.stacks import stacks_of
from assembly import open_assembly
from local.cloud import EmbeddedCloud
from local.deployment import deploy
from tests.deployed.conftest import PRIMARY

pytestmark = pytest.mark.xdist_group("destroyed")


@pytest.fixture(scope="module")
def assembled(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the assembly, because a deploy leaves packed assets in it."""
    return shutil.copytree(assembly_folder, tmp_path_factory.mktemp("assembly") / "cdk.out")


@pytest.fixture(scope="module")
def development(assembled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """An embedded cloud with development on it."""
    cloud = EmbeddedCloud(tmp_path_factory.mktemp("development"))
    with Path(os.devnull).open("w") as nowhere:
        deploy(cloud, ["GoodiesDev"], Console(file=nowhere), open_assembly(assembled))
    yield cloud
    cloud.wipe()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, development: EmbeddedCloud, assembled: Path) -> EmbeddedCloud:
    """The caller's credentials and endpoint are those of the embedded cloud."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in development.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(command, "assembly_of", lambda *_: assembled)
    return development


def destroyed(*options: str) -> Any:
    app = typer.Typer()
    app.command()(command.main)
    return CliRunner().invoke(app, ["--env", "dev", "--account", aws_account("dev"), *options])


def test_development_goes_and_what_stays_is_listed(account: EmbeddedCloud, assembled: Path) -> None:
    cloudformation = account.client("cloudformation", PRIMARY)
    names = [stack.name for stack in stacks_of(open_assembly(assembled), "dev")]
    assert (names[0], names[-1]) == ("GoodiesDev", "GoodiesDev-Foundation")

    ended = destroyed()
    assert (ended.exit_code, "this is no terminal that could answer" in ended.stderr) == (1, True), ended.output
    assert {each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]} >= set(names)

    ended = destroyed("--yes")
    assert ended.exit_code == 0, ended.output
    lines = ended.stdout.splitlines()
    assert [line.split(" (")[0] for line in lines if line.endswith(": deleting")] == names
    left = {each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]}
    assert left == {"CDKToolkit"}

    # Everything that stays is there, and stands in the list with its costs and a command.
    listed = ended.stdout[ended.stdout.index("What stays") :]
    buckets = [each["Name"] for each in account.client("s3", PRIMARY).list_buckets()["Buckets"]]
    kept = [name for name in buckets if name.startswith("goodiesdev")]
    assert len(kept) == 4
    for name in kept:
        assert f"aws s3api delete-bucket --bucket {name} --region {PRIMARY}" in listed
    assert "secret-id arn:aws:secretsmanager" in listed
    assert "USD 1 per key-month" in listed
    for name in ("release", "running"):
        assert f"aws ssm delete-parameter --name /goodies/dev/{name} --region {PRIMARY}" in listed
    rows = [line for line in listed.splitlines() if line.endswith(f"({PRIMARY})")]
    types = {row.split()[0] for row in rows}
    assert types >= {"S3::Bucket", "SecretsManager::Secret", "Backup::BackupVault", "KMS::Key", "Route53::HostedZone"}
    known = [kind.removeprefix("AWS::") for kind in KINDS]
    assert [row for row in rows if not row.strip().startswith(tuple(known))] == []
    assert rows[-1].split()[0] == "KMS::Key", "it opens all the others"

    again = destroyed("--yes")
    assert again.exit_code == 0, again.output
    assert "dev has no stack here." in again.stdout
    assert again.stdout[again.stdout.index("What stays") :] == listed
