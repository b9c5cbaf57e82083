"""Check of the caller: the access token of this checkout is the only one that the embedded Google Cloud takes."""

import base64
import binascii
import hmac
from http import HTTPStatus

from local.gcp.answers import error_for
from local.proxy.api import Request, Response

# "Set up authentication for Docker", Artifact Registry: the user name of an access token.
REGISTRY_USER = "oauth2accesstoken"


class Authorization:
    """Access by one token, as ``Bearer``; a registry takes it as a password, too.

    Args:
        token: the access token.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def refuse(self, request: Request) -> Response | None:
        """Return the answer to a request with another token or none; None where it has the token."""
        if hmac.compare_digest(token_of(request).encode(), self._token.encode()):
            return None
        message = (
            "Request had invalid authentication credentials: the embedded Google Cloud takes the token of its own "
            "checkout only. A token of Google does not belong here."
        )
        refusal = error_for(request, HTTPStatus.UNAUTHORIZED, message)
        challenge = 'Bearer realm="https://accounts.google.com/"'
        if request.host.endswith(".pkg.dev"):
            challenge = f'Bearer realm="https://{request.host}/v2/token",service="{request.host}"'
        return Response(
            status=refusal.status, body=refusal.body, headers={**refusal.headers, "www-authenticate": challenge}
        )


def token_of(request: Request) -> str:
    """Return the token that a request carries; empty where there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and request.host.endswith(".pkg.dev"):
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return password if user == REGISTRY_USER else ""
    return value.strip() if scheme.lower() == "bearer" else ""
