"""ElastiCache replication groups as they are deployed: what the API answers, and the AUTH tokens it was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.body.deployed import Deployed, Place


@dataclass(frozen=True, kw_only=True)
class ReplicationGroup:
    """A replication group without shards.

    Attributes:
        place: its account and region.
        identifier: of the group.
        arn: of the group.
        engine: ``redis`` or ``valkey``.
        version: of the engine.
        host: of its primary endpoint.
        reader_host: of its reader endpoint.
        port: of both.
        tokens: AUTH tokens that it accepts; two while one replaces the other.
        parameters: that its parameter group sets, by name.
        nodes: number of its nodes, the primary among them.
        tls: it accepts no connection without TLS.
        fails_over: a replica takes over when the primary dies.
    """

    place: Place
    identifier: str
    arn: str
    engine: str
    version: str
    host: str
    reader_host: str
    port: int
    tokens: Sequence[str] = field(repr=False)
    parameters: Mapping[str, str]
    nodes: int
    tls: bool
    fails_over: bool


def read_replication_groups(deployed: Deployed, place: Place) -> Sequence[ReplicationGroup]:
    """Return the replication groups of a place, in the order of their identifiers."""
    elasticache = deployed.client("elasticache", place)
    found = elasticache.describe_replication_groups()["ReplicationGroups"]
    if not found:
        return []
    given = deployed.cloud.control("passwords", {"Account": place.account, "Region": place.region})["caches"]
    clusters = {each["CacheClusterId"]: each for each in elasticache.describe_cache_clusters()["CacheClusters"]}
    return [
        _group(elasticache, place, each, clusters[each["MemberClusters"][0]], given.get(each["ReplicationGroupId"], []))
        for each in sorted(found, key=lambda each: str(each["ReplicationGroupId"]))
        if each["Status"] == "available" and each["MemberClusters"] and each["MemberClusters"][0] in clusters
    ]


def _group(
    elasticache: Any, place: Place, found: Mapping[str, Any], node: Mapping[str, Any], tokens: Sequence[str]
) -> ReplicationGroup:
    shard = found["NodeGroups"][0]
    mode = found.get("TransitEncryptionMode", "required")
    return ReplicationGroup(
        place=place,
        identifier=found["ReplicationGroupId"],
        arn=found["ARN"],
        engine=node["Engine"],
        version=node["EngineVersion"],
        host=shard["PrimaryEndpoint"]["Address"],
        reader_host=shard["ReaderEndpoint"]["Address"],
        port=shard["PrimaryEndpoint"]["Port"],
        tokens=tokens,
        parameters=_parameters(elasticache, node),
        nodes=len(found["MemberClusters"]),
        tls=bool(found.get("TransitEncryptionEnabled")) and mode == "required",
        fails_over=found.get("AutomaticFailover") == "enabled",
    )


def _parameters(elasticache: Any, node: Mapping[str, Any]) -> Mapping[str, str]:
    group = node.get("CacheParameterGroup", {}).get("CacheParameterGroupName")
    if not group:
        return {}
    pages = elasticache.get_paginator("describe_cache_parameters").paginate(CacheParameterGroupName=group)
    return {
        each["ParameterName"]: each["ParameterValue"]
        for page in pages
        for each in page["Parameters"]
        if each.get("Source") == "user" and "ParameterValue" in each
    }
