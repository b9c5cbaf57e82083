"""Access tokens of the embedded Azure: JSON Web Tokens that its log-in signs with the secret of this checkout.

Claims are those of "Access token claims reference", Microsoft identity platform.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from assembly.values import Json

# Tenant, application and service principal of its one caller. No tenant of Microsoft has these ids.
TENANT = "00000000-0000-4000-8000-00000000a001"
CLIENT = "00000000-0000-4000-8000-00000000a002"
CALLER = "00000000-0000-4000-8000-00000000a003"
LIFE_SECONDS = 86400


class Tokens:
    """Tokens that one secret signs.

    Args:
        secret: the client secret of the caller.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def is_secret(self, text: str) -> bool:
        """Return whether a text is the client secret."""
        return hmac.compare_digest(text.encode(), self._secret)

    def issue(self, tenant: str, audience: str) -> str:
        """Return a token for an API.

        Args:
            tenant: id in the path of the request.
            audience: the API, such as ``https://management.azure.com``.
        """
        now = int(time.time())
        claims = {
            "appid": CLIENT,
            "aud": audience,
            "exp": now + LIFE_SECONDS,
            "iat": now,
            "idtyp": "app",
            "iss": f"https://sts.windows.net/{tenant}/",
            "nbf": now,
            "oid": CALLER,
            "sub": CALLER,
            "tid": tenant,
            "ver": "1.0",
        }
        signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def accepts(self, token: str) -> bool:
        """Return whether a token is one of these and has not run out; the secret itself counts as one."""
        if self.is_secret(token):
            return True
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return False
        return bool(_decoded(signed.partition(".")[2]).get("exp", 0) > time.time())

    def _signature(self, signed: str) -> str:
        return _base64(hmac.new(self._secret, signed.encode(), hashlib.sha256).digest())


def _encoded(value: Mapping[str, Json]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _decoded(text: str) -> Mapping[str, Json]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
