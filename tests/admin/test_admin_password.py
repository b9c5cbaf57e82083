"""Command that sets the administrator's password: the stored hash, the output, the errors."""

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import typer
from argon2 import PasswordHasher, extract_parameters
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner

from admin import admin_password
from admin.errors import PasswordError

PASSWORD = "correct horse battery"
ACCOUNT = "111122223333"
ON_AWS = ("--env", "prod", "--account", ACCOUNT, "--yes")
APP = typer.Typer()
APP.command()(admin_password.main)


class Store:
    """Stands for Secrets Manager."""

    meta = SimpleNamespace(endpoint_url="https://sts.us-east-1.amazonaws.com")

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.account = ACCOUNT
        self.stored: dict[str, str] = {}
        self.region: str | None = None

    def session(self, *, profile_name: str | None, region_name: str) -> "Store":
        assert profile_name is None
        self.region = region_name
        return self

    def client(self, service: str) -> "Store":
        assert service in {"secretsmanager", "sts"}
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.account}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803
        if self.failure:
            raise self.failure
        self.stored[SecretId] = SecretString


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(boto3, "Session", made.session)
    return made


def piped(password: str, *options: str) -> Any:
    return CliRunner().invoke(APP, [*ON_AWS, "--stdin", *options], input=password + "\n")


@pytest.mark.plan("AWS-10", "SEC-8/managed")
def test_only_a_hash_is_stored_and_nothing_is_shown(store: Store) -> None:
    ended = piped(PASSWORD)
    assert ended.exit_code == 0, ended.output
    (stored,) = store.stored.values()
    assert list(store.stored) == ["goodies/prod/admin-password-hash"]
    assert PasswordHasher().verify(stored, PASSWORD)
    assert PASSWORD not in stored
    assert PASSWORD not in ended.output
    assert stored not in ended.output


def test_for_another_cloud_it_prints_the_hash_and_stores_nothing(store: Store) -> None:
    ended = CliRunner().invoke(APP, ["--print-hash", "--stdin"], input=PASSWORD + "\n")
    assert ended.exit_code == 0, ended.output
    assert PasswordHasher().verify(ended.stdout, PASSWORD)
    assert store.stored == {}


@pytest.mark.parametrize("options", [[], ["--env", "prod", "--print-hash"]])
def test_it_does_one_of_the_two(store: Store, options: list[str]) -> None:
    ended = CliRunner().invoke(APP, [*options, "--stdin"], input=PASSWORD + "\n")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr == "admin-password: say --env for AWS, or --print-hash for another cloud.\n"
    assert store.stored == {}


def test_it_hashes_as_the_service_does(store: Store) -> None:
    piped(PASSWORD)
    parameters = extract_parameters(store.stored["goodies/prod/admin-password-hash"])
    assert (parameters.type.name, parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (
        "ID",
        2,
        65536,
        1,
    )


def test_it_says_how_running_tasks_get_it(store: Store) -> None:
    assert "aws ecs update-service --cluster goodies-prod" in piped(PASSWORD).output
    assert store.region == "us-east-1"


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    waiting = list(answers)
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": staticmethod(lambda: True)}))
    monkeypatch.setattr(admin_password, "getpass", lambda _prompt: waiting.pop(0))


def test_it_asks_twice_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, PASSWORD, PASSWORD)
    assert admin_password.read_password(piped=False) == PASSWORD


def test_two_different_answers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, PASSWORD, PASSWORD + "!")
    with pytest.raises(PasswordError, match="differ"):
        admin_password.read_password(piped=False)


def test_a_pipe_is_read_only_when_asked(store: Store) -> None:
    ended = CliRunner().invoke(APP, [*ON_AWS], input=PASSWORD + "\n")
    assert ended.exit_code == 1
    assert "--stdin" in ended.output
    assert not store.stored


def test_the_password_is_no_argument(store: Store) -> None:
    ended = CliRunner().invoke(APP, [*ON_AWS, PASSWORD])
    assert ended.exit_code == 2
    assert not store.stored


def test_a_short_password_is_refused(store: Store) -> None:
    ended = piped("elevenchars")
    assert ended.exit_code == 1
    assert "12 characters" in ended.output
    assert not store.stored


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "arn:…"}}, "PutSecretValue")


@pytest.mark.parametrize(
    ("failure", "next_step"),
    [
        (NoCredentialsError(), "AWS_PROFILE"),
        (refusal("ResourceNotFoundException"), "deploy the environment first"),
        (refusal("AccessDeniedException"), "secretsmanager:PutSecretValue"),
        (refusal("ExpiredTokenException"), "aws sso login"),
        (refusal("ThrottlingException"), "ThrottlingException"),
        (EndpointConnectionError(endpoint_url="https://nowhere"), "cannot be reached"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else None,
)
def test_each_obstacle_is_one_line_with_the_next_step(store: Store, failure: Exception, next_step: str) -> None:
    store.failure = failure
    ended = piped(PASSWORD)
    assert ended.exit_code == 1
    assert next_step in ended.output
    assert ended.stderr.splitlines()[2:] == [ended.stderr.splitlines()[-1]]
    assert PASSWORD not in ended.output
