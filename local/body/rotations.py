"""Rotations of the body: call the steps of a secret's rotation function, once the database that it names is served.

A rotation that ended while no database was there has made no user. Where a user cannot log in, it is begun once more.
A secret that names no database is not rotated: its function works on what takes minutes to settle, such as a CDN.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from typing_extensions import override

from local.body.addresses import Address, Addresses
from local.body.deployed import Deployed, Place
from local.body.part import Part

# "Rotation by Lambda function", Secrets Manager user guide.
_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_PENDING, _CURRENT = "AWSPENDING", "AWSCURRENT"
_PAUSE_SECONDS = 5.0
_ANSWER_SECONDS = 10
# Of a secret whose users another secret's owner makes ("Alternating users", Secrets Manager user guide).
_OWNER = "masterarn"


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """The last rotation of a secret.

    Attributes:
        secret: ARN of the secret.
        name: of the secret.
        function: ARN of its rotation function.
        ended: its version is the current one.
        version: that it makes the current one.
        host: of the database that the secret names; empty for none.
        port: of the database that the secret names; 0 for none.
        login: user, password and database that the secret names now.
        functions: client of the place's Lambda.
        secrets: client of the place's Secrets Manager.
    """

    secret: str
    name: str
    function: str
    ended: bool
    version: str
    host: str
    port: int
    login: tuple[str, str, str] = field(repr=False)
    functions: Any = field(compare=False)
    secrets: Any = field(compare=False)

    @property
    def stage(self) -> tuple[str, bool]:
        """Version and end: a rotation that has ended is looked at once more, whoever ended it."""
        return self.version, self.ended


def read_rotations(deployed: Deployed, place: Place) -> Sequence[Rotation]:
    """Return the rotations of a place that are under way, and those that ended of users whom an owner makes."""
    secrets = deployed.client("secretsmanager", place)
    found = []
    for page in secrets.get_paginator("list_secrets").paginate():
        for each in page["SecretList"]:
            if not each.get("RotationEnabled") or each.get("PrimaryRegion", place.region) != place.region:
                continue
            stages = each.get("SecretVersionsToStages", {})
            pending = [version for version, names in stages.items() if _PENDING in names and _CURRENT not in names]
            current = [version for version, names in stages.items() if _CURRENT in names]
            value = _fields(secrets.get_secret_value(SecretId=each["ARN"]).get("SecretString", ""))
            if not pending and _OWNER not in value:
                continue
            found.append(
                Rotation(
                    secret=each["ARN"],
                    name=each["Name"],
                    function=secrets.describe_secret(SecretId=each["ARN"])["RotationLambdaARN"],
                    ended=not pending,
                    version=(pending or current)[0],
                    host=str(value.get("host", "")),
                    port=int(value.get("port", 0)),
                    login=(str(value.get("username")), str(value.get("password")), str(value.get("dbname"))),
                    functions=deployed.client("lambda", place),
                    secrets=secrets,
                )
            )
    return found


class Rotations(Part):
    """Rotations of passwords. A thread takes the steps of those that are under way, one after the other.

    Args:
        addresses: what is served; a rotation waits for what its secret names.
    """

    def __init__(self, addresses: Addresses) -> None:
        super().__init__()
        self._addresses = addresses
        self._wanted: Sequence[Rotation] = ()
        self._failures: dict[str, str] = {}
        self._done: set[tuple[str, bool]] = set()
        self._repeated: set[tuple[str, bool]] = set()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def reconcile(self, rotations: Sequence[Rotation]) -> None:
        """Take the steps of these rotations. Returns at once."""
        self._wanted = [each for each in rotations if each.host]
        self._failures = {each.secret: self._failures.get(each.secret, "") for each in self._wanted}
        self.problems = [text for text in self._failures.values() if text]
        under_way = [each for each in self._wanted if not each.ended or self._to_be_tried(each)]
        self.waiting = [] if self.problems else [f"{each.name}: its password is rotated" for each in under_way]
        self.notes = [
            f"{each.name} is not rotated here, only passwords of databases are" for each in rotations if not each.host
        ]
        if self._wanted and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="rotations", daemon=True)
            self._thread.start()

    @override
    def stop(self) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def _to_be_tried(self, rotation: Rotation) -> bool:
        """True for one that ended, while its user is tried or is made."""
        return bool(self._addresses.find(rotation.host, rotation.port)) and rotation.stage not in self._done

    def _run(self) -> None:
        while not self._ended.is_set():
            for rotation in self._wanted:
                served = self._addresses.find(rotation.host, rotation.port)
                settled = rotation.stage in self._done | self._repeated
                if served and not settled and not self._ended.is_set():
                    self._failures[rotation.secret] = self._advance(rotation, served)
            self._ended.wait(_PAUSE_SECONDS if any(self._failures.values()) else 0.5)

    def _advance(self, rotation: Rotation, served: Address) -> str:
        """Take the steps of a rotation, or begin it once more where it has to be; return what went wrong."""
        if not rotation.ended:
            failure = _take_steps(rotation)
        else:
            try:
                if not _logs_in(rotation, served):
                    rotation.secrets.rotate_secret(SecretId=rotation.secret)
                    self._repeated.add(rotation.stage)
                    return ""
                failure = ""
            except Exception as error:  # it is tried again, whatever it was
                failure = f"{rotation.name}: its user could not be tried: {error}"
        if not failure:
            self._done.add(rotation.stage)
        return failure


def _logs_in(rotation: Rotation, served: Address) -> bool:
    """Return whether a database takes the user and the password of a secret.

    Raises:
        psycopg.Error: it does not answer, or refuses for another reason.
    """
    user, password, database = rotation.login
    try:
        psycopg.connect(
            host=served.host,
            port=served.port,
            user=user,
            password=password,
            dbname=database,
            sslmode="require",
            connect_timeout=_ANSWER_SECONDS,
        ).close()
    except psycopg.OperationalError as error:
        if "authentication failed" in str(error):  # also where there is no such user
            return False
        raise
    return True


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
