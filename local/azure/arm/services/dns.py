"""Microsoft.Network: zones of Azure DNS and of private DNS, and the record sets that each begins with."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, Cloud, handles, unique
from local.azure.arm.data import kinds
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import shows

_ZONE = "Microsoft.Network/dnsZones"
_PRIVATE = "Microsoft.Network/privateDnsZones"
_TYPES = [kind.type for kind in kinds().values() if kind.type.startswith((f"{_ZONE}/", f"{_PRIVATE}/"))]
RECORDS = [each for each in _TYPES if each.rpartition("/")[2].isupper()]
# "Overview of DNS zones and records": the values of a new zone.
_SOA = {"refreshTime": 3600, "retryTime": 300, "expireTime": 2419200, "serialNumber": 1}


@handles("PUT", _ZONE)
def put_zone(call: Call) -> Json:
    """Make a zone with its SOA and NS records."""
    if call.stored is None:
        servers = name_servers(call.id)
        soa = {**_SOA, "email": "azuredns-hostmaster.microsoft.com", "host": servers[0], "minimumTTL": 300}
        _keep(call, "SOA", {"TTL": 3600, "SOARecord": soa})
        _keep(call, "NS", {"TTL": 172800, "NSRecords": [{"nsdname": each} for each in servers]})
    return verbs.put(call)


@handles("PUT", _PRIVATE)
def put_private_zone(call: Call) -> Json:
    """Make a private zone with its SOA record."""
    if call.stored is None:
        soa = {**_SOA, "email": "azureprivatedns-host.microsoft.com", "host": "azureprivatedns.net", "minimumTtl": 10}
        _keep(call, "SOA", {"ttl": 3600, "soaRecord": soa})
    return verbs.put(call)


@shows(_ZONE)
def show_zone(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the name servers of a zone, and how many record sets it has."""
    del shown
    return {"properties": {"nameServers": name_servers(resource), "numberOfRecordSets": _records(cloud, resource)}}


@shows(_PRIVATE)
def show_private_zone(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how many record sets and links a private zone has."""
    del shown
    links = cloud.below(resource, f"{_PRIVATE}/virtualNetworkLinks").values()
    registering = [each for each in links if each["body"].get("properties", {}).get("registrationEnabled")]
    return {
        "properties": {
            "internalId": unique(resource, ""),
            "numberOfRecordSets": _records(cloud, resource),
            "numberOfVirtualNetworkLinks": len(links),
            "numberOfVirtualNetworkLinksWithRegistration": len(registering),
        }
    }


def name_servers(zone: ResourceId) -> list[str]:
    """Return the four name servers of a zone ("Delegate a domain", Azure DNS)."""
    number = int(unique(zone, "servers")[:8], 16) % 40 + 1
    domains = ("com", "net", "org", "info")
    return [f"ns{place}-{number:02}.azure-dns.{domain}." for place, domain in enumerate(domains, 1)]


def _records(cloud: Cloud, zone: ResourceId) -> int:
    return sum(each["type"] in RECORDS for each in cloud.below(zone).values())


def _keep(call: Call, record: str, properties: Mapping[str, Any]) -> None:
    resource = call.id.below(record, "@")
    kept = {"id": resource.path, "type": f"{call.kind.type}/{record}", "body": {"properties": properties}}
    call.cloud.resources.put(resource.key, {**kept, "etag": "", "created": "", "changed": ""})
