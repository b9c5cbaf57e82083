"""Microsoft.Network: private endpoints, their interfaces, and the records that they write into private zones."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, Cloud, handles
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, remove, shows

KIND = "Microsoft.Network/privateEndpoints"
_GROUP = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"
_NIC = "Microsoft.Network/networkInterfaces"
# Azure keeps the first three addresses after a subnet's own for itself ("Azure Virtual Network FAQ").
_RESERVED = 4
_TTL = 10
# "Azure Private Endpoint private DNS zone values": the public zone of a private one.
_PUBLIC = {
    "privatelink.vaultcore.azure.net": "vault.azure.net",
    "privatelink.blob.core.windows.net": "blob.core.windows.net",
    "privatelink.redis.azure.net": "redis.azure.net",
}


@handles("PUT", KIND)
def put(call: Call) -> Json:
    """Make an endpoint with its interface, whose address is the subnet's next free one."""
    answer = verbs.put(call)
    interface = _interface(call.id)
    subnet = ResourceId(get(call.body, "properties.subnet.id") or "")
    if call.cloud.find(interface) is None:
        configuration = {
            "name": "privateEndpointIpConfig",
            "properties": {
                "privateIPAddress": _free_address(call.cloud, subnet),
                "privateIPAllocationMethod": "Dynamic",
                "subnet": {"id": subnet.path},
                "primary": True,
                "privateIPAddressVersion": "IPv4",
            },
        }
        body = {
            "location": call.body.get("location", ""),
            "properties": {"ipConfigurations": [configuration], "privateEndpoint": {"id": call.id.path}},
        }
        kept = {"id": interface.path, "type": _NIC, "body": body, "etag": "", "created": "", "changed": ""}
        call.cloud.resources.put(interface.key, kept)
    return answer


@handles("DELETE", KIND)
def delete(call: Call) -> Json:
    """Remove an endpoint with its interface and its records."""
    for stored in call.cloud.below(call.id, _GROUP).values():
        _remove_records(call.cloud, stored)
    remove(call.cloud, _interface(call.id))
    return verbs.delete(call)


@handles("PUT", _GROUP)
def put_group(call: Call) -> Json:
    """Write the records of an endpoint into its private zones."""
    answer = verbs.put(call)
    for zone, name, address in _records(call.cloud, call.id.parent, call.body):
        record = zone.below("A", name)
        body = {"properties": {"ttl": _TTL, "aRecords": [{"ipv4Address": address}]}}
        kept = {"id": record.path, "type": "Microsoft.Network/privateDnsZones/A", "body": body}
        call.cloud.resources.put(record.key, {**kept, "etag": "", "created": "", "changed": ""})
    return answer


@handles("DELETE", _GROUP)
def delete_group(call: Call) -> Json:
    """Remove the records of an endpoint from its private zones."""
    if stored := call.stored:
        _remove_records(call.cloud, stored)
    return verbs.delete(call)


@shows(KIND)
def show(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the connections of an endpoint as approved, its interface, and the names that it answers for."""
    state = {"status": "Approved", "description": "Auto-approved", "actionsRequired": "None"}
    connections = [
        {
            **each,
            "id": f"{resource}/privateLinkServiceConnections/{each['name']}",
            "type": f"{KIND}/privateLinkServiceConnections",
            "properties": {
                **each["properties"],
                "privateLinkServiceConnectionState": state,
                "provisioningState": "Succeeded",
            },
        }
        for each in get(shown, "properties.privateLinkServiceConnections") or ()
    ]
    address = _address(cloud, resource)
    names = [{"fqdn": name, "ipAddresses": [address]} for name in _names(shown)]
    return {
        "properties": {
            "privateLinkServiceConnections": connections,
            "networkInterfaces": [{"id": _interface(resource).path}],
            "customDnsConfigs": [] if cloud.below(resource, _GROUP) else names,
        }
    }


@shows(_GROUP)
def show_group(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the record sets of each zone of a group."""
    found = list(_records(cloud, resource.parent, shown))
    configurations = [
        {
            **each,
            "properties": {
                **each["properties"],
                "recordSets": [
                    {
                        "recordType": "A",
                        "recordSetName": name,
                        "fqdn": f"{name}.{zone.name}",
                        "ttl": _TTL,
                        "ipAddresses": [address],
                        "provisioningState": "Succeeded",
                    }
                    for zone, name, address in found
                    if zone.key == each["properties"]["privateDnsZoneId"].lower()
                ],
            },
        }
        for each in get(shown, "properties.privateDnsZoneConfigs") or ()
    ]
    return {"properties": {"privateDnsZoneConfigs": configurations}}


def _interface(endpoint: ResourceId) -> ResourceId:
    return endpoint.group_id.below(
        "providers", "Microsoft.Network", "networkInterfaces", f"{endpoint.name}.nic.embedded"
    )


def _address(cloud: Cloud, endpoint: ResourceId) -> str:
    stored = cloud.find(_interface(endpoint))
    configurations = get(stored["body"], "properties.ipConfigurations") if stored else None
    return str(get(configurations[0], "properties.privateIPAddress")) if configurations else ""


def _free_address(cloud: Cloud, subnet: ResourceId) -> str:
    """Return the first address of a subnet that no interface has."""
    stored = cloud.find(subnet) or {"body": {}}
    prefixes = get(stored["body"], "properties.addressPrefixes") or [get(stored["body"], "properties.addressPrefix")]
    taken = {
        get(configuration, "properties.privateIPAddress")
        for each in cloud.below(subnet.subscription_id, _NIC).values()
        for configuration in get(each["body"], "properties.ipConfigurations") or ()
        if get(configuration, "properties.subnet.id").lower() == subnet.key
    }
    network = ipaddress.ip_network(prefixes[0] or "10.0.0.0/24")
    return next(str(each) for each in list(network)[_RESERVED:] if str(each) not in taken)


def _names(endpoint: Mapping[str, Any]) -> list[str]:
    """Return the public names of what an endpoint leads to."""
    return [
        _SUFFIXES[group].format(
            name=ResourceId(each["properties"]["privateLinkServiceId"]).name.lower(), location=endpoint["location"]
        )
        for each in get(endpoint, "properties.privateLinkServiceConnections") or ()
        for group in each["properties"].get("groupIds", ())
        if group in _SUFFIXES
    ]


# "Private-link resource": subresources of a vault, a storage account and a cache, and the names that they answer for. A
# cache has its region in its name, which is that of the endpoint.
_SUFFIXES = {
    "vault": "{name}.vault.azure.net",
    "blob": "{name}.blob.core.windows.net",
    "redisEnterprise": "{name}.{location}.redis.azure.net",
}


def _records(cloud: Cloud, endpoint: ResourceId, group: Mapping[str, Any]) -> list[tuple[ResourceId, str, str]]:
    """Return zone, name and address of each record that a group of zones writes."""
    stored = cloud.find(endpoint)
    names = _names(stored["body"]) if stored else []
    return [
        (zone, name.removesuffix(f".{_PUBLIC[zone.name]}"), _address(cloud, endpoint))
        for each in get(group, "properties.privateDnsZoneConfigs") or ()
        for zone in [ResourceId(each["properties"]["privateDnsZoneId"])]
        if zone.name in _PUBLIC
        for name in names
        if name.endswith(_PUBLIC[zone.name])
    ]


def _remove_records(cloud: Cloud, group: Json) -> None:
    for zone, name, _ in _records(cloud, ResourceId(group["id"]).parent, group["body"]):
        cloud.resources.delete(zone.below("A", name).key)
