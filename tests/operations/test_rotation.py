"""The rotation on a real PostgreSQL, with the calls of Secrets Manager answered from memory."""
# ruff: noqa: N803 - arguments have the names that Secrets Manager gives them

import json
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError
from pg8000.native import Connection

from operations.rotation import Credentials, Rotation, RotationRefused, next_user, verifier
from tests.services import Database

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
SECRET, OWNER = "arn:secret", "arn:owner"


class Vault:
    """Stands for Secrets Manager: versions, and the labels that say which is which."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, str]] = {}
        self.stages: dict[str, dict[str, list[str]]] = {}
        self.announced: list[str] = []

    def store(self, secret: str, value: Credentials) -> None:
        self.values[secret] = {"first": json.dumps(value)}
        self.stages[secret] = {"first": ["AWSCURRENT"]}

    def current(self, secret: str) -> Credentials:
        found: Credentials = json.loads(self.get_secret_value(SecretId=secret)["SecretString"])
        return found

    def begin(self, secret: str) -> str:
        """Announce a version that has no value yet, as a rotation does."""
        token = str(uuid.uuid4())
        for stages in self.stages[secret].values():
            stages[:] = [stage for stage in stages if stage != "AWSPENDING"]
        self.stages[secret][token] = ["AWSPENDING"]
        return token

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:
        return {"VersionIdsToStages": self.stages[SecretId]}

    def get_secret_value(
        self, *, SecretId: str, VersionId: str = "", VersionStage: str = "AWSCURRENT"
    ) -> dict[str, Any]:
        for version, stages in self.stages[SecretId].items():
            if VersionStage in stages and VersionId in {"", version} and version in self.values[SecretId]:
                return {"SecretString": self.values[SecretId][version]}
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")

    def put_secret_value(
        self,
        *,
        SecretId: str,
        ClientRequestToken: str,
        SecretString: str,
        VersionStages: list[str],
    ) -> dict[str, Any]:
        assert ClientRequestToken not in self.values[SecretId], "a version never changes"
        self.values[SecretId][ClientRequestToken] = SecretString
        self.stages[SecretId][ClientRequestToken] = VersionStages
        return {}

    def get_random_password(self, *, PasswordLength: int, ExcludePunctuation: bool) -> dict[str, Any]:
        assert ExcludePunctuation
        return {"RandomPassword": secrets.token_hex(PasswordLength // 2)}

    def update_secret_version_stage(
        self,
        *,
        SecretId: str,
        VersionStage: str,
        MoveToVersionId: str,
        RemoveFromVersionId: str,
    ) -> dict[str, Any]:
        self.stages[SecretId][RemoveFromVersionId].remove(VersionStage)
        self.stages[SecretId][MoveToVersionId].append(VersionStage)
        return {}


def connect(credentials: Credentials) -> Connection:
    """Log in as the Lambda does, without TLS, which the test's server does not speak."""
    return Connection(
        credentials["username"],
        password=credentials["password"],
        host=credentials["host"],
        port=int(credentials["port"]),
        database=credentials["dbname"],
    )


@pytest.fixture
def vault(database: Database) -> Vault:
    """State after a deployment: the secrets, and a database whose only user is its owner."""
    place = {"host": database.host, "port": database.port, "dbname": database.name, "engine": "postgres"}
    made = Vault()
    made.store(OWNER, place | {"username": database.owner, "password": database.password})
    user = f"goodies_{secrets.token_hex(4)}"
    made.store(SECRET, place | {"username": user, "password": secrets.token_hex(16), "masterarn": OWNER})
    return made


def rotation(vault: Vault, token: str, secret: str = SECRET) -> Rotation:
    return Rotation(secrets=vault, connect=connect, announce=vault.announced.append, secret_id=secret, token=token)


def rotate(vault: Vault, secret: str = SECRET) -> None:
    token = vault.begin(secret)
    for step in STEPS:
        rotation(vault, token, secret).run(step)


LogIn = Callable[[Credentials], psycopg.Connection]


@pytest.fixture
def log_in(database: Database) -> LogIn:
    return lambda credentials: database.connect(credentials["username"], credentials["password"])


@pytest.mark.plan("SEC-8/rotated", "AWS-10")
def test_tasks_with_the_old_password_go_on_while_new_ones_get_another(vault: Vault, log_in: LogIn) -> None:
    before = vault.current(SECRET)
    rotate(vault)
    after = vault.current(SECRET)
    assert after["username"] == before["username"] + "_clone"
    assert after["password"] != before["password"]
    for credentials in (before, after):
        log_in(credentials).close()


@pytest.mark.plan("SEC-8/rotated")
def test_the_next_rotation_takes_the_first_user_again_and_ends_its_old_password(vault: Vault, log_in: LogIn) -> None:
    first = vault.current(SECRET)
    rotate(vault)
    second = vault.current(SECRET)
    rotate(vault)
    third = vault.current(SECRET)
    assert third["username"] == first["username"]
    for credentials in (second, third):
        log_in(credentials).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        log_in(first)


