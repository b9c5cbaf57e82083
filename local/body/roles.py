"""Roles of the tasks: sessions of the deployed roles, and the credentials that a container asks for."""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.body.deployed import Deployed, Place
from local.body.json_answer import answer_json
from local.body.ports import LOOPBACK, Ports
from local.cloud import client_options, create_client, session

# A session is asked for again when less is left of it: clients renew theirs in the last quarter of an hour
# (RefreshableCredentials, botocore).
_RENEW = timedelta(minutes=20)
_TASK_NAME = 64


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role, as the endpoint of a container answers them.

    Attributes:
        role: its ARN.
        key: id of the access key.
        secret: its secret.
        token: of the session.
        expires: when they end.
    """

    role: str
    key: str
    secret: str
    token: str
    expires: datetime

    def document(self) -> Mapping[str, str]:
        """Return the answer ("Amazon ECS task IAM role", developer guide)."""
        return {
            "RoleArn": self.role,
            "AccessKeyId": self.key,
            "SecretAccessKey": self.secret,
            "Token": self.token,
            "Expiration": f"{self.expires.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }


class Roles:
    """Sessions of deployed roles. Each request that needs one is made with its rights and no others.

    Args:
        deployed: access to the cloud as its owner, who may take every role.
    """

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._session = session()
        self._sessions: dict[tuple[str, str], Credentials] = {}
        self._lock = threading.Lock()

    def assume(self, place: Place, role: str, name: str) -> Credentials:
        """Return credentials of a role.

        Args:
            place: where the role's user is.
            role: its ARN.
            name: of the session, which its identity holds: the id of a task.

        Raises:
            ClientError: there is no such role.
        """
        # Asked for by the supervisor and by the threads of the endpoint.
        with self._lock:
            found = self._sessions.get((role, name))
            if found is None or found.expires - datetime.now(UTC) < _RENEW:
                options = client_options(self._deployed.cloud.endpoint, place.account, place.region)
                sts = self._session.client("sts", **options)
                answer = sts.assume_role(RoleArn=role, RoleSessionName=name[:_TASK_NAME])["Credentials"]
                keys = (answer[key] for key in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"))
                found = self._sessions[role, name] = Credentials(role, *keys)
            return found

    def client(self, service: str, place: Place, role: str, name: str) -> Any:
        """Return a boto3 client with the rights of a role.

        Raises:
            ClientError: there is no such role.
        """
        given = self.assume(place, role, name)
        options = client_options(self._deployed.cloud.endpoint, place.account, place.region)
        keys = {
            "aws_access_key_id": given.key,
            "aws_secret_access_key": given.secret,
            "aws_session_token": given.token,
        }
        with self._lock:
            return create_client(self._session, service, options | keys)

    def forget(self, name: str) -> None:
        """Forget the sessions of a task that has ended."""
        with self._lock:
            self._sessions = {key: value for key, value in self._sessions.items() if key[1] != name}


class CredentialsEndpoint:
    """Server of the credentials of task roles, which containers ask as they ask the agent of ECS.

    Args:
        ports: of the body.
    """

    def __init__(self, ports: Ports) -> None:
        self._answers: dict[str, tuple[str, Callable[[], Credentials]]] = {}
        self._server = ThreadingHTTPServer((LOOPBACK, ports.port("credentials of the tasks")), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="credentials", daemon=True).start()

    def variables(self, task: str, credentials: Callable[[], Credentials]) -> Mapping[str, str]:
        """Return the variables with which the containers of a task find its credentials, and nobody else does.

        Args:
            task: its id.
            credentials: returns them.
        """
        if task not in self._answers:
            self._answers[task] = (secrets.token_urlsafe(32), credentials)
        host, port = self._server.server_address[:2]
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host!s}:{port}/credentials/{task}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self._answers[task][0],
        }

    def forget(self, task: str) -> None:
        """Answer no longer for a task."""
        self._answers.pop(task, None)

    def stop(self) -> None:
        """Answer nobody any longer."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers = self._answers

        class Handler(BaseHTTPRequestHandler):
            """Answers who sends the token of the task."""

            def do_GET(self) -> None:
                token, credentials = answers.get(self.path.rpartition("/")[2], ("", None))
                given = self.headers.get("Authorization", "")
                if credentials is None or not secrets.compare_digest(given, token):
                    self.send_error(403)
                    return
                answer_json(self, 200, credentials().document())

            def log_message(self, *_: object) -> None:
                """Write nothing."""

        return Handler


def secret_values(client: Callable[[str], Any], container: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that a container definition takes from secrets and parameters.

    Args:
        client: returns a client of a service with the rights of the execution role.
        container: of a task definition, as ECS describes it.

    Raises:
        ClientError: the role may not read one, or it does not exist.
        KeyError: a secret has no member of the name that the definition gives.
    """
    found = {}
    for given in container.get("secrets", []):
        source = given["valueFrom"]
        if ":secretsmanager:" in source:
            # arn:aws:secretsmanager:region:account:secret:name:member:stage:version, the last three optional ("Pass
            # Secrets Manager secrets through Amazon ECS environment variables", developer guide).
            parts = source.split(":")
            member, stage, version = [*parts[7:], "", "", ""][:3]
            options = {"VersionStage": stage} if stage else {}
            options |= {"VersionId": version} if version else {}
            answer = client("secretsmanager").get_secret_value(SecretId=":".join(parts[:7]), **options)
            value = answer["SecretString"]
            found[given["name"]] = str(json.loads(value)[member]) if member else str(value)
        else:
            name = source.partition(":parameter")[2] or source
            found[given["name"]] = client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return found
