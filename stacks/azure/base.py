"""Terraform stack of a subscription, and its tags."""

import jsii
from cdktf import App, Aspects, AzurermBackend, IAspect, TerraformStack
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from cdktf_cdktf_provider_azurerm.provider import (
    AzurermProvider,
    AzurermProviderFeatures,
    AzurermProviderFeaturesKeyVault,
    AzurermProviderFeaturesResourceGroup,
    AzurermProviderFeaturesStorage,
)
from constructs import IConstruct

from constructs_lib import naming
from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.logs import Logs, send
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.tags import tags
from environments import Environment, SharedSubscription, Subscription
from stacks.terraform import SHARED

# The container of the states, in the account that `make bootstrap` makes.
STATE_CONTAINER = "state"
# Last part of the name of the resource group with the states' account.
STATE = "state"
# Resource providers of what the stacks deploy; without a list the provider registers dozens, and needs rights for it
# ("resource_provider_registrations", hashicorp/azurerm documentation).
_RESOURCE_PROVIDERS = [
    "Microsoft.Cache",
    "Microsoft.ContainerRegistry",
    "Microsoft.DBforPostgreSQL",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.Storage",
]


@jsii.implements(IAspect)
class _Tags:
    """Tags of all resources that take any: the provider has no default ones."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def visit(self, node: IConstruct) -> None:
        """Tag a resource."""
        if hasattr(type(node), "tags_input"):
            setattr(node, "tags", self._values)  # noqa: B010 - no class that they share has it


class GoodiesTerraformStack(TerraformStack):
    """A stack with the project's tags, its state in the account that `make bootstrap` makes.

    Args:
        name: of the stack, and of its state in the container: ``azure-prod``.
        environment: the tag that costs are split by first: ``prod``, or ``shared``.
        component: the tag that costs are split by next.
        subscription: the id of the subscription that it lives in.
        shared: the tenant, and the subscription of the state of all stacks.

    Attributes:
        subscription: the id of the subscription that it lives in.
        shared: what it shares with all others.
    """

    def __init__(
        self,
        app: App,
        name: str,
        *,
        environment: str,
        component: str,
        subscription: str,
        shared: SharedSubscription,
    ) -> None:
        super().__init__(app, name)
        # The account keeps each version of a state, and takes tokens of Entra only; a lease of the blob locks it.
        AzurermBackend(
            self,
            subscription_id=shared.subscription_id,
            tenant_id=shared.tenant_id,
            resource_group_name=naming.resource_group(SHARED, STATE),
            storage_account_name=state_account(shared),
            container_name=STATE_CONTAINER,
            key=f"{name}.tfstate",
            use_azuread_auth=True,
        )
        AzurermProvider(
            self,
            "azurerm",
            features=[
                AzurermProviderFeatures(
                    # A vault with purge protection cannot be purged, and its name is free again after its retention.
                    key_vault=[AzurermProviderFeaturesKeyVault(purge_soft_delete_on_destroy=False)],
                    resource_group=[AzurermProviderFeaturesResourceGroup(prevent_deletion_if_contains_resources=True)],
                    # Accounts without a public address have no data plane that a deployer reaches.
                    storage=[AzurermProviderFeaturesStorage(data_plane_available=False)],
                )
            ],
            subscription_id=subscription,
            tenant_id=shared.tenant_id,
            storage_use_azuread=True,
            resource_provider_registrations="none",
            resource_providers_to_register=_RESOURCE_PROVIDERS,
        )
        Aspects.of(self).add(_Tags(tags(environment=environment, component=component, managed_by="cdktf")))
        self.subscription = subscription
        self.shared = shared


def add_vault(
    stack: GoodiesTerraformStack,
    construct_id: str,
    *,
    environment: str,
    account: Subscription | SharedSubscription,
    group: ResourceGroup,
    workspace: LogAnalyticsWorkspace,
) -> Vault:
    """Add an environment's vault to a resource group's region; who reads it is told to a workspace."""
    mark = naming.fingerprint(account.subscription_id, environment, group.location)
    vault = Vault(
        stack,
        construct_id,
        name=naming.vault(environment, account.vault_generation, mark),
        group=group,
        tenant=stack.shared.tenant_id,
        recovery_days=account.vault_recovery_days,
        deployer_ranges=stack.shared.deployer_ranges,
    )
    send(stack, f"{construct_id}Audit", vault.vault.id, workspace=workspace, logs=["AuditEvent"], metrics=False)
    return vault


def server_name(environment: Environment, *, account: Subscription, location: str) -> str:
    """Return the name of an environment's database in a region."""
    mark = naming.fingerprint(account.subscription_id, environment.name, location)
    return naming.server(environment.name, account.database_generation, mark)


def add_logs(
    stack: GoodiesTerraformStack, construct_id: str, *, environment: str, group: ResourceGroup, key: Key
) -> Logs:
    """Add the storage account of an environment's logs to a resource group's region."""
    mark = naming.fingerprint(stack.subscription, environment, group.location)
    return Logs(stack, construct_id, name=naming.storage_account("logs", mark), group=group, key=key)


def state_account(shared: SharedSubscription) -> str:
    """Return the name of the storage account that holds the state of all Terraform stacks."""
    return naming.storage_account(STATE, naming.fingerprint(shared.subscription_id, SHARED, STATE))
