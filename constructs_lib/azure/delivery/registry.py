"""Registry of container images: the releases, in both regions (DR-5, SEC-5, SEC-9)."""

import base64

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm import container_registry as registry
from cdktf_cdktf_provider_azurerm import container_registry_task as task
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from constructs import Construct

from constructs_lib.azure.base.keys import Key, key_identity
from constructs_lib.azure.base.logs import send
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.naming import PROJECT
from environments import ImagePolicy

# Days in which an image that is none of the releases to keep stays: long enough for a deployment that waits for its
# approval.
_SPARED_DAYS = 7
_STEPS = """\
version: v1.1.0
steps:
  - cmd: acr purge --filter '{project}/.*:.*' --ago {days}d --keep {releases} --untagged
    disableWorkingDirectoryOverride: true
    timeout: 3600
"""


class Registry(Construct):
    """Container registry of the releases, which answers in both regions under one name.

    Who holds a role reaches it, from any address: a registry that answers some addresses only refuses its own tasks
    ("Allow trusted services to securely access a network-restricted container registry"). Whoever releases an image
    locks it, so that no push replaces it and no task deletes it ("Lock a container image").

    Args:
        policy: number of releases to keep.
        name: name of the registry, one of all in Azure.
        group: resource group in its home region.
        replica: name of the other region.
        key: encryption key; without it neither region answers, so it lies in the region that a recovery needs.
        workspace: receiver of the log of who signed in, and of what was pushed, pulled and deleted.

    Attributes:
        registry: the registry.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ImagePolicy,
        name: str,
        group: ResourceGroup,
        replica: str,
        key: Key,
        workspace: LogAnalyticsWorkspace,
    ) -> None:
        super().__init__(scope, construct_id)
        identity = key_identity(self, name="registry", group=group)
        self.registry = registry.ContainerRegistry(
            self,
            "registry",
            name=name,
            resource_group_name=group.name,
            location=group.location,
            # Others have no replicas, zones and keys ("Azure Container Registry SKU features and limits").
            sku="Premium",
            admin_enabled=False,
            anonymous_pull_enabled=False,
            data_endpoint_enabled=True,
            zone_redundancy_enabled=True,
            retention_policy_in_days=policy.untagged_keep_days,
            georeplications=[registry.ContainerRegistryGeoreplications(location=replica, zone_redundancy_enabled=True)],
            identity=registry.ContainerRegistryIdentity(type="UserAssigned", identity_ids=[identity.id]),
            encryption=[
                registry.ContainerRegistryEncryption(
                    key_vault_key_id=key.key.versionless_id, identity_client_id=identity.client_id
                )
            ],
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[key.grant_use("Registry", identity)],
        )
        send(
            self,
            "events",
            self.registry.id,
            workspace=workspace,
            logs=["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"],
            metrics=False,
        )
        steps = _STEPS.format(project=PROJECT, days=_SPARED_DAYS, releases=policy.keep_releases)
        task.ContainerRegistryTask(
            self,
            "purge",
            name="purge",
            container_registry_id=self.registry.id,
            platform=task.ContainerRegistryTaskPlatform(os="Linux"),
            encoded_step=task.ContainerRegistryTaskEncodedStep(
                task_content=base64.b64encode(steps.encode()).decode("ascii")
            ),
            timer_trigger=[task.ContainerRegistryTaskTimerTrigger(name="daily", schedule="0 3 * * *")],
        )
