"""Receivers of the logs of one region: a storage account, and a workspace with what is sent to it (SEC-11, IMP-2)."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from cdktf_cdktf_provider_azurerm.monitor_diagnostic_setting import (
    MonitorDiagnosticSetting,
    MonitorDiagnosticSettingEnabledLog,
    MonitorDiagnosticSettingEnabledMetric,
)
from constructs import Construct

from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.storage_accounts import encrypted_account
from constructs_lib.naming import PROJECT


class Logs(Construct):
    """Storage account that Azure itself writes logs to; from elsewhere nobody reaches it.

    It takes access keys, which no other account does: flow logs are written with one as long as the provider cannot
    give them an identity (issue #30219 of hashicorp/terraform-provider-azurerm).

    Args:
        name: name of the account, one of all in Azure.
        group: resource group in its region.
        key: encryption key of the region.

    Attributes:
        account: the storage account.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, group: ResourceGroup, key: Key) -> None:
        super().__init__(scope, construct_id)
        self.account = encrypted_account(self, purpose="logs", name=name, group=group, key=key, access_keys=True)


def workspace(scope: Construct, construct_id: str, *, group: ResourceGroup, days: int) -> LogAnalyticsWorkspace:
    """Return the workspace of a region, which takes tokens of Entra only.

    A key of our own would need a cluster of workspaces, which takes 100 GB a day at least ("Azure Monitor
    customer-managed keys").

    Args:
        scope: parent construct.
        construct_id: id of the workspace.
        group: resource group in its region.
        days: retention of each table that says none of its own.
    """
    return LogAnalyticsWorkspace(
        scope,
        construct_id,
        name=f"{PROJECT}-{group.location}",
        resource_group_name=group.name,
        location=group.location,
        sku="PerGB2018",
        retention_in_days=days,
        local_authentication_enabled=False,
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )


def send(
    scope: Construct,
    construct_id: str,
    target: str,
    *,
    workspace: LogAnalyticsWorkspace,
    logs: Sequence[str] = (),
    metrics: bool = True,
) -> MonitorDiagnosticSetting:
    """Return the setting that sends logs and metrics of a resource to a workspace.

    Args:
        scope: parent construct.
        construct_id: id of the setting.
        target: id of the resource.
        workspace: receiver, in the resource's region.
        logs: categories of logs.
        metrics: whether all metrics are sent, too.
    """
    return MonitorDiagnosticSetting(
        scope,
        construct_id,
        name="workspace",
        target_resource_id=target,
        log_analytics_workspace_id=workspace.id,
        enabled_log=[MonitorDiagnosticSettingEnabledLog(category=category) for category in logs] or None,
        enabled_metric=[MonitorDiagnosticSettingEnabledMetric(category="AllMetrics")] if metrics else None,
    )


def send_blob_requests(
    scope: Construct, construct_id: str, account: str, *, workspace: LogAnalyticsWorkspace
) -> MonitorDiagnosticSetting:
    """Return the setting that sends each read, write and deletion of a storage account's blobs to a workspace.

    Args:
        scope: parent construct.
        construct_id: id of the setting.
        account: id of the account.
        workspace: receiver, in the account's region.
    """
    return send(
        scope,
        construct_id,
        f"{account}/blobServices/default",
        workspace=workspace,
        logs=["StorageDelete", "StorageRead", "StorageWrite"],
        metrics=False,
    )
