"""Confirmation before a real account changes: it is typed, it is the data's and the caller's, and a person confirms."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import typer
from typer.testing import CliRunner

from admin import admin_password
from admin import aws as admin_aws
from admin.aws import connect
from admin.confirmation import confirm
from admin.errors import AwsError, NotConfirmedError, WrongAccountError
from admin.patch_release import __main__ as patch_release
from local.cloud import EmbeddedCloud

ACCOUNT = "111122223333"
PASSWORD = "correct horse battery"
META = SimpleNamespace(endpoint_url="https://sts.us-east-1.amazonaws.com")


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Fake of AWS whose caller is in the production account; records the changes of a command."""
    done: list[str] = []

    class Service:
        meta = META

        def __getattr__(self, operation: str) -> Any:
            return lambda **_: done.append(operation) or {"Account": ACCOUNT}  # type: ignore[func-returns-value]

    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace(client=lambda _: Service()))
    monkeypatch.setattr(admin_aws, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path / "absent"))
    return done


def run(main: Any, *options: str) -> Any:
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, ["--env", "prod", *options], input=PASSWORD + "\n")


@pytest.mark.parametrize("main", [admin_password.main, patch_release.main])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "The embedded cloud does not run: `make deploy ENV=prod` starts it."),
        (("--yes",), "The embedded cloud does not run: `make deploy ENV=prod` starts it."),
        (("--account", "999999999999", "--yes"), f"environments/prod.yaml names the account {ACCOUNT}"),
        (("--account", ACCOUNT), "this is no terminal that could answer"),
        (("--account", ACCOUNT, "--env", "moon"), "ENV=moon: allowed is dev, prod, staging"),
    ],
)
def test_nothing_changes_until_all_of_it_is_so(
    changes: list[str], main: Any, options: tuple[str, ...], said: str
) -> None:
    ended = run(main, *options)
    assert (ended.exit_code, said in ended.stderr) == (1, True), ended.output
    assert set(changes) <= {"get_caller_identity"}


def test_credentials_of_another_account_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = SimpleNamespace(get_caller_identity=lambda: {"Account": "999999999999"}, meta=META)
    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace(client=lambda _: caller))
    with pytest.raises(WrongAccountError, match="your credentials are of the account 999999999999"):
        connect("prod", ACCOUNT)


def test_it_says_where_it_is_and_what_it_does(changes: list[str]) -> None:
    ended = run(admin_password.main, "--account", ACCOUNT, "--yes", "--stdin")
    assert ended.exit_code == 0, ended.output
    place, change = ended.stderr.splitlines()
    assert place == f"AWS: account {ACCOUNT}, region us-east-1"
    assert "goodies/prod/admin-password-hash" in change
    assert changes == ["get_caller_identity", "put_secret_value"]


@pytest.mark.parametrize(
    ("endpoint", "named"),
    [
        ("https://sts.us-east-1.amazonaws.com", False),
        ("https://sts.us-east-1.api.aws", False),
        ("http://localhost:4566", True),
        ("https://amazonaws.com.evil.example", True),
    ],
)
def test_an_endpoint_that_is_none_of_awss_is_named(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, *, named: bool
) -> None:
    caller = SimpleNamespace(
        get_caller_identity=lambda: {"Account": ACCOUNT}, meta=SimpleNamespace(endpoint_url=endpoint)
    )
    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace(client=lambda _: caller))
    place = connect("prod", ACCOUNT).place
    assert (f"through {endpoint}, which is none of AWS's" in place) is named


def test_an_endpoint_that_is_no_url_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    with pytest.raises(AwsError, match="AWS_ENDPOINT_URL, or endpoint_url of the profile: Invalid endpoint: nonsense"):
        connect("prod", ACCOUNT)


@pytest.mark.parametrize(("answer", "agreed"), [("yes", True), ("y", False), ("", False), ("no", False)])
def test_only_yes_is_yes(monkeypatch: pytest.MonkeyPatch, answer: str, *, agreed: bool) -> None:
    terminal = io.StringIO(answer + "\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    if agreed:
        confirm("AWS", "Change it", yes=False)
    else:
        with pytest.raises(NotConfirmedError, match="Nothing was changed"):
            confirm("AWS", "Change it", yes=False)


def test_without_the_embedded_cloud_it_says_how_to_have_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(admin_aws, "EmbeddedCloud", lambda: EmbeddedCloud(tmp_path))
    with pytest.raises(AwsError, match=f"`make deploy ENV=dev` starts it.*ACCOUNT={ACCOUNT}"):
        connect("dev", None)
