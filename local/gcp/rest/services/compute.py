"""Compute Engine: references, addresses, and what else it computes."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest import forms, operations
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.resources import Resource, computes, read, rewrites
from local.gcp.rest.services.quotas import quotas
from local.gcp.rest.verbs import answer_change

_LINK = "https://www.googleapis.com/compute/v1/"
# A reference, whole or without its beginning; the API answers the whole one.
_REFERENCE = re.compile(
    r"(?:https://(?:www|compute)\.googleapis\.com/compute/(?:v1|beta)/)?"
    r"(projects/[^/ ]+/(?:global|regions/[^/ ]+|zones/[^/ ]+)/[A-Za-z]+/[^/ ]+)"
)
_WITH_REFERENCES = (
    "backendBuckets",
    "backendServices",
    "firewalls",
    "globalAddresses",
    "globalForwardingRules",
    "networks",
    "subnetworks",
    "targetHttpProxies",
    "targetHttpsProxies",
    "urlMaps",
)
# Of documentation (RFC 5737): no machine has such an address.
_EXTERNAL = ipaddress.ip_network("203.0.113.0/24")


@rewrites(*(f"compute.{kind}" for kind in _WITH_REFERENCES))
def write_references(resource: dict[str, Any]) -> dict[str, Any]:
    """Write each reference as the API does: as the whole URL."""
    return {key: _references(value) for key, value in resource.items()}


def _references(value: Any) -> Any:
    if isinstance(value, str):
        found = _REFERENCE.fullmatch(value)
        return f"{_LINK}{found[1]}" if found else value
    if isinstance(value, Mapping):
        return {key: _references(below) for key, below in value.items()}
    return [_references(below) for below in value] if isinstance(value, list) else value


@computes("compute.subnetworks")
def subnetwork(resource: Resource) -> Mapping[str, Any]:
    """The gateway is the first address of the range."""
    gateway = ipaddress.ip_network(resource.body["ipCidrRange"])[1]
    return {
        "gatewayAddress": str(gateway),
        "region": f"{_LINK}projects/{resource.place.project}/regions/{resource.place.location}",
    }


@computes("compute.globalAddresses")
def address(resource: Resource) -> Mapping[str, Any]:
    """An address that was not asked for is allocated."""
    if "address" in resource.body:
        return {}
    return {"address": resource.outputs.get("address") or _allocate(resource)}


@computes("compute.globalForwardingRules")
def forwarding_rule(resource: Resource) -> Mapping[str, Any]:
    """A rule answers with the address itself where it was sent a reference to one."""
    given = resource.body.get("IPAddress", "")
    if found := _REFERENCE.fullmatch(given):
        known = resource.place.cloud.documents("compute").get(found[1])
        if known:
            return {"IPAddress": known["body"].get("address") or known["outputs"]["address"]}
    return {} if given else {"IPAddress": resource.outputs.get("IPAddress") or _allocate(resource)}


def _allocate(resource: Resource) -> str:
    digits = int(resource.place.digits)
    if resource.body.get("ipVersion") == "IPV6":
        return str(ipaddress.ip_network("2001:db8::/32")[digits])
    if resource.body.get("addressType") == "INTERNAL":
        # A range of private service access lies where no subnetwork is.
        return f"10.{200 + digits % 50}.0.0"
    return str(_EXTERNAL[1 + digits % 250])


@handles("compute.v1:projects.get")
def get_project(call: Call) -> Json:
    """Answer what Compute Engine knows of a project.

    Raises:
        Refusal: there is no such project.
    """
    if call.cloud.documents("cloudresourcemanager").get(call.name) is None:
        raise forms.absent(call)
    place = Place(call.name, call.cloud)
    return {
        "defaultNetworkTier": "PREMIUM",
        "id": place.number,
        "kind": "compute#project",
        "name": place.project,
        "quotas": quotas(call, "project"),
        "selfLink": f"{_LINK}{call.name}",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
    }


@handles("compute.v1:regions.get")
def get_region(call: Call) -> Json:
    """Answer a region."""
    short = Place(call.name, call.cloud).short
    zones = [f"{_LINK}{call.name.partition('/regions/')[0]}/zones/{short}-{letter}" for letter in "abc"]
    return {
        "kind": "compute#region",
        "name": short,
        "quotas": quotas(call, "region"),
        "selfLink": f"{_LINK}{call.name}",
        "status": "UP",
        "zones": zones,
    }


@handles("compute.v1:instances.aggregatedList")
def list_instances(call: Call) -> Json:
    """Answer that no zone has a virtual machine: no stack makes one."""
    return {"id": f"{call.name}/aggregated/instances", "items": {}, "kind": "compute#instanceAggregatedList"}


@handles("compute.v1:backendServices.getHealth")
def get_health(call: Call) -> Json:
    """Answer that nothing is known of the health of a backend: the embedded cloud runs none."""
    read(call)
    return {"kind": "compute#backendServiceGroupHealth"}


@handles("compute.v1:urlMaps.invalidateCache")
def invalidate_cache(call: Call) -> Json:
    """Accept that a cache is emptied: the embedded cloud has none."""
    return answer_change(call, read(call))


@handles("compute.v1:globalOperations.wait", "compute.v1:regionOperations.wait")
def wait(call: Call) -> Json:
    """Answer an operation at once."""
    return operations.poll(call)
