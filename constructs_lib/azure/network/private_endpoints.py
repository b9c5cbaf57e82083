"""Private endpoint: an address in the network for a service of Azure (SEC-1)."""

from cdktf_cdktf_provider_azurerm.private_dns_zone import PrivateDnsZone
from cdktf_cdktf_provider_azurerm.private_endpoint import (
    PrivateEndpoint as AzurermPrivateEndpoint,
)
from cdktf_cdktf_provider_azurerm.private_endpoint import (
    PrivateEndpointPrivateDnsZoneGroup,
    PrivateEndpointPrivateServiceConnection,
)
from constructs import Construct

from constructs_lib.azure.network.network import RegionNetwork
from constructs_lib.naming import PROJECT


class PrivateEndpoint(Construct):
    """Address of a service in the network of one region, under the service's own name.

    Args:
        region: network.
        name: what it leads to, as part of its name.
        subnet: name of the subnet in the address plan.
        target: id of the resource.
        part: part of the resource that answers ("Private-link resource", Private Link documentation).
        zone: private zone that holds the name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        region: RegionNetwork,
        name: str,
        subnet: str,
        target: str,
        part: str,
        zone: PrivateDnsZone,
    ) -> None:
        super().__init__(scope, construct_id)
        AzurermPrivateEndpoint(
            self,
            "endpoint",
            name=f"{PROJECT}-{name}-{region.name}",
            resource_group_name=region.group.name,
            location=region.group.location,
            subnet_id=region.subnets[subnet].id,
            private_service_connection=PrivateEndpointPrivateServiceConnection(
                name=name,
                private_connection_resource_id=target,
                is_manual_connection=False,
                subresource_names=[part],
            ),
            private_dns_zone_group=PrivateEndpointPrivateDnsZoneGroup(name="default", private_dns_zone_ids=[zone.id]),
        )
