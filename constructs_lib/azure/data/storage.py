"""Blob containers with their lifecycle rules: assets, uploads (AZR-6, DR-8, DR-9, DR-10)."""

from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from cdktf_cdktf_provider_azurerm.private_dns_zone import PrivateDnsZone
from cdktf_cdktf_provider_azurerm.storage_account import (
    StorageAccount,
    StorageAccountBlobProperties,
)
from cdktf_cdktf_provider_azurerm.storage_container import StorageContainer
from cdktf_cdktf_provider_azurerm.storage_management_policy import (
    StorageManagementPolicy,
    StorageManagementPolicyRule,
    StorageManagementPolicyRuleActions,
    StorageManagementPolicyRuleActionsBaseBlob,
    StorageManagementPolicyRuleActionsVersion,
    StorageManagementPolicyRuleFilters,
)
from cdktf_cdktf_provider_azurerm.storage_object_replication import (
    StorageObjectReplication,
    StorageObjectReplicationRules,
)
from constructs import Construct

from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.logs import send_blob_requests
from constructs_lib.azure.base.storage_accounts import Redundancy, encrypted_account, recoverable
from constructs_lib.azure.network.network import RegionNetwork
from constructs_lib.azure.network.private_endpoints import PrivateEndpoint
from environments import ObjectPolicy

_CONTAINERS = ("assets", "uploads")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Place of a storage account: a region, with what an account needs there.

    Attributes:
        name: name of the account, one of all in Azure.
        region: network whose private endpoint leads to it; the account stands in the network's resource group.
        key: encryption key of the region.
        workspace: receiver of the log of its requests, in the region.
    """

    name: str
    region: RegionNetwork
    key: Key
    workspace: LogAnalyticsWorkspace


class Storage(Construct):
    """Containers of an environment: in three zones, without access keys; readers need a role.

    With a recovery region each container has a copy there, which Azure writes (object replication). Geo-redundant
    accounts would have their copy in the pair of the primary region, which is not the recovery region ("Azure region
    pairs"). Accounts in several zones have no archive tier ("Access tiers for blob data"): old objects grow cold.

    Args:
        primary: place of the account that the service writes to.
        recovery: place of the copy; none without a recovery region.
        policy: ages at which objects move to colder tiers, and old versions are deleted.
        zone: private zone with the names of blobs.

    Attributes:
        accounts: storage accounts by the names of their regions.
        assets: files that the CDN serves under ``/static``.
        uploads: files that users upload.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        primary: Placement,
        recovery: Placement | None,
        policy: ObjectPolicy,
        zone: PrivateDnsZone,
    ) -> None:
        super().__init__(scope, construct_id)
        places = [place for place in (primary, recovery) if place]
        parts = {place.region.name: Construct(self, place.region.name) for place in places}
        self.accounts = {
            place.region.name: _account(parts[place.region.name], place, policy=policy, zone=zone) for place in places
        }
        containers = {
            location: {name: container(parts[location], name, account) for name in _CONTAINERS}
            for location, account in self.accounts.items()
        }
        source = containers[primary.region.name]
        self.assets, self.uploads = (source[name] for name in _CONTAINERS)
        if recovery:
            copies = containers[recovery.region.name]
            StorageObjectReplication(
                self,
                "replication",
                source_storage_account_id=self.accounts[primary.region.name].id,
                destination_storage_account_id=self.accounts[recovery.region.name].id,
                rules=[
                    StorageObjectReplicationRules(
                        source_container_name=source[name].name,
                        destination_container_name=copies[name].name,
                        copy_blobs_created_after="Everything",
                    )
                    for name in _CONTAINERS
                ],
            )


def container(scope: Construct, name: str, account: StorageAccount) -> StorageContainer:
    """Return a container that refuses to be destroyed.

    Args:
        scope: parent construct.
        name: name of the container, and of its construct.
        account: account that holds it.
    """
    return StorageContainer(
        scope,
        name,
        name=name,
        storage_account_id=account.id,
        container_access_type="private",
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )


def blob_account(
    scope: Construct,
    place: Placement,
    *,
    purpose: str,
    blob_properties: StorageAccountBlobProperties,
    zone: PrivateDnsZone,
    redundancy: Redundancy = "ZRS",
) -> StorageAccount:
    """Return an encrypted account of blobs with its private endpoint, whose requests are logged.

    It has one endpoint alone, because a zone has one address for a name.

    Args:
        scope: parent construct.
        place: where it stands, and with what.
        purpose: what it holds, in the names of its identity and its endpoint.
        blob_properties: versions, and how long what is deleted is kept.
        zone: private zone with the names of blobs.
        redundancy: where its copies are.
    """
    account = encrypted_account(
        scope,
        purpose=purpose,
        name=place.name,
        group=place.region.group,
        key=place.key,
        redundancy=redundancy,
        blob_properties=blob_properties,
    )
    PrivateEndpoint(
        scope,
        "Endpoint",
        name=purpose,
        region=place.region,
        subnet="endpoints",
        target=account.id,
        part="blob",
        zone=zone,
    )
    send_blob_requests(scope, "requests", account.id, workspace=place.workspace)
    return account


def _account(scope: Construct, place: Placement, *, policy: ObjectPolicy, zone: PrivateDnsZone) -> StorageAccount:
    # The rule below counts from a version's creation, so what it deletes may have been overwritten today.
    kept = recoverable(policy.old_versions_keep_days, versioning=True, change_feed=True)
    account = blob_account(scope, place, purpose="objects", blob_properties=kept, zone=zone)
    StorageManagementPolicy(
        scope,
        "lifecycle",
        storage_account_id=account.id,
        rule=[
            StorageManagementPolicyRule(
                name="age",
                enabled=True,
                filters=StorageManagementPolicyRuleFilters(blob_types=["blockBlob"]),
                actions=StorageManagementPolicyRuleActions(
                    base_blob=StorageManagementPolicyRuleActionsBaseBlob(
                        tier_to_cool_after_days_since_modification_greater_than=policy.infrequent_after_days,
                        tier_to_cold_after_days_since_modification_greater_than=policy.archive_after_days,
                    ),
                    version=StorageManagementPolicyRuleActionsVersion(
                        delete_after_days_since_creation=policy.old_versions_keep_days
                    ),
                ),
            )
        ],
    )
    return account
