"""Rotations of the body: the steps of a secret's function, once its database is served."""

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.body.addresses import Address, Addresses
from local.body.postgres import databases_home
from local.body.rotations import Rotation, Rotations
from tests.local.body.instances import PROD, Served
from tests.local.body.waiting import wait_for

STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]


class Functions:
    """A Lambda whose function fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.events: list[dict[str, str]] = []
        self._failures = failures

    def invoke(self, **request: Any) -> dict[str, Any]:
        """Answer as Lambda does."""
        self.events.append(json.loads(request["Payload"]))
        if self._failures:
            self._failures -= 1
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "not\\nyet"}')}
        return {"Payload": io.BytesIO(b"null")}


class Secrets:
    """A Secrets Manager that begins rotations."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def rotate_secret(self, *, SecretId: str) -> None:  # noqa: N803
        """Answer as Secrets Manager does."""
        self.begun.append(SecretId)


def rotation(functions: Functions) -> Rotation:
    return Rotation(
        secret="arn:secret",
        name="user",
        function="arn:function",
        ended=False,
        version="v2",
        host="goodies-prod.1.us-east-1.rds.amazonaws.com",
        port=5432,
        login=("goodies", "of the service", "goodies"),
        functions=functions,
        secrets=Secrets(),
    )


@pytest.fixture
def addresses() -> Addresses:
    return Addresses()


@pytest.fixture
def rotations(addresses: Addresses) -> Iterator[Rotations]:
    made = Rotations(addresses)
    yield made
    made.stop()


def test_the_steps_are_taken_once_the_database_is_served(rotations: Rotations, addresses: Addresses) -> None:
    functions = Functions()
    rotations.reconcile([rotation(functions)])
    assert rotations.waiting == ["user: its password is rotated"]
    assert not functions.events
    addresses.publish("goodies-prod.1.us-east-1.rds.amazonaws.com", 5432, Address(1))
    wait_for(lambda: len(functions.events) >= len(STEPS))
    assert functions.events == [{"Step": step, "SecretId": "arn:secret", "ClientRequestToken": "v2"} for step in STEPS]
    rotations.reconcile([])
    assert (rotations.waiting, rotations.problems) == ([], [])


def test_a_failure_is_said_and_tried_again(
    rotations: Rotations, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.body.rotations._PAUSE_SECONDS", 0.1)
    functions = Functions(failures=1)
    addresses.publish("goodies-prod.1.us-east-1.rds.amazonaws.com", 5432, Address(1))

    def said() -> bool:
        rotations.reconcile([rotation(functions)])
        return rotations.problems == ["user: the rotation's createSecret failed: not yet"]

    wait_for(said)
    wait_for(lambda: [event["Step"] for event in functions.events][1:] == STEPS)
    rotations.reconcile([rotation(functions)])
    assert rotations.problems == []


def test_a_secret_that_names_no_database_is_not_rotated(rotations: Rotations) -> None:
    functions = Functions()
    rotations.reconcile([replace(rotation(functions), host="")])
    assert rotations.waiting == []
    assert rotations.notes == ["user is not rotated here, only passwords of databases are"]
    assert functions.events == []


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    made.serve(PROD)
    yield made
    made.stop()
    shutil.rmtree(databases_home(tmp_path), ignore_errors=True)


@pytest.mark.parametrize(("statement", "repeated"), [("CREATE ROLE goodies LOGIN PASSWORD {}", 0), ("", 1)])
def test_a_rotation_that_has_made_no_user_is_begun_once_more(database: Served, statement: str, repeated: int) -> None:
    ended = replace(rotation(Functions()), ended=True, host=PROD.host)
    if statement:
        with database.connect() as connection:
            connection.execute(statement.format(f"'{ended.login[1]}'").encode())
    rotations = Rotations(database.addresses)
    rotations.reconcile([replace(ended, ended=False)])
    wait_for(lambda: len(ended.functions.events) == len(STEPS))
    rotations.reconcile([ended])
    assert rotations.waiting == ["user: its password is rotated"]

    def settled() -> bool:
        rotations.reconcile([ended])
        return not rotations.waiting or bool(ended.secrets.begun)

    wait_for(settled)
    rotations.reconcile([ended])
    rotations.stop()
    assert ended.secrets.begun == ["arn:secret"] * repeated
    assert (bool(rotations.waiting), rotations.problems) == (bool(repeated), [])
    assert ended.login[1] not in repr(ended)
