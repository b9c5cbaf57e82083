"""Rotation Lambda of Secrets Manager: changes database passwords without downtime (SEC-8).

The service's secret alternates between two users, ``goodies`` and ``goodies_clone``. A rotation gives the one that is
not in use a new password and puts it into the secret. Running tasks keep the other user, which is valid until the
next rotation: restart them in between. Both users are members of one role and act as it, so both own every table. The
first rotation creates the role and both users.

A secret without ``masterarn`` is the owner's own: its password changes in place, and only this program holds it.

The driver is pg8000, because it is plain Python: it can be packed on any machine for any other.
"""

import base64
import functools
import hashlib
import hmac
import json
import os
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection, identifier, literal

# Packed beside this program: a rotation must not depend on a site of the internet.
AUTHORITIES = Path(__file__).with_name("rds_authorities.pem")
# A rule on this event restarts the tasks with the old password.
EVENT_SOURCE = "goodies.rotation"
TIMEOUT_SECONDS = 10
PASSWORD_LENGTH = 48

_CURRENT = "AWSCURRENT"
_PENDING = "AWSPENDING"
_CLONE = "_clone"
_ITERATIONS = 4096

Credentials = dict[str, Any]
Connect = Callable[[Credentials], Connection]


class RotationRefused(Exception):
    """Refused rotation: one line with the reason. The current password stays valid."""


@dataclass(frozen=True)
class Rotation:
    """One rotation of one secret, in the four steps that Secrets Manager calls, each safe to repeat.

    Attributes:
        secrets: reads and writes the secret's versions.
        connect: logs in to the database.
        announce: is called with the secret's id when its new password is valid.
        secret_id: id of the secret.
        token: version that becomes the current one.
    """

    secrets: Any
    connect: Connect
    announce: Callable[[str], None]
    secret_id: str
    token: str

    def run(self, step: str) -> None:
        """Do one step."""
        steps = {
            "createSecret": self.create,
            "setSecret": self.set,
            "testSecret": self.test,
            "finishSecret": self.finish,
        }
        if step not in steps:
            raise RotationRefused(f"there is no step {step!r}, only {', '.join(steps)}")
        stages = self._versions().get(self.token)
        if stages is None:
            raise RotationRefused(f"{self.secret_id} has no version {self.token}")
        # Only the announcement is worth repeating when all else is done.
        if _CURRENT not in stages or step == "finishSecret":
            steps[step]()

    def create(self) -> None:
        """Store the next user and password, unless an earlier attempt did."""
        if _PENDING in self._versions()[self.token] and self._has_pending():
            return
        current = self._read(_CURRENT)
        password = self.secrets.get_random_password(PasswordLength=PASSWORD_LENGTH, ExcludePunctuation=True)
        following = current | {"username": next_user(current), "password": password["RandomPassword"]}
        self.secrets.put_secret_value(
            SecretId=self.secret_id,
            ClientRequestToken=self.token,
            SecretString=json.dumps(following),
            VersionStages=[_PENDING],
        )

    def set(self) -> None:
        """Make the database accept them."""
        current, pending = self._read(_CURRENT), self._read_pending()
        if (pending["username"], pending["host"]) != (next_user(current), current["host"]):
            raise RotationRefused("the pending version belongs to another user or another database")
        if "masterarn" in current:
            self._set_as_owner(current, pending)
        else:
            self._set_own(current, pending)

    def test(self) -> None:
        """Log in with them, and check that the user acts as the role."""
        pending = self._read_pending()
        expected = role(pending) if "masterarn" in pending else pending["username"]
        with closing(self.connect(pending)) as connection:
            ((acts_as,),) = connection.run("SELECT current_user")
        if acts_as != expected:
            raise RotationRefused(f"{pending['username']} acts as {acts_as}, not as {expected}")

    def finish(self) -> None:
        """Make them the current ones, and announce it."""
        previous = next(version for version, stages in self._versions().items() if _CURRENT in stages)
        if previous != self.token:
            self.secrets.update_secret_version_stage(
                SecretId=self.secret_id, VersionStage=_CURRENT, MoveToVersionId=self.token, RemoveFromVersionId=previous
            )
        self.announce(self.secret_id)

    def _set_as_owner(self, current: Credentials, pending: Credentials) -> None:
        with closing(self._connect_as_owner(current)) as connection:
            connection.run("BEGIN")
            _ensure_role(connection, role(current))
            # Before the first rotation the current user exists in the secret only.
            if not _exists(connection, current["username"]):
                _let_in(connection, current)
            _let_in(connection, pending)
            connection.run("COMMIT")

    def _connect_as_owner(self, current: Credentials) -> Connection:
        owner = self._owner(current, _CURRENT)
        try:
            return self.connect(owner)
        except DatabaseError:
            # The owner's own rotation may be half done: the password is set, and not yet the current one.
            return self.connect(self._owner(current, _PENDING))

    def _owner(self, current: Credentials, stage: str) -> Credentials:
        owner = _parsed(self.secrets.get_secret_value(SecretId=current["masterarn"], VersionStage=stage))
        if owner["host"] != current["host"]:
            raise RotationRefused("the owner's secret belongs to another database")
        return owner | {"dbname": current["dbname"]}

    def _set_own(self, current: Credentials, pending: Credentials) -> None:
        try:
            self.connect(pending).close()
        except (DatabaseError, InterfaceError):
            with closing(self.connect(current)) as connection:
                _set_password(connection, pending)

    def _versions(self) -> dict[str, list[str]]:
        versions: dict[str, list[str]] = self.secrets.describe_secret(SecretId=self.secret_id)["VersionIdsToStages"]
        return versions

    def _read(self, stage: str) -> Credentials:
        return _parsed(self.secrets.get_secret_value(SecretId=self.secret_id, VersionStage=stage))

    def _read_pending(self) -> Credentials:
        return _parsed(
            self.secrets.get_secret_value(SecretId=self.secret_id, VersionId=self.token, VersionStage=_PENDING)
        )

    def _has_pending(self) -> bool:
        # Secrets Manager announces the version before it has a value.
        try:
            self._read_pending()
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return False
            raise
        return True


