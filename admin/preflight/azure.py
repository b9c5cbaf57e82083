"""Preflight of Azure: what only the subscriptions of an environment know."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import yaml

from admin.azure.api import READING, Api
from admin.azure.connection import Connection, environment_account, tenant
from admin.azure.connection import connect as connect_to
from admin.bootstrap import azure as bootstrap
from admin.bootstrap.azure import BLOB_OWNER, REGISTERED, VAULT_ADMINISTRATOR, State, Subscription, can_list, covers
from admin.errors import AbsentError, PreflightError, WrongAccountError
from admin.preflight.domains import Resolve, compare, name_servers, plain
from admin.preflight.model import Answer, Check, fine, missing, translated, unknown
from assembly import Assembly, Resource, Stack
from assembly.values import Json

__all__ = ["account_of", "api_of", "checks", "connect", "needs_of"]

_ACTIONS: Mapping[str, Json] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_REFERENCE = re.compile(r"\$\{([\w.]+)\.name\}")
_SHARED = "shared"
_SERVER = "azurerm_postgresql_flexible_server"
# Quotas of a region by the type that counts, and its type in Resource Manager: names of "Usages - List", Azure Virtual
# Network REST API, and of `az network list-usages`.
_ADDRESS = ("azurerm_public_ip", "Microsoft.Network/publicIPAddresses")
QUOTAS = {
    "NatGateways": ("azurerm_nat_gateway", "Microsoft.Network/natGateways"),
    "NetworkSecurityGroups": ("azurerm_network_security_group", "Microsoft.Network/networkSecurityGroups"),
    "PrivateEndpoints": ("azurerm_private_endpoint", "Microsoft.Network/privateEndpoints"),
    "PublicIPAddresses": _ADDRESS,
    "StandardSkuPublicIpAddresses": _ADDRESS,
    "StaticPublicIPAddresses": _ADDRESS,
    "VirtualNetworks": ("azurerm_virtual_network", "Microsoft.Network/virtualNetworks"),
}
account_of = environment_account


@dataclass(frozen=True)
class Needs:
    """Stacks that a deploy of an environment makes, and what they need.

    Attributes:
        environment: as in ``environments/``.
        stacks: the one that all environments share, and the environment's.
        subscriptions: of the stacks, with what the bootstrap prepares there.
        state: of all stacks.
        tenant: that ``environments/`` names.
    """

    environment: str
    stacks: Sequence[Stack]
    subscriptions: Sequence[Subscription]
    state: State
    tenant: str

    def resources(self, *kinds: str) -> Iterator[tuple[Stack, Resource]]:
        """Yield the resources of some types with their stacks."""
        for stack in self.stacks:
            yield from ((stack, each) for each in stack.resources.values() if each.type in kinds)


def connect(environment: str, subscription: str | None) -> Connection:
    """Return Azure, for the subscription of an environment; the embedded one where none was typed.

    Raises:
        WrongAccountError: the environment is unknown or lives elsewhere, its subscription is an example, or the
            credentials are of another tenant.
        ApiError: there are no credentials, or the embedded Azure does not run.
    """
    expected = environment_account(environment)
    if subscription not in (None, expected):
        raise WrongAccountError(
            f"SUBSCRIPTION={subscription}: environments/{environment}.yaml names the subscription {expected}. Nobody"
            " was asked."
        )
    return connect_to(subscription, expected)


def api_of(connection: Connection) -> Api:
    """Return the APIs, which are asked and never change anything."""
    return Api(connection.send, READING, embedded=connection.embedded, principal=connection.caller().id)


def needs_of(assembly: Assembly, environment: str) -> Needs:
    """Return the needs of an environment.

    Raises:
        PreflightError: the application has no such stack.
    """
    stacks = [stack for stack in assembly.stacks.values() if stack.environment in (_SHARED, environment)]
    stacks.sort(key=lambda stack: stack.environment != _SHARED)
    if [stack.environment for stack in stacks] != [_SHARED, environment]:
        raise PreflightError(f"ENV={environment}: the application has no stack of it on Azure.")
    before = bootstrap.read(assembly)
    own = {stack.account for stack in stacks}
    return Needs(
        environment=environment,
        stacks=stacks,
        subscriptions=[each for each in before.subscriptions if each.id in own],
        state=before.state,
        tenant=tenant(),
    )


def checks(needs: Needs, api: Api, resolve: Resolve = name_servers) -> Iterator[Check]:
    """Yield all checks of a deploy, in the order in which a person clears them."""
    groups = (_subscriptions, _rights, _bootstrap, _names, _quotas, _zones, _databases)
    for check in [*(each for group in groups for each in group(needs, api)), *_delegation(needs, api, resolve)]:
        yield translated(check)


def _subscriptions(needs: Needs, api: Api) -> Iterator[Check]:
    for subscription in needs.subscriptions:
        yield Check("subscription", subscription.id, partial(_subscription, needs, api, subscription))


def _subscription(needs: Needs, api: Api, subscription: Subscription) -> Answer:
    try:
        found = api.call("Subscriptions_Get", subscription=subscription.id)
    except AbsentError:
        return missing(
            "does not exist, or you have no role in it",
            "An owner there gives you a role, or another id in environments/",
        )
    # The embedded cloud has the tenant that was logged in to, as no tenant has the id of an example.
    if found["tenantId"] != needs.tenant and not api.embedded:
        return missing(f"is of the tenant {found['tenantId']}, and environments/policy.yaml names {needs.tenant}")
    if found["state"] != "Enabled":
        return missing(f"is {found['state']}", "Portal, Subscriptions: who pays enables it again")
    return fine(f"{found['displayName']}, of the tenant {found['tenantId']}")


def _rights(needs: Needs, api: Api) -> Iterator[Check]:
    for subscription in needs.subscriptions:
        kinds = {
            each.type for stack in needs.stacks if stack.account == subscription.id for each in stack.resources.values()
        }
        for part, role in (("actions", "Contributor"), ("data_actions", VAULT_ADMINISTRATOR)):
            wanted = sorted({action for kind in kinds for action in _ACTIONS.get(kind, {}).get(part, ())})
            what = "Resources" if part == "actions" else "Keys and secrets"
            if wanted:
                yield Check(
                    "rights", f"{what}, {subscription.id}", partial(_right, api, subscription.scope, part, wanted, role)
                )


def _right(api: Api, scope: str, part: str, wanted: Sequence[str], role: str) -> Answer:
    permissions = _permissions(api, scope)
    absent = [action for action in wanted if not any(_allows(each, action, part) for each in permissions)]
    if not absent:
        return fine(f"your roles allow all {len(wanted)} actions")
    # Locks and role assignments are what a Contributor may not make ("Azure built-in roles", General and Privileged).
    grant = f"An owner there: az role assignment create --assignee {api.principal} --scope {scope}"
    access = "User Access Administrator"
    roles = {access if action.startswith("Microsoft.Authorization/") else role for action in absent}
    steps = [f'{grant} --role "{each}"' for each in sorted(roles)]
    return missing(f"no role of yours allows {', '.join(absent)}", *steps)


def _permissions(api: Api, scope: str) -> list[Json]:
    """Return the permissions of the roles that the caller has on a scope; those with a condition are others."""
    held = api.pages("RoleAssignments_ListForScope", scope=scope, principal=api.principal)
    definitions = {
        str(each["properties"]["roleDefinitionId"])
        for each in held
        if covers(each["properties"]["scope"], scope) and not each["properties"].get("condition")
    }
    found = [api.call("RoleDefinitions_GetById", id=name) for name in sorted(definitions)]
    return [permission for definition in found for permission in definition["properties"]["permissions"]]


def _allows(permission: Json, action: str, part: str) -> bool:
    without = "notActions" if part == "actions" else "notDataActions"
    with_ = "actions" if part == "actions" else "dataActions"
    return _any(permission.get(with_, ()), action) and not _any(permission.get(without, ()), action)


def _any(patterns: Sequence[str], action: str) -> bool:
    return any(_pattern(each).fullmatch(action) for each in patterns)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of an action, in which ``*`` is any text ("Understand Azure role definitions")."""
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.IGNORECASE)


