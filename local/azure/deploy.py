"""Deploy to the embedded Azure: what ``make bootstrap`` does on Azure itself, and both stacks."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
from rich.console import Console

from assembly import Assembly, Stack
from assembly.values import Json
from local.azure.cloud import EmbeddedAzure
from local.azure.tokens import CALLER
from local.terraform import deploy as terraform

_RESOURCE_MANAGER = "https://management.azure.com"
_VERSION = {"api-version": "2023-07-01"}
_AUTHORIZATION = "providers/Microsoft.Authorization"
# Roles of the deployer on what vaults and accounts hold, by the name of the assignment in each subscription.
_ROLES = {
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "00000000-0000-4000-8000-00000000b001",  # Key Vault Administrator
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "00000000-0000-4000-8000-00000000b002",  # Storage Blob Data Contributor
}


class Preparation:
    """Subscriptions with their registered providers and roles, and the account of the state.

    Args:
        cloud: where to.
    """

    def __init__(self, cloud: EmbeddedAzure) -> None:
        self._cloud = cloud

    def fetch(self) -> Iterable[str]:
        """Get nothing: all comes from this checkout."""
        return ()

    def bootstrap(self, assembly: Assembly) -> Iterator[str]:
        """Register the providers, assign the roles, make the state's account, and yield where something was made."""
        for stack in assembly.stacks.values():
            provider = stack.template["provider"]["azurerm"][0]
            subscription = f"/subscriptions/{provider['subscription_id']}"
            if any([*map(self._register, self._providers(subscription, provider)), self._assign(subscription)]):
                yield subscription
        yield from self._make_state(assembly)

    def deployed(self, assembly: Assembly, stack: Stack) -> None:
        """Do nothing: what follows is in the stacks."""

    @staticmethod
    def _providers(subscription: str, provider: Json) -> Iterator[str]:
        for namespace in provider["resource_providers_to_register"]:
            yield f"{subscription}/providers/{namespace}"

    def _register(self, path: str) -> bool:
        found = self._call("GET", path)
        if found is not None and found.json()["registrationState"] == "Registered":
            return False
        self._call("POST", f"{path}/register")
        return True

    def _assign(self, subscription: str) -> bool:
        made = False
        for role, name in _ROLES.items():
            path = f"{subscription}/{_AUTHORIZATION}/roleAssignments/{name}"
            if self._call("GET", path) is None:
                definition = f"{subscription}/{_AUTHORIZATION}/roleDefinitions/{role}"
                properties = {"roleDefinitionId": definition, "principalId": CALLER}
                self._call("PUT", path, {"properties": properties})
                made = True
        return made

    def _make_state(self, assembly: Assembly) -> Iterator[str]:
        """Make what the first deploy imports: the group, the account and the container of the state."""
        for stack in assembly.stacks.values():
            for wanted in stack.template.get("import", ()):
                kind, _, name = wanted["to"].partition(".")
                path = _PATHS.get(kind)
                if path is None or self._call("GET", wanted["id"]) is not None:
                    continue
                self._call("PUT", wanted["id"], path(stack.template["resource"][kind][name]))
                yield wanted["id"].rpartition("/")[2]

    def _call(self, method: str, path: str, body: Json = None) -> httpx.Response | None:
        content = b"" if body is None else httpx.Request(method, "https://x", json=body).content
        return self._cloud.call(method, f"{_RESOURCE_MANAGER}{path}", query=_VERSION, body=content)


def _group(resource: Json) -> Json:
    return {"location": resource["location"]}


def _account(resource: Json) -> Json:
    return {
        "location": resource["location"],
        "kind": resource["account_kind"],
        "sku": {"name": f"{resource['account_tier']}_{resource['account_replication_type']}"},
        "properties": {
            "allowSharedKeyAccess": resource["shared_access_key_enabled"],
            "encryption": {
                "keySource": "Microsoft.Storage",
                "requireInfrastructureEncryption": resource["infrastructure_encryption_enabled"],
                "services": {"blob": {"enabled": True}},
            },
        },
    }


def _container(resource: Json) -> Json:
    del resource
    return {"properties": {}}


_PATHS = {
    "azurerm_resource_group": _group,
    "azurerm_storage_account": _account,
    "azurerm_storage_container": _container,
}


def deploy(cloud: EmbeddedAzure, environment: str, console: Console, *, providers: Path | None = None) -> None:
    """Deploy an environment of this checkout, and what all environments share.

    Args:
        cloud: where to.
        environment: one of ``environments/``.
        console: where to show how it goes.
        providers: Terraform's filesystem mirror, where the registry is not to be asked.

    Raises:
        PrerequisiteError: something is missing on this machine; nothing has begun.
        EmbeddedCloudError: whatever keeps it from being deployed. The next call goes on from there.
    """
    terraform.deploy(cloud, environment, console, preparation=Preparation(cloud), providers=providers)
