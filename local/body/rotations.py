"""Rotations of the body: call the steps of a secret's rotation function, once the database that it names is served.

A secret that names no database is not rotated: its function works on what takes minutes to settle, such as a CDN.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from local.body.addresses import Addresses
from local.body.deployed import Deployed, Place
from local.body.part import Part

# "Rotation by Lambda function", Secrets Manager user guide.
_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_PENDING, _CURRENT = "AWSPENDING", "AWSCURRENT"
_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """A rotation that has begun and has not ended.

    Attributes:
        secret: ARN of the secret.
        name: of the secret.
        function: ARN of its rotation function.
        version: that is to become the current one.
        host: of the database that the secret names; empty for none.
        port: of the database that the secret names; 0 for none.
        functions: client of the place's Lambda.
    """

    secret: str
    name: str
    function: str
    version: str
    host: str
    port: int
    functions: Any = field(compare=False)


def read_rotations(deployed: Deployed, place: Place) -> Sequence[Rotation]:
    """Return the rotations of a place that are under way."""
    secrets = deployed.client("secretsmanager", place)
    found = []
    for page in secrets.get_paginator("list_secrets").paginate():
        for each in page["SecretList"]:
            stages = each.get("SecretVersionsToStages", {})
            pending = [version for version, names in stages.items() if _PENDING in names and _CURRENT not in names]
            if (
                not each.get("RotationEnabled")
                or not pending
                or each.get("PrimaryRegion", place.region) != place.region
            ):
                continue
            value = _fields(secrets.get_secret_value(SecretId=each["ARN"]).get("SecretString", ""))
            found.append(
                Rotation(
                    secret=each["ARN"],
                    name=each["Name"],
                    function=secrets.describe_secret(SecretId=each["ARN"])["RotationLambdaARN"],
                    version=pending[0],
                    host=str(value.get("host", "")),
                    port=int(value.get("port", 0)),
                    functions=deployed.client("lambda", place),
                )
            )
    return found


class Rotations(Part):
    """Rotations that are under way. A thread takes their steps, one rotation after the other.

    Args:
        addresses: what is served; a rotation waits for what its secret names.
    """

    def __init__(self, addresses: Addresses) -> None:
        super().__init__()
        self._addresses = addresses
        self._wanted: Sequence[Rotation] = ()
        self._failures: dict[str, str] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def reconcile(self, rotations: Sequence[Rotation]) -> None:
        """Take the steps of these rotations. Returns at once."""
        self._wanted = [each for each in rotations if each.host]
        self._failures = {each.secret: self._failures.get(each.secret, "") for each in self._wanted}
        self.problems = [text for text in self._failures.values() if text]
        self.waiting = [] if self.problems else [f"{each.name}: its password is rotated" for each in self._wanted]
        self.notes = [f"{each.name}: only passwords of databases are rotated" for each in rotations if not each.host]
        if self._wanted and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="rotations", daemon=True)
            self._thread.start()

    @override
    def stop(self) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        done: set[str] = set()
        while not self._ended.is_set():
            for rotation in self._wanted:
                served = self._addresses.find(rotation.host, rotation.port)
                if served and rotation.version not in done and not self._ended.is_set():
                    failure = _take_steps(rotation)
                    self._failures[rotation.secret] = failure
                    done |= set() if failure else {rotation.version}
            self._ended.wait(_PAUSE_SECONDS if any(self._failures.values()) else 0.5)


def _take_steps(rotation: Rotation) -> str:
    """Take all steps; return what went wrong, in one line."""
    for step in _STEPS:
        event = {"Step": step, "SecretId": rotation.secret, "ClientRequestToken": rotation.version}
        try:
            answer = rotation.functions.invoke(FunctionName=rotation.function, Payload=json.dumps(event).encode())
            result = answer["Payload"].read()
        except Exception as error:  # it is tried again, whatever it was
            return f"{rotation.name}: the rotation's {step} failed: {error}"
        if "FunctionError" in answer:
            return f"{rotation.name}: the rotation's {step} failed: {_message(result)}"
    return ""


def _message(result: bytes) -> str:
    failure = _fields(result.decode(errors="replace"))
    return " ".join(str(failure.get("errorMessage", result.decode(errors="replace"))).split())


def _fields(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
