"""What the person at the keyboard is told."""

import errno
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from local import __main__ as commands
from local import deployment
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError


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


def test_status_says_where_it_runs(run: CliRunner, cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: cloud)
    assert cloud.endpoint in run.invoke(commands.app, ["status"]).stdout


@pytest.mark.parametrize(
    ("mishap", "told", "code"),
    [
        (EmbeddedCloudError("The database is on fire."), "The database is on fire.", 1),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full", 1),
        (KeyboardInterrupt(), "Interrupted.", 130),
    ],
)
def test_a_mishap_is_told_in_a_paragraph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mishap: BaseException, told: str, code: int
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise mishap

    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path))
    monkeypatch.setattr(deployment, "deploy", fail)
    result = CliRunner().invoke(commands.app, ["deploy", "--env", "dev"])
    assert (result.exit_code, "Traceback" in result.output) == (code, False)
    assert told in result.output


def test_destroying_twice_is_no_error(run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "embedded"
    folder.mkdir()
    monkeypatch.setattr(commands, "EmbeddedCloud", lambda: EmbeddedCloud(folder))
    assert "Removed" in run.invoke(commands.app, ["destroy"]).stdout
    assert not folder.exists()
    assert "Nothing to remove" in run.invoke(commands.app, ["destroy"]).stdout
