"""An embedded Azure of a test's own, in this process, and requests to its APIs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from local.azure.__main__ import apis
from local.azure.tokens import CALLER, TENANT, Tokens
from local.proxy.api import Request, Response
from local.proxy.store import Store

SUBSCRIPTION = "/subscriptions/00000000-0000-4000-8000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/goodies"
_VERSION = "2024-05-01"


class AzureError(Exception):
    """A refusal.

    Attributes:
        status: of HTTP.
        code: of the error.
    """

    def __init__(self, response: Response) -> None:
        error = json.loads(response.body)["error"] if response.body[:1] == b"{" else {"code": "", "message": ""}
        self.status, self.code = response.status, error["code"]
        super().__init__(f"{response.status} {error['code']}: {error['message']}")


@dataclass(frozen=True)
class Azure:
    """The APIs of an embedded Azure, without its proxy.

    Attributes:
        store: of the emulator.
    """

    store: Store

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        host: str = "management.azure.com",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request, and return the answer."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(
            method=method,
            host=host,
            path=path,
            query={"api-version": _VERSION, **(query or {})},
            headers=dict(headers or {}),
            body=content,
        )
        api = next(each for each in apis(self.store, Tokens("secret")) if each.serves(host))
        with self.store.transaction():
            return api.answer(request)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send a request, and return what is answered.

        Raises:
            AzureError: it is refused.
        """
        response = self.send(method, path, body, **options)
        if response.status >= 400:
            raise AzureError(response)
        return json.loads(response.body) if response.body else None

    def put(self, path: str, properties: Mapping[str, Any] | None = None, **body: Any) -> Any:
        """Make or change a resource in the group, or at a whole id."""
        return self.call("PUT", at(path), {**body, **({} if properties is None else {"properties": properties})})

    def get(self, path: str) -> Any:
        """Return a resource in the group, or at a whole id."""
        return self.call("GET", at(path))

    def delete(self, path: str) -> Response:
        """Remove a resource in the group, or at a whole id.

        Raises:
            AzureError: it is refused.
        """
        response = self.send("DELETE", at(path))
        if response.status >= 400:
            raise AzureError(response)
        return response

    def register(self, *namespaces: str) -> None:
        """Register providers in the subscription."""
        for namespace in namespaces:
            self.call("POST", f"{SUBSCRIPTION}/providers/{namespace}/register")

    def assign(self, role: str, scope: str, *, name: str = "00000000-0000-4000-8000-0000000000aa") -> Any:
        """Assign a role to the caller."""
        found = self.call(
            "GET",
            f"{scope}/providers/Microsoft.Authorization/roleDefinitions",
            query={"$filter": f"roleName eq '{role}'"},
        )
        properties = {"roleDefinitionId": found["value"][0]["id"], "principalId": CALLER}
        return self.put(f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", properties)

    def network(self, name: str = "net", space: str = "10.0.0.0/16", location: str = "eastus") -> Any:
        """Make a network."""
        path = f"Microsoft.Network/virtualNetworks/{name}"
        return self.put(path, {"addressSpace": {"addressPrefixes": [space]}}, location=location)

    def subnet(self, name: str = "a", prefix: str = "10.0.0.0/24", network: str = "net", **properties: Any) -> Any:
        """Make a subnet."""
        path = f"Microsoft.Network/virtualNetworks/{network}/subnets/{name}"
        return self.put(path, {"addressPrefixes": [prefix], **properties})

    def vault(self, name: str = "goodies-vault", group: str = GROUP, **properties: Any) -> Any:
        """Make a vault."""
        usual = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
        path = f"{group}/providers/Microsoft.KeyVault/vaults/{name}"
        return self.put(path, {**usual, **properties}, location="eastus")

    def account(self, name: str = "goodiesstate", group: str = GROUP, **properties: Any) -> Any:
        """Make a storage account."""
        path = f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"
        return self.put(path, properties, location="eastus", kind="StorageV2", sku={"name": "Standard_ZRS"})


def at(path: str) -> str:
    """Return the id of a resource in the group."""
    return path if path.startswith("/") else f"{GROUP}/providers/{path}"


@pytest.fixture
def azure() -> Azure:
    """An embedded Azure with a resource group, and the providers of these tests registered."""
    found = Azure(Store())
    found.register("Microsoft.Network", "Microsoft.KeyVault", "Microsoft.Storage", "Microsoft.ManagedIdentity")
    found.put(GROUP, location="eastus")
    return found
