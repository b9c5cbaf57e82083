"""Credentials of a task's role, and the values of its secrets."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.body.ports import Ports
from local.body.roles import Credentials, CredentialsEndpoint, secret_values

GIVEN = Credentials("arn:role", "AKIA", "secret", "token", datetime(2026, 11, 29, 12, tzinfo=UTC))


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[CredentialsEndpoint]:
    made = CredentialsEndpoint(Ports(tmp_path / "ports.json"))
    yield made
    made.stop()


@pytest.mark.plan("SEC-9/roles")
def test_only_a_task_itself_gets_its_credentials(endpoint: CredentialsEndpoint) -> None:
    first, second = (endpoint.variables(task, lambda: GIVEN) for task in ("1", "2"))
    url, token = first["AWS_CONTAINER_CREDENTIALS_FULL_URI"], first["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    assert httpx.get(url, headers={"Authorization": token}).json() == {
        "RoleArn": "arn:role",
        "AccessKeyId": "AKIA",
        "SecretAccessKey": "secret",
        "Token": "token",
        "Expiration": "2026-11-29T12:00:00Z",
    }
    other = second["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    for headers in ({}, {"Authorization": other}, {"Authorization": ""}):
        assert httpx.get(url, headers=headers).status_code == 403
    assert httpx.get(url.removesuffix("1"), headers={"Authorization": ""}).status_code == 403
    endpoint.forget("1")
    assert httpx.get(url, headers={"Authorization": token}).status_code == 403


def test_a_task_keeps_its_token(endpoint: CredentialsEndpoint) -> None:
    assert endpoint.variables("1", lambda: GIVEN) == endpoint.variables("1", lambda: GIVEN)


SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:login-abc"


class Service:
    """Stands for Secrets Manager and Systems Manager."""

    def get_secret_value(self, **request: str) -> Any:
        return {"SecretString": json.dumps({"user": "me", "asked": "|".join(sorted(request.values()))})}

    def get_parameter(self, Name: str, *, WithDecryption: bool) -> Any:  # noqa: N803
        assert WithDecryption
        return {"Parameter": {"Value": f"parameter {Name}"}}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (f"{SECRET}:user::", "me"),
        (f"{SECRET}:asked:AWSPREVIOUS:", f"AWSPREVIOUS|{SECRET}"),
        (f"{SECRET}:asked::7", f"7|{SECRET}"),
        (SECRET, f'{{"user": "me", "asked": "{SECRET}"}}'),
        ("arn:aws:ssm:us-east-1:111122223333:parameter/goodies/token", "parameter /goodies/token"),
        ("token", "parameter token"),
    ],
)
def test_a_secret_is_found_in_each_form_of_its_name(source: str, value: str) -> None:
    container = {"secrets": [{"name": "A", "valueFrom": source}]}
    assert secret_values(lambda _: Service(), container) == {"A": value}


def test_a_member_that_a_secret_lacks_is_an_error() -> None:
    container = {"secrets": [{"name": "A", "valueFrom": f"{SECRET}:other::"}]}
    with pytest.raises(KeyError, match="other"):
        secret_values(lambda _: Service(), container)