def test_whoever_creates_a_table_both_own_it(vault: Vault, log_in: LogIn) -> None:
    first = vault.current(SECRET)
    rotate(vault)
    second = vault.current(SECRET)
    with log_in(first) as one, log_in(second) as other:
        one.execute("CREATE TABLE rooms (name text)")
        other.execute("INSERT INTO rooms VALUES ('Kitchen')")
        other.execute("ALTER TABLE rooms ADD COLUMN floor int")
        other.execute("CREATE TABLE doors (name text)")
        assert one.execute("SELECT name FROM rooms").fetchall() == [("Kitchen",)]
        one.execute("DROP TABLE doors")


@pytest.mark.plan("SEC-2")
def test_the_users_may_not_make_users_or_databases(vault: Vault, log_in: LogIn) -> None:
    rotate(vault)
    with log_in(vault.current(SECRET)) as connection:
        for statement in ("CREATE ROLE intruder", "CREATE DATABASE intruder", "CREATE SCHEMA intruder"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize("done", range(len(STEPS)))
def test_a_rotation_that_breaks_off_leaves_the_current_password_working(vault: Vault, log_in: LogIn, done: int) -> None:
    rotate(vault)
    before = vault.current(SECRET)
    token = vault.begin(SECRET)
    for step in STEPS[:done]:
        rotation(vault, token).run(step)
    assert vault.current(SECRET) == before
    log_in(before).close()
    # Secrets Manager tries again with the same token.
    for step in STEPS:
        rotation(vault, token).run(step)
    log_in(vault.current(SECRET)).close()


def test_a_password_in_force_is_announced_even_if_the_news_was_lost_at_first(vault: Vault) -> None:
    token = vault.begin(SECRET)
    for step in STEPS[:3]:
        rotation(vault, token).run(step)
    assert vault.announced == []
    for _ in range(2):
        rotation(vault, token).run("finishSecret")
    assert vault.announced == [SECRET, SECRET]


def test_each_step_can_be_repeated(vault: Vault, log_in: LogIn) -> None:
    token = vault.begin(SECRET)
    for step in STEPS:
        for _ in range(2):
            rotation(vault, token).run(step)
    log_in(vault.current(SECRET)).close()


def test_the_owners_own_password_changes_in_place(vault: Vault, log_in: LogIn) -> None:
    before = vault.current(OWNER)
    token = vault.begin(OWNER)
    for step in STEPS:
        for _ in range(2):
            rotation(vault, token, OWNER).run(step)
    after = vault.current(OWNER)
    assert after["username"] == before["username"]
    log_in(after).close()
    with pytest.raises(psycopg.OperationalError):
        log_in(before)
    rotate(vault)


def test_the_service_rotates_while_the_owners_rotation_is_half_done(vault: Vault, log_in: LogIn) -> None:
    token = vault.begin(OWNER)
    for step in STEPS[:2]:
        rotation(vault, token, OWNER).run(step)
    rotate(vault)
    log_in(vault.current(SECRET)).close()


@pytest.mark.parametrize("change", [{"username": "postgres"}, {"host": "elsewhere"}], ids=["user", "database"])
def test_a_pending_version_of_somebody_else_is_refused(vault: Vault, change: dict[str, str]) -> None:
    token = vault.begin(SECRET)
    rotation(vault, token).run("createSecret")
    vault.values[SECRET][token] = json.dumps(json.loads(vault.values[SECRET][token]) | change)
    with pytest.raises(RotationRefused, match="another user or another database"):
        rotation(vault, token).run("setSecret")


def test_an_owner_of_another_database_is_refused(vault: Vault) -> None:
    vault.store(OWNER, vault.current(OWNER) | {"host": "elsewhere"})
    with pytest.raises(RotationRefused, match="owner's secret belongs to another database"):
        rotate(vault)


def test_an_unknown_version_or_step_is_refused(vault: Vault) -> None:
    with pytest.raises(RotationRefused, match="no version"):
        rotation(vault, "unknown").run("createSecret")
    with pytest.raises(RotationRefused, match="no step 'dropSecret'"):
        rotation(vault, vault.begin(SECRET)).run("dropSecret")


def test_a_user_that_does_not_act_as_the_role_fails_the_test(vault: Vault, database: Database) -> None:
    token = vault.begin(SECRET)
    for step in STEPS[:2]:
        rotation(vault, token).run(step)
    with database.connect() as owner:
        owner.execute(f"ALTER ROLE {next_user(vault.current(SECRET))} RESET role")
    with pytest.raises(RotationRefused, match="acts as"):
        rotation(vault, token).run("testSecret")


def test_no_password_appears_in_a_statement() -> None:
    assert "hunter2" not in verifier("hunter2")
    assert verifier("hunter2") != verifier("hunter2"), "salted"
