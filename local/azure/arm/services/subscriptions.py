"""Microsoft.Resources: subscriptions, the registration of providers, and lists of all resources in a scope.

Every subscription is there: a person makes one outside of Resource Manager.
"""

import re
from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm.calls import Cloud
from local.azure.arm.data import kinds
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import view
from local.azure.switches import SWITCHES
from local.proxy.api import Request

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PROVIDERS = re.compile(r"/subscriptions/([^/]+)/providers(?:/([\w.]+)(?:/(register|unregister))?)?", re.IGNORECASE)
_RESOURCES = re.compile(r"(/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?)/resources", re.IGNORECASE)
_CONDITION = re.compile(r"(\w+) eq '([^']*)'")
_SUBSCRIPTION_PARTS = 2
# "Azure resource providers and types": registered for every subscription, and cannot be otherwise.
ALWAYS = frozenset({"microsoft.authorization", "microsoft.resources"})
REGISTERED = "registered providers"


def require(cloud: Cloud, resource: ResourceId) -> None:
    """Refuse what is no subscription, and remember one that is.

    Raises:
        Refusal: its id has not the form of one.
    """
    if not _UUID.fullmatch(resource.subscription):
        message = f"The provided subscription identifier '{resource.subscription}' is malformed or invalid."
        raise Refusal(400, "InvalidSubscriptionId", message)
    known = cloud.documents("subscriptions")
    if known.get(resource.subscription.lower()) is None:
        known.put(resource.subscription.lower(), {"state": "Enabled"})


def answer(cloud: Cloud, request: Request, resource: ResourceId) -> Json | None:
    """Answer a request about subscriptions, providers or all resources; None where it is about another thing."""
    path = resource.path
    if path.lower() in {"/subscriptions", "/tenants"}:
        known = cloud.documents("subscriptions").list()
        tenants = [{"id": f"/tenants/{cloud.tenant}", "tenantId": cloud.tenant, "tenantCategory": "Home"}]
        return {"value": tenants if "tenants" in path.lower() else [_subscription(cloud, each) for each in known]}
    if resource.subscription and len(resource.segments) == _SUBSCRIPTION_PARTS:
        return _subscription(cloud, resource.subscription)
    if path.lower().endswith("/locations") and len(resource.segments) == _SUBSCRIPTION_PARTS + 1:
        return {"value": [_location(cloud, resource.subscription_id, *each) for each in LOCATIONS.items()]}
    if match := _PROVIDERS.fullmatch(path):
        return _provider(cloud, *match.groups())
    if path.lower().endswith("/resourcegroups") and len(resource.segments) == _SUBSCRIPTION_PARTS + 1:
        groups = cloud.below(resource.subscription_id, "Microsoft.Resources/resourceGroups")
        return {"value": [view(cloud, each) for each in groups.values()]}
    if match := _RESOURCES.fullmatch(path):
        return {"value": [_brief(view(cloud, each)) for each in _filtered(cloud, ResourceId(match[1]), request)]}
    return None


# "Azure regions list"; the two of this deployment, and their pairs.
LOCATIONS: Mapping[str, str] = {
    "eastus": "East US",
    "westus": "West US",
    "westus2": "West US 2",
    "westcentralus": "West Central US",
}


def _location(cloud: Cloud, subscription: ResourceId, name: str, shown: str) -> Json:
    """Return a region with the zones that the subscription may use ("Subscriptions - List Locations")."""
    location = {"id": f"{subscription}/locations/{name}", "name": name, "displayName": shown, "type": "Region"}
    zones = zones_of(cloud, name)
    mappings = [{"logicalZone": zone, "physicalZone": f"{name}-az{zone}"} for zone in zones]
    return {**location, "availabilityZoneMappings": mappings} if mappings else location


def zones_of(cloud: Cloud, location: str) -> list[str]:
    """Return the zones of a region that the subscription may use."""
    # "Azure regions list": West US and West Central US have none.
    if location not in {"eastus", "westus2"}:
        return []
    value = SWITCHES.value(cloud.store, f"zones.{location}")
    return [] if value == "none" else value.split(",")


def is_registered(cloud: Cloud, subscription: str, namespace: str) -> bool:
    """Return whether a provider is registered in a subscription."""
    if namespace.lower() in ALWAYS:
        return True
    return cloud.documents(REGISTERED).get(f"{subscription.lower()}/{namespace.lower()}") is not None


def _subscription(cloud: Cloud, subscription: str) -> Json:
    return {
        "id": f"/subscriptions/{subscription}",
        "subscriptionId": subscription,
        "tenantId": cloud.tenant,
        "displayName": "embedded",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
    }


def _provider(cloud: Cloud, subscription: str, namespace: str | None, action: str | None) -> Json:
    if namespace is None:
        known = sorted({*_NAMESPACES, *(kind.namespace for kind in kinds().values())})
        return {"value": [_described(cloud, subscription, each) for each in known]}
    known_as = next((each for each in _NAMESPACES if each.lower() == namespace.lower()), namespace)
    key = f"{subscription.lower()}/{namespace.lower()}"
    if action and action.lower() == "register":
        cloud.documents(REGISTERED).put(key, {"at": cloud.now()})
    elif action:
        cloud.documents(REGISTERED).delete(key)
    return _described(cloud, subscription, known_as)


def _described(cloud: Cloud, subscription: str, namespace: str) -> Json:
    own = [kind for kind in kinds().values() if kind.namespace.lower() == namespace.lower()]
    return {
        "id": f"/subscriptions/{subscription}/providers/{namespace}",
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": "Registered" if is_registered(cloud, subscription, namespace) else "NotRegistered",
        "resourceTypes": [
            {"resourceType": kind.type.partition("/")[2], "locations": list(LOCATIONS.values()), "apiVersions": []}
            for kind in own
        ],
    }


def _filtered(cloud: Cloud, scope: ResourceId, request: Request) -> list[Json]:
    """Return the tracked resources of a scope that a filter takes ("Resources - List")."""
    wanted = dict(_CONDITION.findall(request.query.get("$filter", "")))
    kind, name = wanted.get("resourceType", ""), wanted.get("name", "").lower()
    return [
        stored
        for stored in cloud.below(scope, kind).values()
        if kinds()[stored["type"].lower()].located and stored["type"].lower() != "microsoft.resources/resourcegroups"
        if not name or ResourceId(stored["id"]).name.lower() == name
    ]


def _brief(shown: Mapping[str, Any]) -> Json:
    return {key: shown[key] for key in ("id", "name", "type", "location", "tags", "identity") if key in shown}


# Namespaces that deployments of this repository register ("Azure resource providers and types").
_NAMESPACES = (
    "Microsoft.AlertsManagement",
    "Microsoft.Authorization",
    "Microsoft.Cache",
    "Microsoft.Cdn",
    "Microsoft.Compute",
    "Microsoft.Consumption",
    "Microsoft.ContainerRegistry",
    "Microsoft.ContainerService",
    "Microsoft.CostManagement",
    "Microsoft.DBforPostgreSQL",
    "Microsoft.DataProtection",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.Logic",
    "Microsoft.ManagedIdentity",
    "Microsoft.Monitor",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.PolicyInsights",
    "Microsoft.Resources",
    "Microsoft.Security",
    "Microsoft.Storage",
)