def _bootstrap(needs: Needs, api: Api) -> Iterator[Check]:
    step = "make bootstrap CLOUD=azure"
    for subscription in needs.subscriptions:
        named = step if api.embedded else f"{step} SUBSCRIPTION={subscription.id}"
        yield Check(
            "bootstrap", f"Resource providers, {subscription.id}", partial(_providers, api, subscription, named)
        )
    step = step if api.embedded else f"{step} SUBSCRIPTION={needs.state.subscription}"
    yield Check("bootstrap", f"State, {needs.state.account_name}", partial(_state, api, needs.state, step))
    yield Check("bootstrap", f"Role on the state, {needs.state.container_name}", partial(_role, api, needs.state, step))


def _providers(api: Api, subscription: Subscription, step: str) -> Answer:
    states = {
        name: api.call("Providers_Get", subscription=subscription.id, namespace=name)["registrationState"]
        for name in subscription.providers
    }
    absent = [f"{name} is {state}" for name, state in states.items() if state != REGISTERED]
    return missing(", ".join(absent), step) if absent else fine(f"all {len(states)} are registered")


def _state(api: Api, state: State, step: str) -> Answer:
    found = api.find("StorageAccounts_GetProperties", id=state.account)
    if found is None:
        return missing("its storage account does not exist", step)
    service = api.find("BlobServices_GetServiceProperties", account=state.account) or {}
    if not service.get("properties", {}).get("isVersioningEnabled"):
        return missing("its storage account keeps no versions", step)
    if api.find("BlobContainers_Get", id=state.container) is None:
        return missing("its container does not exist", step)
    return fine(f"in {found['location']}, with versions")


