"""Microsoft.Network: networks, and what subnets, security groups and gateways say of each other."""

import ipaddress
import zlib
from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, Cloud, handles, unique
from local.azure.arm.data import kinds
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, shows

NETWORK = "Microsoft.Network/virtualNetworks"
SUBNET = "Microsoft.Network/virtualNetworks/subnets"
PEERING = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings"
_WATCHER = "Microsoft.Network/networkWatchers"
_WATCHERS = "NetworkWatcherRG"
# Addresses of "Documentation" (RFC 5737): nothing answers there.
_PUBLIC = ipaddress.ip_network("203.0.113.0/24")


@handles("PUT", NETWORK)
def put_network(call: Call) -> Json:
    """Make a network, and the region's watcher with the first one ("Enable Network Watcher": it is automatic)."""
    answer = verbs.put(call)
    location = call.body.get("location", "").replace(" ", "").lower()
    group = call.id.subscription_id.below("resourceGroups", _WATCHERS)
    watcher = group.below("providers", "Microsoft.Network", "networkWatchers", f"NetworkWatcher_{location}")
    for resource in (group, watcher):
        if call.cloud.find(resource) is None:
            call.cloud.resources.put(
                resource.key,
                {
                    "id": resource.path,
                    "type": kinds()[resource.type].type,
                    "body": {"location": location},
                    "etag": "",
                    "created": call.cloud.now(),
                    "changed": call.cloud.now(),
                },
            )
    return answer


