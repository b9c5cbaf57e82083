"""Entrypoint of the image: the environment that its command gets."""

import json
import re

import pytest
import valkey

from tests.images.conftest import Run
from tests.services import Database

NEEDED = (
    *("DATABASE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE", "PGUSER", "PGPASSWORD", "JWT_SECRET"),
    *("REDIS_HOST", "REDIS_PORT", "REDIS_TLS", "REDIS_PASSWORD"),
)
SECRETS = ("PGPASSWORD", "JWT_SECRET", "ADMIN_PASSWORD_HASH", "REDIS_PASSWORD")
SHOW = ("python", "-c", "import json, os; print(json.dumps(dict(os.environ)))")


@pytest.fixture
def database() -> Database:
    """Address of a database that the tests do not log in to."""
    return Database(name="goodies", owner="goodies", password="pg-private", port=5432)


def seen(run: Run, task: dict[str, str]) -> dict[str, str]:
    ended = run(task, *SHOW)
    assert ended.returncode == 0, ended.stderr
    environment: dict[str, str] = json.loads(ended.stdout)
    return environment


@pytest.mark.plan("SEC-6/encrypted")
def test_redis_is_spoken_to_over_tls(run: Run, task: dict[str, str]) -> None:
    assert seen(run, task)["REDIS_URL"].startswith("rediss://:")


def test_the_address_that_it_makes_opens_redis(run: Run, task: dict[str, str]) -> None:
    made = seen(run, task | {"REDIS_TLS": "false"})
    with valkey.Valkey.from_url(made["REDIS_URL"]) as client:
        assert client.ping()
    assert "REDIS_PASSWORD" not in made


def test_where_identities_log_in_redis_needs_no_password(run: Run, task: dict[str, str]) -> None:
    without = {key: value for key, value in task.items() if key != "REDIS_PASSWORD"} | {"REDIS_LOGIN": "identity"}
    assert seen(run, without)["REDIS_URL"] == f"rediss://{task['REDIS_HOST']}:{task['REDIS_PORT']}"


def test_another_login_is_refused(run: Run, task: dict[str, str]) -> None:
    ended = run(task | {"REDIS_LOGIN": "nobody"}, *SHOW)
    assert ended.stderr == "entrypoint: not started, because REDIS_LOGIN must be password or identity.\n"


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("given", [None, " "], ids=["absent", "blank"])
def test_without_a_setting_nothing_starts(run: Run, task: dict[str, str], name: str, given: str | None) -> None:
    environment = {key: value for key, value in task.items() if key != name} | ({name: given} if given else {})
    ended = run(environment, *SHOW)
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert re.findall(r"\b[A-Z]+_?[A-Z]+\b", ended.stderr) == [name]
    assert ended.stderr.count("\n") == 1


def test_all_that_is_missing_is_named_at_once(run: Run, task: dict[str, str]) -> None:
    ended = run({"PATH": task["PATH"]}, *SHOW)
    assert all(name in ended.stderr for name in NEEDED)


@pytest.mark.parametrize("value", ["unset", "Zk3vQ0", "", "$2b$12$bcrypt"])
def test_an_administrator_without_a_password_hash_cannot_log_in(run: Run, task: dict[str, str], value: str) -> None:
    assert "ADMIN_PASSWORD_HASH" not in seen(run, task | {"ADMIN_PASSWORD_HASH": value})


def test_the_administrators_hash_arrives_unchanged(run: Run, task: dict[str, str]) -> None:
    assert seen(run, task)["ADMIN_PASSWORD_HASH"] == task["ADMIN_PASSWORD_HASH"]


def test_no_known_password_is_ever_valid(run: Run, task: dict[str, str]) -> None:
    ended = run(task | {"FUNKYGIBBON_TEST_MODE": "false"}, *SHOW)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "FUNKYGIBBON_TEST_MODE" in ended.stderr


@pytest.mark.plan("AWS-10", "SEC-8/managed")
@pytest.mark.parametrize(
    "change",
    [{}, {"JWT_SECRET": ""}, {"REDIS_TLS": "yes"}, {"ADMIN_PASSWORD_HASH": "unset-but-private"}, {"PATH": "/nowhere"}],
    ids=["fine", "missing", "malformed", "no hash", "no command"],
)
def test_it_prints_no_secret(run: Run, task: dict[str, str], change: dict[str, str]) -> None:
    environment = task | change
    ended = run(environment, "python", "-c", "pass")
    printed = ended.stdout + ended.stderr
    assert not [name for name in SECRETS if environment[name] and environment[name] in printed]


@pytest.mark.parametrize(
    ("command", "reason"), [((), "no command was given"), (("uvicron",), "uvicron does not start")]
)
def test_a_command_that_does_not_exist_is_named(
    run: Run, task: dict[str, str], command: tuple[str, ...], reason: str
) -> None:
    ended = run(task, *command)
    assert ended.returncode == 1
    assert reason in ended.stderr
