"""The embedded Azure as a command sees it: its process, its directory, and the environment of its children."""

import re
from collections.abc import Iterable, Mapping

from typing_extensions import override

from assembly import Stack
from assembly.values import Json
from local.azure.state import BlobState
from local.azure.tokens import CLIENT, TENANT
from local.terraform.cloud import TerraformCloud


class EmbeddedAzure(TerraformCloud):
    """An Azure on this machine. Its state survives a restart or a kill, until :meth:`wipe`.

    Its owner may send it the commands ``pid``, ``caller``, ``clock`` and ``switch``.
    """

    name = "The embedded Azure"
    destroy = "make destroy CLOUD=azure"
    key = "azure"
    provider = "azurerm_"
    account_word = "Subscription"
    domains = (
        "login.microsoftonline.com",
        "management.azure.com",
        "graph.microsoft.com",
        "vault.azure.net",
        "blob.core.windows.net",
    )
    # ImportAsExistsError, hashicorp/terraform-provider-azurerm 4.55.0; the address is Terraform's, and the end cdktf's.
    unrecorded = re.compile(
        r'a resource with the ID "(?P<id>[^"]+)" already exists .* with (?P<address>\w+\.[\w-]+)', re.I
    )
    module = "local.azure"

    @override
    def state(self, stack: Stack) -> BlobState:
        return BlobState(self, stack)

    @override
    def kubeconfig(self, stacks: Iterable[Stack]) -> Json:
        return {"apiVersion": "v1", "kind": "Config", "clusters": [], "contexts": [], "users": []}

    @override
    def credentials(self) -> Mapping[str, str]:
        """Return the variables of a service principal: azurerm's, and those of Microsoft's own libraries."""
        return {
            "ARM_CLIENT_ID": CLIENT,
            "ARM_CLIENT_SECRET": self.access_token,
            "ARM_TENANT_ID": TENANT,
            "ARM_USE_CLI": "false",
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": self.access_token,
            "AZURE_TENANT_ID": TENANT,
        }
