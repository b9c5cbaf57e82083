"""Archive of the database: nightly dumps, and the first of each month in cold storage (DR-3, DR-4, AZR-6)."""

from cdktf_cdktf_provider_azurerm.private_dns_zone import PrivateDnsZone
from cdktf_cdktf_provider_azurerm.storage_container import StorageContainer
from cdktf_cdktf_provider_azurerm.storage_container_immutability_policy import StorageContainerImmutabilityPolicy
from cdktf_cdktf_provider_azurerm.storage_management_policy import (
    StorageManagementPolicy,
    StorageManagementPolicyRule,
    StorageManagementPolicyRuleActions,
    StorageManagementPolicyRuleActionsBaseBlob,
    StorageManagementPolicyRuleFilters,
)
from constructs import Construct

from constructs_lib.azure.base.storage_accounts import recoverable
from constructs_lib.azure.data.storage import Placement, blob_account, container
from environments import BackupPolicy, VaultLock


class Archive(Construct):
    """Containers of the database's dumps, which the service's own backups do not reach: those stay in its region.

    Azure Backup for PostgreSQL has no archive tier, and a geo-redundant backup lands in the pair of the primary region
    ("Azure region pairs"). Only accounts in one zone have an archive tier ("Access tiers for blob data").

    Args:
        place: place of the account: the recovery region, or the primary one where there is no other.
        policy: ages at which dumps are archived and deleted.
        lock: who may delete a dump early.
        zone: private zone with the names of blobs.

    Attributes:
        nightly: container of each night's dump.
        monthly: container of the first dump of a month.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: Placement,
        policy: BackupPolicy,
        lock: VaultLock,
        zone: PrivateDnsZone,
    ) -> None:
        super().__init__(scope, construct_id)
        days = policy.point_in_time_days
        account = blob_account(
            self, place, purpose="backups", redundancy="LRS", blob_properties=recoverable(days), zone=zone
        )
        self.nightly = container(self, "nightly", account)
        self.monthly = container(self, "monthly", account)
        if lock != "none":
            for dumps in (self.nightly, self.monthly):
                _keep(dumps, days=days, locked=lock == "compliance")
        StorageManagementPolicy(
            self,
            "lifecycle",
            storage_account_id=account.id,
            rule=[
                _rule(
                    self.nightly,
                    StorageManagementPolicyRuleActionsBaseBlob(
                        delete_after_days_since_modification_greater_than=policy.copy_keep_days
                    ),
                ),
                _rule(
                    self.monthly,
                    StorageManagementPolicyRuleActionsBaseBlob(
                        tier_to_archive_after_days_since_modification_greater_than=policy.archive_after_days,
                        delete_after_days_since_modification_greater_than=policy.archive_keep_days,
                    ),
                ),
            ],
        )


def _keep(dumps: StorageContainer, *, days: int, locked: bool) -> None:
    """Let nobody delete or change a dump before its time; a locked policy cannot even be taken back."""
    StorageContainerImmutabilityPolicy(
        dumps,
        "lock",
        storage_container_resource_manager_id=dumps.id,
        immutability_period_in_days=days,
        locked=locked,
    )


def _rule(dumps: StorageContainer, actions: StorageManagementPolicyRuleActionsBaseBlob) -> StorageManagementPolicyRule:
    return StorageManagementPolicyRule(
        name=dumps.node.id,
        enabled=True,
        filters=StorageManagementPolicyRuleFilters(blob_types=["blockBlob"], prefix_match=[f"{dumps.node.id}/"]),
        actions=StorageManagementPolicyRuleActions(base_blob=actions),
    )
