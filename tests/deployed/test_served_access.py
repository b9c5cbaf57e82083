"""Access of production's tasks: deployed secrets, credentials that end, connections that are encrypted."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import psycopg
import pytest
import requests
import valkey

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY
from tests.deployed.served import Served

pytestmark = pytest.mark.xdist_group("deployed")

CLUSTER = "goodies-prod"
KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
LONGEST = timedelta(hours=12)


@pytest.fixture(scope="module")
def definition(served: Served) -> Mapping[str, Any]:
    """The task definition that runs."""
    ecs = served.cloud.client("ecs", PRIMARY)
    (task, *_) = ecs.describe_tasks(cluster=CLUSTER, tasks=ecs.list_tasks(cluster=CLUSTER)["taskArns"])["tasks"]
    found: Mapping[str, Any] = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    return found


@pytest.fixture(scope="module")
def environment(served: Served) -> Mapping[str, str]:
    """The environment of a process that serves, as the system tells of it."""
    return psutil.Process(served.processes("task-")[0].pid).environ()


@pytest.mark.plan("SEC-9/keyless")
def test_nobody_has_a_key_that_does_not_end(deployed: EmbeddedCloud) -> None:
    iam = deployed.client("iam", PRIMARY)
    users = [user["UserName"] for user in iam.list_users()["Users"]]
    assert [key for user in users for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]] == []


@pytest.mark.plan("SEC-9/keyless", "SEC-9/roles")
def test_a_task_has_credentials_of_its_role_that_end_and_no_key(
    definition: Mapping[str, Any], environment: Mapping[str, str]
) -> None:
    assert not KEYS & environment.keys()
    token = {"Authorization": environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    given = requests.get(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=token, timeout=60).json()
    assert given["RoleArn"] == definition["taskRoleArn"]
    assert datetime.fromisoformat(given["Expiration"]) - datetime.now(UTC) <= LONGEST


@pytest.mark.plan("SEC-8/managed")
def test_a_task_gets_the_deployed_secrets_and_no_log_has_them(
    served: Served, definition: Mapping[str, Any], environment: Mapping[str, str]
) -> None:
    secrets = served.cloud.client("secretsmanager", PRIMARY)
    values = {}
    (container,) = [each for each in definition["containerDefinitions"] if each["name"] == "funkygibbon"]
    for given in container["secrets"]:
        arn, member = (given["valueFrom"].split(":")[:7], given["valueFrom"].split(":")[7:8])
        value = secrets.get_secret_value(SecretId=":".join(arn))["SecretString"]
        values[given["name"]] = json.loads(value)[member[0]] if member and member[0] else value
    assert {"PGPASSWORD", "REDIS_PASSWORD", "JWT_SECRET"} <= values.keys()
    held = " ".join(environment.values())
    assert [name for name, value in values.items() if value not in held] == []
    logs = [file for file in (served.body.directory / "logs").rglob("*") if file.is_file()]
    assert logs
    written = b"\n".join(file.read_bytes() for file in logs)
    assert [name for name, value in values.items() if value.encode() in written] == []


@pytest.mark.plan("ARC-1/database", "SEC-6/encrypted")
def test_a_task_reaches_the_database_by_tls_only(environment: Mapping[str, str]) -> None:
    login: dict[str, Any] = {
        "host": environment["PGHOST"],
        "port": environment["PGPORT"],
        "dbname": environment["PGDATABASE"],
        "user": environment["PGUSER"],
        "password": environment["PGPASSWORD"],
    }
    own: dict[str, Any] = {"sslmode": environment["PGSSLMODE"], "sslrootcert": environment["PGSSLROOTCERT"]}
    with psycopg.connect(**login, **own) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(**login, sslmode="disable")


@pytest.mark.plan("ARC-1/cache", "SEC-6/encrypted")
def test_a_task_reaches_the_cache_by_tls_only(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    url = environment["REDIS_URL"]
    if authority := environment.get("SSL_CERT_FILE"):
        monkeypatch.setenv("SSL_CERT_FILE", authority)
    with valkey.Valkey.from_url(url) as client:
        assert client.ping()
    with valkey.Valkey.from_url(url.replace("rediss:", "redis:")) as client, pytest.raises(valkey.ConnectionError):
        client.ping()
