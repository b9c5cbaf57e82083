"""Availability of names in all of Azure, quotas of a region, and what it offers."""

import re
from collections.abc import Mapping

from assembly.values import Json
from local.azure.arm.calls import Cloud
from local.azure.arm.ids import ResourceId
from local.azure.arm.services import postgresql, registries, storage, vaults
from local.proxy.api import Request

_NAME = re.compile(r"/subscriptions/[^/]+/providers/([\w.]+)/checkNameAvailability", re.IGNORECASE)
_DELETED = re.compile(r"/subscriptions/[^/]+/providers/Microsoft\.OperationalInsights/deletedWorkspaces", re.IGNORECASE)
_USAGES = re.compile(r"(/subscriptions/[^/]+)/providers/Microsoft\.Network/locations/(\w+)/usages", re.IGNORECASE)
_CAPABILITIES = re.compile(
    r"/subscriptions/[^/]+/providers/Microsoft\.DBforPostgreSQL/locations/(\w+)/capabilities", re.IGNORECASE
)
_WORDS = {
    postgresql.SERVER.lower(): "server",
    storage.ACCOUNT.lower(): "storage account",
    vaults.KIND.lower(): "vault",
    registries.KIND.lower(): "registry",
}
# Names of "Usages - List", Azure Virtual Network REST API, and limits of "Azure subscription and service limits":
# networking limits, of a new subscription.
QUOTAS: Mapping[str, tuple[str, int]] = {
    "NatGateways": ("Microsoft.Network/natGateways", 1000),
    "NetworkSecurityGroups": ("Microsoft.Network/networkSecurityGroups", 5000),
    "PrivateEndpoints": ("Microsoft.Network/privateEndpoints", 65536),
    "PublicIPAddresses": ("Microsoft.Network/publicIPAddresses", 1000),
    "StandardSkuPublicIpAddresses": ("Microsoft.Network/publicIPAddresses", 20),
    "StaticPublicIPAddresses": ("Microsoft.Network/publicIPAddresses", 20),
    "VirtualNetworks": ("Microsoft.Network/virtualNetworks", 1000),
}


def answer(cloud: Cloud, request: Request, resource: ResourceId) -> Json | None:
    """Answer a request about a name, or about a region; None where it is about another thing."""
    if request.method == "POST" and _NAME.fullmatch(resource.path):
        return _availability(cloud, str((request.json() or {}).get("name", "")), str(request.json().get("type", "")))
    if request.method == "GET" and _DELETED.fullmatch(resource.path):
        # None is kept here: a workspace that is made again is a new one.
        return {"value": []}
    if request.method == "GET" and (match := _CAPABILITIES.fullmatch(resource.path)):
        return {"value": [postgresql.capabilities(cloud, match[1])]}
    if request.method == "GET" and (match := _USAGES.fullmatch(resource.path)):
        return {"value": [_usage(cloud, ResourceId(match[1]), match[2], name) for name in QUOTAS]}
    return None


def _availability(cloud: Cloud, name: str, kind: str) -> Json:
    """Return whether a name is free ("Check Name Availability" of Storage Accounts, Vaults and Registries)."""
    taken = any(ResourceId(each["id"]).name.lower() == name.lower() for each in cloud.of_kind(kind).values())
    if kind.lower() == vaults.KIND.lower():
        taken = taken or vaults.find_deleted(cloud, name) is not None
    if not taken:
        return {"nameAvailable": True}
    word = _WORDS.get(kind.lower(), "resource")
    return {"nameAvailable": False, "reason": "AlreadyExists", "message": f"The {word} named {name} is already taken."}


def _usage(cloud: Cloud, subscription: ResourceId, location: str, name: str) -> Json:
    kind, limit = QUOTAS[name]
    found = cloud.below(subscription, kind).values()
    return {
        "id": f"{subscription}/providers/Microsoft.Network/locations/{location}/usages/{name}",
        "unit": "Count",
        "name": {"value": name, "localizedValue": name},
        "currentValue": sum(each["body"].get("location") == location for each in found),
        "limit": limit,
    }