def _role(api: Api, state: State, step: str) -> Answer:
    if api.find("StorageAccounts_GetProperties", id=state.account) is None:
        return missing("its storage account does not exist", step)
    if can_list(api, state):
        return fine("you may read and lock it")
    return missing(f"you have not the role {BLOB_OWNER}, or it does not count yet", step)


def _names(needs: Needs, api: Api) -> Iterator[Check]:
    for stack, vault in needs.resources("azurerm_key_vault"):
        yield Check("names", f"Vault {vault.properties['name']}", partial(_vault, needs, api, stack, vault))
    for stack, account in needs.resources("azurerm_storage_account"):
        yield Check("names", f"Storage account {account.properties['name']}", partial(_account, api, stack, account))
    for stack, registry in needs.resources("azurerm_container_registry"):
        yield Check("names", f"Registry {registry.properties['name']}", partial(_registry, api, stack, registry))
    for stack, server in needs.resources(_SERVER):
        yield Check("names", f"Database {server.properties['name']}", partial(_server, needs, api, stack, server))


def _vault(needs: Needs, api: Api, stack: Stack, vault: Resource) -> Answer:
    name = vault.properties["name"]
    if api.find("Vaults_Get", id=_id(stack, vault, "Microsoft.KeyVault/vaults")):
        return fine("exists in its resource group")
    file = "policy" if stack.environment == "shared" else needs.environment
    another = f"environments/{file}.yaml: account.azure.vault_generation one higher, which gives another name"
    location = vault.properties["location"]
    deleted = api.find("Vaults_GetDeleted", subscription=stack.account, location=location, name=name)
    if deleted:
        # A deploy would recover it with its keys and secrets, and then refuse to make those a second time.
        kept = deleted["properties"]
        protected = ", and purge protection keeps it until then" if kept.get("purgeProtectionEnabled") else ""
        return missing(f"was deleted, and is taken until {kept['scheduledPurgeDate']}{protected}", another)
    body = {"name": name, "type": "Microsoft.KeyVault/vaults"}
    return _available(api.call("Vaults_CheckNameAvailability", body, subscription=stack.account), another)


def _account(api: Api, stack: Stack, account: Resource) -> Answer:
    if api.find("StorageAccounts_GetProperties", id=_id(stack, account, "Microsoft.Storage/storageAccounts")):
        return fine("exists in its resource group")
    body = {"name": account.properties["name"], "type": "Microsoft.Storage/storageAccounts"}
    found = api.call("StorageAccounts_CheckNameAvailability", body, subscription=stack.account)
    return _available(found, "It follows from the subscription's id: delete the account where it is yours")


def _registry(api: Api, stack: Stack, registry: Resource) -> Answer:
    kind = "Microsoft.ContainerRegistry/registries"
    if api.find("Registries_Get", id=_id(stack, registry, kind)):
        return fine("exists in its resource group")
    body = {"name": registry.properties["name"], "type": kind}
    found = api.call("Registries_CheckNameAvailability", body, subscription=stack.account)
    return _available(found, "It follows from the subscription's id: delete the registry where it is yours")


def _server(needs: Needs, api: Api, stack: Stack, server: Resource) -> Answer:
    kind = "Microsoft.DBforPostgreSQL/flexibleServers"
    if api.find("Servers_Get", id=_id(stack, server, kind)):
        return fine("exists in its resource group")
    another = f"environments/{needs.environment}.yaml: account.azure.database_generation one higher"
    body = {"name": server.properties["name"], "type": kind}
    return _available(api.call("Servers_CheckNameAvailability", body, subscription=stack.account), another)


def _available(found: Json, step: str) -> Answer:
    if found["nameAvailable"]:
        return fine("free")
    return missing(f"taken: {found.get('message') or found.get('reason')}", step)


def _id(stack: Stack, resource: Resource, kind: str) -> str:
    group = str(resource.properties["resource_group_name"])
    if match := _REFERENCE.fullmatch(group):
        group = str(stack.resources[match[1]].properties["name"])
    return f"/subscriptions/{stack.account}/resourceGroups/{group}/providers/{kind}/{resource.properties['name']}"


