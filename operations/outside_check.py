"""Calls the service from outside, as its users do: health, login, an authenticated read. Runs as a canary.

No password is stored for it. The login is tested with a random password, which must be refused; the read
carries a read-only token of this program's own, valid for two minutes, signed with the secret that signs all tokens.

Environment: ``URL`` of the service, ``JWT_SECRET_ARN``. It fails by raising what failed, one line.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import urllib.error
import urllib.request
from typing import Any

import boto3

LOGIN = "/api/v1/auth/admin/login"
READ = "/api/v1/graph/entities?entity_type=room"
TOKEN_SECONDS = 120
_TIMEOUT_SECONDS = 10
# 429 also counts as refused: the service answers it to an address that was refused before.
_REFUSED = {401, 429}
_OK = 200


class CheckFailed(Exception):
    """Failed check: one line with the step and the actual answer."""


def handler(event: object, context: object) -> None:  # noqa: ARG001
    """Run the three steps against the service that the environment names."""
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["JWT_SECRET_ARN"])["SecretString"]
    check(os.environ["URL"], secret)


def check(url: str, secret: str) -> None:
    """Run the three steps.

    Raises:
        CheckFailed: at the first step that does not give what it should.
    """
    status, body = _call(f"{url}/health")
    if status != _OK or json.loads(body or "{}").get("status") != "healthy":
        raise CheckFailed(f"health: {status} instead of healthy")
    status, _ = _call(f"{url}{LOGIN}", content={"password": secrets.token_urlsafe()})
    if status not in _REFUSED:
        raise CheckFailed(f"login: {status} instead of a refusal")
    status, _ = _call(f"{url}{READ}", token=token(secret, now=int(time.time())))
    if status != _OK:
        raise CheckFailed(f"authenticated read: {status}")


def token(secret: str, *, now: int) -> str:
    """Return a token as the service issues them to guests: it may read, and ends soon."""
    head = {"alg": "HS256", "typ": "JWT"}
    claims = {
        "sub": "outside-check",
        "role": "guest",
        "permissions": ["read"],
        "iat": now,
        "exp": now + TOKEN_SECONDS,
    }
    signed = f"{_encoded(head)}.{_encoded(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


def _encoded(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _call(url: str, *, content: object = None, token: str = "") -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""
    except OSError as error:
        raise CheckFailed(f"{url}: {error}") from None
