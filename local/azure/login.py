"""Log-in of Microsoft Entra (``login.microsoftonline.com``): discovery, and tokens for the client secret.

Paths and answers are those of "OpenID Connect on the Microsoft identity platform" and "OAuth 2.0 client credentials
flow"; msal asks for ``discovery/instance`` first.
"""

import re
from urllib.parse import parse_qs

from local.azure.answers import login_error
from local.azure.tokens import CLIENT, LIFE_SECONDS, Tokens
from local.proxy.api import Request, Response
from local.proxy.store import Store

HOST = "login.microsoftonline.com"
_TOKEN = re.compile(r"/([\w.-]+)/oauth2/(?:v2\.0/)?token", re.ASCII)
_CONFIGURATION = re.compile(r"/([\w.-]+)/(v2\.0/)?\.well-known/openid-configuration", re.ASCII)
_SUFFIX = "/.default"


class Login:
    """The log-in of one caller.

    Args:
        tokens: what it issues.
        store: remembers the tenant, which is the one of all subscriptions.
    """

    def __init__(self, tokens: Tokens, store: Store) -> None:
        self._tokens = tokens
        self._tenant = store.documents("tenant")

    def serves(self, host: str) -> bool:
        """Return whether the API answers for a name."""
        return host == HOST

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        if match := _TOKEN.fullmatch(request.path):
            return self._token(request, match[1])
        if match := _CONFIGURATION.fullmatch(request.path):
            return Response.of_json(_configuration(match[1]))
        if request.path == "/common/discovery/instance":
            tenant = request.query.get("authorization_endpoint", "").split("/")[3:4] or ["common"]
            known = {"preferred_network": HOST, "preferred_cache": "login.windows.net", "aliases": [HOST]}
            endpoint = f"https://{HOST}/{tenant[0]}/v2.0/.well-known/openid-configuration"
            return Response.of_json(
                {
                    "api-version": "1.1",
                    "metadata": [known],
                    "tenant_discovery_endpoint": endpoint,
                }
            )
        return login_error(404, "invalid_request", f"AADSTS900971: no path {request.path}.")

    def _token(self, request: Request, tenant: str) -> Response:
        form = {name: values[-1] for name, values in parse_qs(request.body.decode(errors="replace")).items()}
        if request.method != "POST" or form.get("grant_type") != "client_credentials":
            given = form.get("grant_type", "")
            return login_error(400, "unsupported_grant_type", f"AADSTS70003: The app requested '{given}'.")
        if form.get("client_id") != CLIENT:
            message = f"AADSTS700016: Application with identifier '{form.get('client_id', '')}' was not found."
            return login_error(400, "unauthorized_client", message)
        if not self._tokens.is_secret(form.get("client_secret", "")):
            message = "AADSTS7000215: Invalid client secret provided. The embedded Azure takes that of its checkout."
            return login_error(401, "invalid_client", message)
        self._tenant.put("id", tenant)
        audience = form.get("scope", "").removesuffix(_SUFFIX) or form.get("resource", "")
        return Response.of_json(
            {
                "token_type": "Bearer",
                "expires_in": LIFE_SECONDS,
                "ext_expires_in": LIFE_SECONDS,
                "access_token": self._tokens.issue(tenant, audience),
            }
        )


def _configuration(tenant: str) -> dict[str, object]:
    place = f"https://{HOST}/{tenant}"
    return {
        "authorization_endpoint": f"{place}/oauth2/v2.0/authorize",
        "token_endpoint": f"{place}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{place}/oauth2/v2.0/devicecode",
        "issuer": f"{place}/v2.0",
        "jwks_uri": f"{place}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "subject_types_supported": ["pairwise"],
        "tenant_region_scope": None,
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    }