def next_user(current: Credentials) -> str:
    """Return the next user: the other of the two, or the same user if the secret is the owner's own."""
    user = str(current["username"])
    if "masterarn" not in current:
        return user
    return user.removesuffix(_CLONE) if user.endswith(_CLONE) else user + _CLONE


def role(credentials: Credentials) -> str:
    """Return the role that both users act as, and that owns what they create."""
    return str(credentials["username"]).removesuffix(_CLONE) + "_service"


def verifier(password: str) -> str:
    """Return PostgreSQL's verifier of a password (SCRAM-SHA-256), so that no statement or log holds the password."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${_ITERATIONS}:{salt64}${stored64}:{server64}"


def _parsed(answer: dict[str, Any]) -> Credentials:
    credentials: Credentials = json.loads(answer["SecretString"])
    return credentials


def _exists(connection: Connection, name: str) -> bool:
    return bool(connection.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=name))


def _ensure_role(connection: Connection, name: str) -> None:
    if not _exists(connection, name):
        connection.run(f"CREATE ROLE {identifier(name)} NOLOGIN")
    connection.run(f"GRANT USAGE, CREATE ON SCHEMA public TO {identifier(name)}")


def _let_in(connection: Connection, credentials: Credentials) -> None:
    user, acts_as = identifier(credentials["username"]), identifier(role(credentials))
    if not _exists(connection, credentials["username"]):
        connection.run(f"CREATE ROLE {user} LOGIN IN ROLE {acts_as}")
        connection.run(f"ALTER ROLE {user} SET role = {acts_as}")
    _set_password(connection, credentials)


def _set_password(connection: Connection, credentials: Credentials) -> None:
    user = identifier(credentials["username"])
    connection.run(f"ALTER ROLE {user} PASSWORD {literal(verifier(credentials['password']))}")


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the settings of a connection: TLS to the named server, whose certificate RDS's authorities have signed."""
    context = ssl.create_default_context(cafile=AUTHORITIES)
    # Python 3.13 added checks of the certificates' form, which no other client of RDS makes (python/cpython#107361).
    # Who signed a certificate, for which name and until when is verified as before.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def connect(credentials: Credentials) -> Connection:
    """Log in over TLS, only to the server that the secret names."""
    return Connection(
        credentials["username"],
        password=credentials["password"],
        host=credentials["host"],
        port=int(credentials["port"]),
        database=credentials["dbname"],
        ssl_context=tls_context(),
        timeout=TIMEOUT_SECONDS,
        application_name="rotation",
    )


def announce(secret_id: str) -> None:
    """Send an event to the bus: a secret has a new valid password.

    Raises:
        RotationRefused: when the bus did not take it; Secrets Manager then repeats the step.
    """
    entry = {"Source": EVENT_SOURCE, "DetailType": "Password Changed", "Detail": json.dumps({"secret": secret_id})}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RotationRefused("the password is in force, but the event bus did not take the news")


def handle(event: dict[str, str], _context: object) -> None:
    """Run the step that Secrets Manager requests."""
    rotation = Rotation(
        secrets=boto3.client("secretsmanager"),
        connect=connect,
        announce=announce,
        secret_id=event["SecretId"],
        token=event["ClientRequestToken"],
    )
    rotation.run(event["Step"])
    print(f"{event['Step']} done for {event['SecretId']}")
