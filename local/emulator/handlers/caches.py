"""ElastiCache replication groups: endpoints of their own."""

import hashlib

from ministack.core.responses import get_account_id, get_region
from typing_extensions import override

from local.emulator.handlers.base import Native, Resource
from local.emulator.ministack_internals import CACHE_NODES, CACHES
from local.emulator.schemas import Properties

_COMPASS = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}


class Cache(Native):
    """Each group and each node has host names of its own, as with TLS; MiniStack gives all of them one.

    Source: "Finding connection endpoints in ElastiCache", ElastiCache user guide.
    """

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        return _named(super().create(logical_id, properties, stack))

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        return _named(super().update(physical_id, old, new, stack, logical_id))


def _named(resource: Resource) -> Resource:
    group, attributes = resource
    record = CACHES.value[group]
    digest = hashlib.sha256(f"{get_account_id()} {get_region()} {group}".encode()).hexdigest()[:6]
    domain = f"{group}.{digest}.{_short(get_region())}.cache.amazonaws.com"
    for shard in record["NodeGroups"]:
        for endpoint, prefix in (("PrimaryEndpoint", "master"), ("ReaderEndpoint", "replica")):
            shard[endpoint]["Address"] = f"{prefix}.{domain}"
            name = endpoint.replace("Endpoint", "EndPoint")
            attributes = {**attributes, f"{name}.Address": f"{prefix}.{domain}"}
        replicas = []
        for member in shard["NodeGroupMembers"]:
            address = f"{member['CacheClusterId']}.{domain}"
            member["ReadEndpoint"]["Address"] = address
            replicas += [address] if member["CurrentRole"] == "replica" else []
            if node := CACHE_NODES.value.get(member["CacheClusterId"]):
                node["CacheNodes"][0]["Endpoint"]["Address"] = address
                node["_endpoint"] = {**node["_endpoint"], "Address": address}
        read = {"ReadEndPoint.Addresses": ",".join(replicas), "ReadEndPoint.AddressesList": replicas}
        attributes = {**attributes, **read}
    return group, attributes


def _short(region: str) -> str:
    """Return a region as host names of caches have it: ``use1`` for ``us-east-1``."""
    first, *directions, number = region.split("-")
    return first + "".join(_COMPASS.get(each, each[0]) for each in directions) + number