def _quotas(needs: Needs, api: Api) -> Iterator[Check]:
    for quota, (kind, _) in QUOTAS.items():
        places: dict[tuple[str, str], list[str]] = defaultdict(list)
        for stack, resource in needs.resources(kind):
            places[stack.account, resource.properties["location"]].append(resource.properties["name"])
        for place, names in places.items():
            yield Check("quotas", f"{quota}, {place[1]}", partial(_quota, api, quota, place, names))


def _quota(api: Api, quota: str, place: tuple[str, str], names: Sequence[str]) -> Answer:
    subscription, location = place
    existing = {
        str(each["name"]).lower()
        for each in api.pages("Resources_List", subscription=subscription, type=QUOTAS[quota][1])
        if each["location"] == location
    }
    added = sum(name.lower() not in existing for name in names)
    usages = api.pages("Usages_List", subscription=subscription, location=location)
    found = next((each for each in usages if each["name"]["value"] == quota), None)
    if found is None:
        raise PreflightError(f"no quota {quota} is named in {location}")
    text = f"{found['currentValue']} in use, {added} to add, {found['limit']} allowed"
    if added == 0 or found["currentValue"] + added <= found["limit"]:
        return fine(text)
    return missing(text, f"Portal, Quotas, Networking, {location}: {quota} of at least {found['currentValue'] + added}")


def _zones(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield a check for each region whose zones the stacks name, or over whose zones they replicate."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for stack in needs.stacks:
        for resource in stack.resources.values():
            body = resource.properties
            if "location" in body and (body.get("zones") or body.get("account_replication_type") in {"ZRS", "GZRS"}):
                wanted[stack.account, body["location"]] |= set(body.get("zones") or ())
    for (subscription, location), zones in wanted.items():
        yield Check("zones", f"{location}, {subscription}", partial(_zone, api, subscription, location, sorted(zones)))


def _zone(api: Api, subscription: str, location: str, zones: Sequence[str]) -> Answer:
    found = api.pages("Subscriptions_ListLocations", subscription=subscription)
    region = next((each for each in found if each["name"] == location), None)
    if region is None:
        return missing("the subscription cannot use the region", "Portal, Help + support: access to the region")
    there = sorted(each["logicalZone"] for each in region.get("availabilityZoneMappings") or ())
    absent = [zone for zone in zones if zone not in there]
    if absent or not there:
        step = "Portal, Help + support, Service and subscription limits: access to the region's zones; it takes days"
        return missing(f"has the zones {', '.join(there) or 'none'}, and not {', '.join(absent) or 'any'}", step)
    return fine(f"has the zones {', '.join(there)}")


def _databases(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield a check for each server of PostgreSQL: its region offers its size, and takes such a standby."""
    for stack, server in needs.resources(_SERVER):
        subject = f"{server.properties['location']}, {server.path.partition('/')[0]}"
        yield Check("databases", subject, partial(_offered, needs, api, stack, server))


def _offered(needs: Needs, api: Api, stack: Stack, server: Resource) -> Answer:
    location, size = server.properties["location"], server.properties["sku_name"].partition("_")[2]
    standby = server.properties.get("high_availability", {}).get("mode")
    found = {
        each["name"]: each.get("supportedHaMode") or []
        for capability in api.pages("CapabilitiesByLocation_List", subscription=stack.account, location=location)
        for edition in capability.get("supportedServerEditions") or ()
        for each in edition.get("supportedServerSkus") or ()
    }
    if size not in found:
        step = "environments/policy.yaml: regions.azure.sku_generation, or Portal, Help + support: access to the size"
        return missing(f"the subscription has no {size} there", step)
    if standby and standby not in found[size]:
        return missing(
            f"{size} has no standby of the kind {standby} there",
            f"environments/{needs.environment}.yaml: database.azure_standby: SameZone",
        )
    return fine(f"has {size}" + (f" with {standby}" if standby else ""))


def _delegation(needs: Needs, api: Api, resolve: Resolve) -> Iterator[Check]:
    for stack, zone in needs.resources("azurerm_dns_zone"):
        domain = plain(zone.properties["name"])
        yield Check("delegation", domain, partial(_delegated, api, stack, zone, domain, resolve))


def _delegated(api: Api, stack: Stack, zone: Resource, domain: str, resolve: Resolve) -> Answer:
    found = api.find("Zones_Get", id=_id(stack, zone, "Microsoft.Network/dnsZones"))
    if found is None:
        return missing(
            f"{stack.name} has not created the zone",
            f"cdktf deploy {stack.name}, then delegate {domain} to the name servers that it prints, and run this again",
        )
    if api.embedded:
        return unknown("the internet delegates nothing to the embedded Azure")
    return compare(domain, {plain(str(each)) for each in found["properties"]["nameServers"]}, resolve)
