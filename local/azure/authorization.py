"""Check of the caller: tokens of this checkout are the only ones that the embedded Azure takes."""

from http import HTTPStatus

from local.azure import login
from local.azure.answers import blob_error, error
from local.azure.tokens import TENANT, Tokens
from local.proxy.api import Request, Response

_BLOBS = ".blob.core.windows.net"
_VAULTS = ".vault.azure.net"


class Authorization:
    """Access by tokens that one secret signs. The log-in itself needs none.

    Args:
        tokens: of this checkout.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def refuse(self, request: Request) -> Response | None:
        """Return the answer to a request with another token or none; None where it has one of these."""
        if request.host == login.HOST:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._tokens.accepts(token.strip()):
            return None
        message = (
            "The access token is missing or invalid: the embedded Azure takes the tokens of its own checkout only. A"
            " token of Microsoft does not belong here."
        )
        status = HTTPStatus.UNAUTHORIZED
        if request.host.endswith(_BLOBS):
            refusal = blob_error(status, "InvalidAuthenticationInfo", message)
            resource = "https://storage.azure.com"
        else:
            vault = request.host.endswith(_VAULTS)
            refusal = error(status, "Unauthorized" if vault else "AuthenticationFailed", message)
            resource = "https://vault.azure.net" if vault else f"https://{request.host}"
        # "Authentication, requests and responses", Key Vault: clients read from it where they log in.
        challenge = f'Bearer authorization="https://{login.HOST}/{TENANT}", resource="{resource}"'
        headers = {**refusal.headers, "www-authenticate": challenge}
        return Response(status=refusal.status, body=refusal.body, headers=headers)
