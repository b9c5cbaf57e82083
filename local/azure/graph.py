"""Microsoft Graph (``graph.microsoft.com``): the service principal of the caller, and no other object.

Paths and errors are those of "servicePrincipal resource type" and "Microsoft Graph error responses".
"""

import re

from local.azure.answers import graph_error
from local.azure.tokens import CALLER, CLIENT, TENANT
from local.proxy.api import Request, Response

HOST = "graph.microsoft.com"
_PRINCIPALS = re.compile(r"/(?:v1\.0|beta)/servicePrincipals")
_PRINCIPAL = re.compile(rf"/(?:v1\.0|beta)/(?:servicePrincipals|directoryObjects)/({CALLER})")
_FILTER = re.compile(r"appId eq '([^']*)'")
_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#"


class Graph:
    """The directory as far as providers ask for it."""

    def serves(self, host: str) -> bool:
        """Return whether the API answers for a name."""
        return host == HOST

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        if request.method != "GET":
            return graph_error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        if _PRINCIPAL.fullmatch(request.path):
            return Response.of_json({"@odata.context": f"{_CONTEXT}servicePrincipals/$entity", **_caller()})
        if _PRINCIPALS.fullmatch(request.path):
            wanted = _FILTER.search(request.query.get("$filter", ""))
            found = [_caller()] if wanted is None or wanted[1] == CLIENT else []
            return Response.of_json({"@odata.context": f"{_CONTEXT}servicePrincipals", "value": found})
        return graph_error(404, "Request_ResourceNotFound", f"Resource '{request.path}' does not exist.")


def _caller() -> dict[str, object]:
    return {
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": CALLER,
        "appId": CLIENT,
        "appOwnerOrganizationId": TENANT,
        "accountEnabled": True,
        "displayName": "embedded",
        "servicePrincipalType": "Application",
    }
