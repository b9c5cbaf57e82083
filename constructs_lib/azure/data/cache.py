"""Managed Redis that all pods share (AZR-5, SEC-5, SEC-6)."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm import managed_redis as redis
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from constructs import Construct

from constructs_lib.azure.base.keys import Key, key_identity
from constructs_lib.azure.base.logs import send
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.azure.data.secrets import StoredSecret
from constructs_lib.azure.network.network import RegionNetwork
from constructs_lib.azure.network.private_dns import PrivateZones
from constructs_lib.azure.network.private_endpoints import PrivateEndpoint
from environments import CacheSettings, CacheSize

# A new cache may take longer than the provider waits (issue #30965 of hashicorp/terraform-provider-azurerm).
_PATIENCE = "60m"


class Cache(Construct):
    """Redis with automatic failover, TLS and an access key, in the private network alone.

    A client needs both: a way from its subnet to ``region.subnets["cache"]``, and ``cache.password``. All keys are in
    one shard, so that a client needs no cluster protocol and a command may have several keys ("Clustering",
    Azure Managed Redis architecture). What it snapshots lies on its own disk: it survives a restart, and is no backup.

    Args:
        name: name of the cache, one of all in Azure.
        settings: nodes and snapshots.
        size: size with the SKU; another one makes a new, empty cache.
        region: network.
        private_zones: private zones, of which one holds the cache's name.
        key: encryption key of the region.
        vaults: vaults that hold the password.
        workspace: workspace that receives logs and metrics.

    Attributes:
        endpoint: name of the cache; stays the same after a failover.
        port: port with TLS.
        password: secret that holds the access key.
        instance: cache, for metrics.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        settings: CacheSettings,
        size: CacheSize,
        region: RegionNetwork,
        private_zones: PrivateZones,
        key: Key,
        vaults: Sequence[Vault],
        workspace: LogAnalyticsWorkspace,
    ) -> None:
        super().__init__(scope, construct_id)
        identity = key_identity(self, name=f"cache-{region.name}", group=region.group)
        self.instance = redis.ManagedRedis(
            self,
            "redis",
            name=name,
            resource_group_name=region.group.name,
            location=region.group.location,
            sku_name=size.azure,
            high_availability_enabled=settings.nodes > 1,
            public_network_access="Disabled",
            default_database=redis.ManagedRedisDefaultDatabase(
                clustering_policy="NoCluster",
                client_protocol="Encrypted",
                eviction_policy="AllKeysLRU",
                # The service logs in with a key: a token of Entra ends within the hour, and its clients renew none.
                access_keys_authentication_enabled=True,
                persistence_redis_database_backup_frequency="12h" if settings.snapshot_days else None,
            ),
            identity=redis.ManagedRedisIdentity(type="UserAssigned", identity_ids=[identity.id]),
            customer_managed_key=redis.ManagedRedisCustomerManagedKey(
                # With its version, without which Azure refuses it: the deploy after a rotation brings the new one
                # ("Configure disk encryption for Azure Managed Redis").
                key_vault_key_id=key.key.id,
                user_assigned_identity_id=identity.id,
            ),
            timeouts=redis.ManagedRedisTimeouts(create=_PATIENCE, update=_PATIENCE, delete=_PATIENCE),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[key.grant_use("Cache", identity)],
        )
        PrivateEndpoint(
            self,
            "Endpoint",
            name="cache",
            region=region,
            subnet="cache",
            target=self.instance.id,
            part="redisEnterprise",
            zone=private_zones.zones["cache"],
        )
        database = self.instance.default_database
        self.endpoint = self.instance.hostname
        self.port = database.port
        self.password = StoredSecret(
            self, "Password", name="cache-password", vaults=vaults, value=database.primary_access_key
        )
        send(self, "metrics", self.instance.id, workspace=workspace)
        send(self, "logs", database.id, workspace=workspace, logs=["ConnectionEvents"], metrics=False)
