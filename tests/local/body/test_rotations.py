"""Rotations of the body: the steps of a secret's function, once its database is served."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.body.addresses import Address, Addresses
from local.body.rotations import Rotation, Rotations
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


def rotation(functions: Functions) -> Rotation:
    return Rotation(
        secret="arn:secret",
        name="user",
        function="arn:function",
        version="v2",
        host="goodies-prod.1.us-east-1.rds.amazonaws.com",
        port=5432,
        functions=functions,
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
    assert rotations.notes == ["user: only passwords of databases are rotated"]
    assert functions.events == []
