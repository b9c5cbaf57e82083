"""Calls of the service's tasks on the port of each, past the load balancer, so that they are in none of its figures.

Addresses are those of the load balancer's healthy targets. A call carries a token of the program's own, signed with the
secret that signs all tokens and valid for two minutes, as that of ``operations/outside_check.py``.
"""

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LOGIN = "/api/v1/auth/admin/login"
ENTITIES = "/api/v1/graph/entities"
READ = f"{ENTITIES}?entity_type=room"
HEALTH = "/health"
TOKEN_SECONDS = 120


@dataclass(frozen=True)
class Target:
    """Address of a task.

    Attributes:
        host: address in the network.
        port: port of its container.
    """

    host: str
    port: int


@dataclass(frozen=True)
class Answer:
    """Answer to a call.

    Attributes:
        status: HTTP status; 0 where no answer came.
        body: what came with it.
        seconds: until all of it was there.
        error: why no answer came; empty where one did.
    """

    status: int
    body: bytes
    seconds: float
    error: str = ""

    @property
    def content(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def healthy_targets(load_balancing: Any, target_group_arn: str) -> list[Target]:
    """Return the targets that pass their health check; those that start, fail or are drained are none of them.

    Args:
        load_balancing: client of Elastic Load Balancing v2.
        target_group_arn: ARN of the target group.
    """
    described = load_balancing.describe_target_health(TargetGroupArn=target_group_arn)["TargetHealthDescriptions"]
    return [
        Target(each["Target"]["Id"], int(each["Target"]["Port"]))
        for each in described
        if each["TargetHealth"]["State"] == "healthy"
    ]


def token(secret: str, *, now: int, subject: str, role: str = "guest", permissions: Sequence[str] = ("read",)) -> str:
    """Return a token as the service issues them: by default to a guest, who may read."""
    head = {"alg": "HS256", "typ": "JWT"}
    claims = {
        "sub": subject,
        "role": role,
        "permissions": list(permissions),
        "iat": now,
        "exp": now + TOKEN_SECONDS,
    }
    signed = f"{_encoded(head)}.{_encoded(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


def call(
    target: Target,
    path: str,
    *,
    sender: str,
    timeout: float,
    content: object = None,
    bearer: str = "",
    method: str = "",
) -> Answer:
    """Call a task: with content by POST, else by GET, unless a method is named.

    Args:
        target: the task.
        path: with its query.
        sender: marks the request, as its ``User-Agent``.
        timeout: seconds for the connection, and for each part of the answer.
        content: sent as JSON.
        bearer: token.
        method: of HTTP.
    """
    headers = {"User-Agent": sender, "Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    begin = time.monotonic()
    connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout)
    try:
        body = None if content is None else json.dumps(content)
        connection.request(method or ("GET" if content is None else "POST"), path, body=body, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), time.monotonic() - begin)
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, b"", time.monotonic() - begin, str(error) or type(error).__name__)
    finally:
        connection.close()


def _encoded(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
