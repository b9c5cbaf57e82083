"""Private DNS zones: the names of private endpoints and of the database, in the networks alone (SEC-1)."""

from collections.abc import Sequence

from cdktf_cdktf_provider_azurerm.private_dns_zone import PrivateDnsZone
from cdktf_cdktf_provider_azurerm.private_dns_zone_virtual_network_link import PrivateDnsZoneVirtualNetworkLink
from constructs import Construct

from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.network.network import RegionNetwork
from constructs_lib.naming import PROJECT

# "Azure Private Endpoint private DNS zone values"; that of the database is free but for its end, and must not begin
# with the name of the server ("Private networking", Azure Database for PostgreSQL).
_NAMES = {
    "vault": "privatelink.vaultcore.azure.net",
    "objects": "privatelink.blob.core.windows.net",
    "cache": "privatelink.redis.azure.net",
    "registry": "privatelink.azurecr.io",
    "database": f"{PROJECT}.private.postgres.database.azure.com",
}


class PrivateZones(Construct):
    """Private DNS zones, linked to the networks of both regions.

    Args:
        group: resource group that a recovery can change.
        networks: networks in which the names are known.

    Attributes:
        zones: the zones by what they name: ``vault``, ``objects``, ``cache``, ``registry``, ``database``.
        links: links that what stands in a network and uses a name must depend on.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, group: ResourceGroup, networks: Sequence[RegionNetwork]
    ) -> None:
        super().__init__(scope, construct_id)
        self.zones = {
            purpose: PrivateDnsZone(self, purpose, name=name, resource_group_name=group.name)
            for purpose, name in _NAMES.items()
        }
        self.links = [
            PrivateDnsZoneVirtualNetworkLink(
                self,
                f"{purpose}_{network.name}",
                name=f"{PROJECT}-{network.name}",
                resource_group_name=group.name,
                private_dns_zone_name=zone.name,
                virtual_network_id=network.network.id,
            )
            for purpose, zone in self.zones.items()
            for network in networks
        ]
