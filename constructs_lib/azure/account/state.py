"""Storage account of Terraform's state (DR-6, AZR-6, SEC-5, SEC-11)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from cdktf_cdktf_provider_azurerm.management_lock import ManagementLock
from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from cdktf_cdktf_provider_azurerm.storage_container import StorageContainer
from constructs import Construct

from constructs_lib.azure.base.logs import send_blob_requests
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.storage_accounts import recoverable, storage_account
from environments import ObjectPolicy


class State(Construct):
    """Storage account of all stacks' state, made by `make bootstrap` and imported by the first deploy.

    It stands in three zones, takes tokens of Entra and no keys, and each version of a state can be restored. The state
    holds values that Azure generates, such as the cache's access key, so a reader of the container can read them.

    Args:
        name: name of the account.
        container: name of the container.
        group: resource group in the recovery region, made by the same command.
        policy: retention of old versions.
        subscription: id of the subscription.
        deployers: object id of the group of Entra whose members deploy.
        workspace: receiver of the log of who read or wrote a state.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        container: str,
        group: ResourceGroup,
        policy: ObjectPolicy,
        subscription: str,
        deployers: str,
        workspace: LogAnalyticsWorkspace,
    ) -> None:
        super().__init__(scope, construct_id)
        kept = TerraformResourceLifecycle(prevent_destroy=True)
        account = storage_account(
            self,
            name=name,
            group=group,
            access_keys=False,
            blob_properties=recoverable(policy.old_versions_keep_days, versioning=True),
        )
        blobs = StorageContainer(
            self,
            "container",
            name=container,
            storage_account_id=account.id,
            container_access_type="private",
            lifecycle=kept,
        )
        # Owners of the subscription may read no blob by that ("Assign an Azure role for access to blob data").
        RoleAssignment(
            self,
            "deployers",
            scope=blobs.id,
            role_definition_name="Storage Blob Data Owner",
            principal_id=deployers,
            principal_type="Group",
        )
        ManagementLock(
            self,
            "lock",
            name="state",
            scope=account.id,
            lock_level="CanNotDelete",
            notes="Without the state no stack can be changed",
        )
        send_blob_requests(self, "requests", account.id, workspace=workspace)
        place = f"/subscriptions/{subscription}/resourceGroups/{group.group.name_input}"
        account_id = f"{place}/providers/Microsoft.Storage/storageAccounts/{name}"
        group.group.import_from(place)
        account.import_from(account_id)
        blobs.import_from(f"{account_id}/blobServices/default/containers/{container}")