@shows("Microsoft.Network/networkSecurityGroups")
def show_security_group(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the default rules of a security group, and the subnets that have it."""
    del shown
    defaults = [
        {
            "id": f"{resource}/defaultSecurityRules/{name}",
            "name": name,
            "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
            "properties": {
                "provisioningState": "Succeeded",
                "protocol": "*",
                "sourcePortRange": "*",
                "destinationPortRange": "*",
                "sourceAddressPrefix": source,
                "destinationAddressPrefix": destination,
                "access": access,
                "priority": priority,
                "direction": direction,
            },
        }
        for name, source, destination, access, priority, direction in _DEFAULT_RULES
    ]
    return {"properties": {"defaultSecurityRules": defaults, **_subnets(cloud, resource, "networkSecurityGroup")}}


# "Network security groups overview": default security rules.
_DEFAULT_RULES = (
    ("AllowVnetInBound", "VirtualNetwork", "VirtualNetwork", "Allow", 65000, "Inbound"),
    ("AllowAzureLoadBalancerInBound", "AzureLoadBalancer", "*", "Allow", 65001, "Inbound"),
    ("DenyAllInBound", "*", "*", "Deny", 65500, "Inbound"),
    ("AllowVnetOutBound", "VirtualNetwork", "VirtualNetwork", "Allow", 65000, "Outbound"),
    ("AllowInternetOutBound", "*", "Internet", "Allow", 65001, "Outbound"),
    ("DenyAllOutBound", "*", "*", "Deny", 65500, "Outbound"),
)


@shows("Microsoft.Network/natGateways")
def show_gateway(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the subnets that go out by a NAT gateway."""
    del shown
    return {"properties": _subnets(cloud, resource, "natGateway")}


@shows("Microsoft.Network/publicIPAddresses")
def show_address(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a public address, and the gateway that has it."""
    del shown
    address = str(_PUBLIC[1 + zlib.crc32(resource.key.encode()) % 254])
    gateways = [
        each["id"]
        for each in cloud.below(resource.group_id, "Microsoft.Network/natGateways").values()
        for used in get(each["body"], "properties.publicIpAddresses") or ()
        if used["id"].lower() == resource.key
    ]
    return {"properties": {"ipAddress": address, **({"natGateway": {"id": gateways[0]}} if gateways else {})}}


@shows(SUBNET)
def show_subnet(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is in a subnet, and the actions that its delegations come with."""
    prefixes = get(shown, "properties.addressPrefixes") or []
    endpoints = [{"id": each} for each in users(cloud, resource) if "/privateEndpoints/" in each]
    interfaces = [
        {"id": f"{each['id']}/ipConfigurations/{configuration['name']}"}
        for each in cloud.below(resource.subscription_id, "Microsoft.Network/networkInterfaces").values()
        for configuration in get(each["body"], "properties.ipConfigurations") or ()
        if get(configuration, "properties.subnet.id").lower() == resource.key
    ]
    properties: dict[str, Any] = {"privateEndpoints": endpoints} if endpoints else {}
    if interfaces:
        properties["ipConfigurations"] = interfaces
    if len(prefixes) == 1 and not get(shown, "properties.addressPrefix"):
        properties["addressPrefix"] = prefixes[0]
    if delegations := get(shown, "properties.delegations"):
        properties["delegations"] = [
            {
                **each,
                "id": f"{resource}/delegations/{each['name']}",
                "type": f"{SUBNET}/delegations",
                "properties": {
                    **each.get("properties", {}),
                    "actions": DELEGATIONS.get(get(each, "properties.serviceName") or "", _JOIN),
                    "provisioningState": "Succeeded",
                },
            }
            for each in delegations
        ]
    if services := get(shown, "properties.serviceEndpoints"):
        properties["serviceEndpoints"] = [{"locations": ["*"], "provisioningState": "Succeeded", **e} for e in services]
    return {"properties": properties}


_JOIN = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
# Actions of each service ("Available Delegations - List"); azurerm's subnet_resource.go lists the names.
DELEGATIONS: Mapping[str, list[str]] = {
    "Microsoft.ContainerService/managedClusters": _JOIN,
    "Microsoft.DBforPostgreSQL/flexibleServers": _JOIN,
}


@shows(PEERING)
def show_peering(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the state of a peering: connected where the other side has one, too ("Virtual network peering")."""
    own = resource.parent
    other = ResourceId(get(shown, "properties.remoteVirtualNetwork.id") or "")
    back = [
        each
        for each in cloud.below(other, PEERING).values()
        if (get(each["body"], "properties.remoteVirtualNetwork.id") or "").lower() == own.key
    ]
    remote = cloud.find(other)
    space = get(remote["body"], "properties.addressSpace") if remote else None
    return {
        "properties": {
            "peeringState": "Connected" if back else "Initiated",
            "peeringSyncLevel": "FullyInSync" if back else "RemoteNotInSync",
            "remoteAddressSpace": space,
            "remoteVirtualNetworkAddressSpace": space,
        }
    }


@shows("Microsoft.Network/networkWatchers/flowLogs")
def show_flow_log(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the id that the target of a flow log has in logs."""
    del resource
    target = ResourceId(get(shown, "properties.targetResourceId") or "")
    found = cloud.find(target)
    return {"properties": {"targetResourceGuid": unique(target, "")}} if found else {}


def users(cloud: Cloud, subnet: ResourceId) -> list[str]:
    """Return the ids of the private endpoints and the database servers in a subnet."""
    return [
        each["id"]
        for kind, path in _IN_SUBNETS.items()
        for each in cloud.below(subnet.subscription_id, kind).values()
        if (get(each["body"], path) or "").lower() == subnet.key
    ]


_IN_SUBNETS: Mapping[str, str] = {
    "Microsoft.Network/privateEndpoints": "properties.subnet.id",
    "Microsoft.DBforPostgreSQL/flexibleServers": "properties.network.delegatedSubnetResourceId",
}


def _subnets(cloud: Cloud, resource: ResourceId, key: str) -> dict[str, Any]:
    found = [
        {"id": each["id"]}
        for each in cloud.below(resource.subscription_id, SUBNET).values()
        if (get(each["body"], f"properties.{key}.id") or "").lower() == resource.key
    ]
    return {"subnets": found} if found else {}
