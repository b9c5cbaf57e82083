"""Commands of ``python -m local``: their output and their exit codes."""

import errno
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from local import __main__ as commands
from local import deployment
from local.azure.cloud import EmbeddedAzure
from local.body.body import Body
from local.body.postgres import databases_home
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError
from local.gcp.cloud import EmbeddedGoogleCloud


@pytest.fixture
def run() -> CliRunner:
    return CliRunner()


def test_a_shell_can_be_turned_to_the_embedded_cloud(
    run: CliRunner, cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: cloud)
    monkeypatch.setenv("AWS_PROFILE", "production")
    printed = run.invoke(commands.app, ["env", "--region", "us-west-2"]).stdout.splitlines()
    assert "AWS_PROFILE" in printed[0].removeprefix("unset ").split()
    assert f"export AWS_ENDPOINT_URL={cloud.endpoint}" in printed
    assert "export AWS_REGION=us-west-2" in printed


def test_status_says_of_each_cloud_whether_it_runs(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path / "aws"))
    monkeypatch.setattr(commands, "EmbeddedGoogleCloud", lambda: EmbeddedGoogleCloud(tmp_path / "gcp"))
    monkeypatch.setattr(commands, "EmbeddedAzure", lambda: EmbeddedAzure(tmp_path / "azure"))
    aws, google, azure = run.invoke(commands.app, ["status"]).stdout.splitlines()
    assert aws == f"The embedded cloud in {tmp_path / 'aws'}: not running; `make deploy` starts it"
    assert google == f"The embedded Google Cloud in {tmp_path / 'gcp'}: not running; `make deploy CLOUD=gcp` starts it"
    assert azure == f"The embedded Azure in {tmp_path / 'azure'}: not running; `make deploy CLOUD=azure` starts it"


def test_each_cloud_is_destroyed_by_itself(run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws, google = tmp_path / "aws", tmp_path / "gcp"
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(aws))
    monkeypatch.setattr(commands, "EmbeddedGoogleCloud", lambda: EmbeddedGoogleCloud(google))
    for folder in (aws, google):
        folder.mkdir()
    assert "Removed" in run.invoke(commands.app, ["destroy", "--cloud", "gcp"]).stdout
    assert (aws.exists(), google.exists()) == (True, False)
    said = run.invoke(commands.app, ["destroy", "--cloud", "gcp"]).stdout
    assert said == "Nothing to remove: there is no embedded Google Cloud.\n"


def test_databases_that_lie_elsewhere_are_destroyed_as_well(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = EmbeddedCloud(tmp_path / "aws")
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: cloud)
    elsewhere = databases_home(Body(cloud).directory)
    for folder in (cloud.directory, elsewhere):
        folder.mkdir()
    try:
        assert "Removed" in run.invoke(commands.app, ["destroy"]).stdout
        assert not elsewhere.exists()
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)


@pytest.mark.skipif(sys.platform == "darwin", reason="refused there before anything else")
def test_a_shell_without_a_deploy_says_what_to_type(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "EmbeddedGoogleCloud", lambda: EmbeddedGoogleCloud(tmp_path / "gcp"))
    result = run.invoke(commands.app, ["shell"])
    assert result.exit_code == 1
    assert "`make deploy CLOUD=gcp` does it" in result.output


def test_status_says_where_it_runs(run: CliRunner, cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: cloud)
    assert cloud.endpoint in run.invoke(commands.app, ["status"]).stdout


@pytest.mark.parametrize(
    ("mishap", "message", "code"),
    [
        (EmbeddedCloudError("The database is on fire."), "The database is on fire.", 1),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full", 1),
        (KeyboardInterrupt(), "Interrupted. Run the command again.", 130),
    ],
)
def test_a_mishap_ends_with_a_message_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mishap: BaseException, message: str, code: int
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise mishap

    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path))
    monkeypatch.setattr(deployment, "deploy", fail)
    result = CliRunner().invoke(commands.app, ["deploy", "--env", "dev"])
    assert (result.exit_code, "Traceback" in result.output) == (code, False)
    assert message in result.output


@pytest.mark.parametrize("name", ["x", "policy", "Prod", ""])
def test_an_unknown_environment_is_refused_before_anything_starts(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path / "embedded"))
    result = run.invoke(commands.app, ["deploy", "--env", name])
    assert result.exit_code == 1
    assert f"ENV: given {name!r}; allowed are dev, prod, staging" in result.output
    assert "make deploy ENV=dev" in result.output
    assert not (tmp_path / "embedded").exists()


def test_stopping_what_does_not_run_is_no_error(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path / "embedded"))
    result = run.invoke(commands.app, ["stop"])
    assert (result.exit_code, result.output) == (0, "")
    assert not (tmp_path / "embedded").exists()


def test_stopping_waits_for_no_other_command(
    run: CliRunner, cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(cloud.directory))
    with cloud.lock("a deploy"):
        result = run.invoke(commands.app, ["stop"])
    assert result.exit_code == 1
    assert "a deploy, process" in result.output
    assert cloud.running()


def test_destroying_twice_is_no_error(run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "embedded"
    folder.mkdir()
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(folder))
    assert "Removed" in run.invoke(commands.app, ["destroy"]).stdout
    assert not folder.exists()
    assert "Nothing to remove" in run.invoke(commands.app, ["destroy"]).stdout
