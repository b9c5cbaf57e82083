"""Each rule of Azure's APIs: what it refuses, and what it lets pass."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from local.azure.arm.data import kinds
from local.azure.refusals import taken_names
from local.azure.refusals.rules import RULES
from local.azure.switches import SWITCHES
from local.proxy import clock
from tests.local.azure.conftest import GROUP, SUBSCRIPTION, Azure, AzureError

DAY = 86400
NET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
SUBNET = f"{NET}/subnets/a"
OTHER = f"{SUBSCRIPTION}/resourceGroups/other"
LOCK = "providers/Microsoft.Authorization/locks/keep"
ZONE = "Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
DELETED = f"{SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/goodies-vault"


def refused(code: str, request: Callable[[], Any]) -> str:
    """Make a request that is refused, and return why."""
    with pytest.raises(AzureError) as raised:
        request()
    assert raised.value.code == code, str(raised.value)
    return str(raised.value)


def endpoint(azure: Azure, subnet: str = SUBNET) -> Any:
    """Make a private endpoint of the vault."""
    connection = {"privateLinkServiceId": azure.vault()["id"], "groupIds": ["vault"]}
    properties = {
        "subnet": {"id": subnet},
        "privateLinkServiceConnections": [{"name": "vault", "properties": connection}],
    }
    return azure.put("Microsoft.Network/privateEndpoints/vault", properties, location="eastus")


def make(azure: Azure, group: str, *, kind: str) -> Any:
    """Make a resource of a kind in a group."""
    return azure.put(f"{group}/providers/{kind}/goodies", location="eastus")


def lock(azure: Azure, scope: str, level: str = "CanNotDelete") -> None:
    """Put a lock on a resource."""
    azure.put(f"{scope}/{LOCK}", {"level": level})


def peer(azure: Azure, space: str) -> Any:
    """Peer the network with another one of some addresses."""
    azure.network()
    other = azure.network("far", space, "westus2")
    path = "Microsoft.Network/virtualNetworks/net/virtualNetworkPeerings/far"
    return azure.put(path, {"remoteVirtualNetwork": {"id": other["id"]}, "allowVirtualNetworkAccess": True})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_each_rule_says_what_azure_does_and_who_says_so(rule: Any) -> None:
    assert rule.text.endswith(".")
    assert len(rule.source) > 10


def test_a_provider_must_be_registered(azure: Azure) -> None:
    azure.call("POST", f"{SUBSCRIPTION}/providers/microsoft.network/unregister")
    assert "Microsoft.Network" in refused("MissingSubscriptionRegistration", azure.network)
    azure.register("Microsoft.Network")
    azure.network()


def test_a_subscription_may_have_all_providers(azure: Azure) -> None:
    azure.call("POST", f"{SUBSCRIPTION}/providers/Microsoft.Network/unregister")
    SWITCHES.turn(azure.store, {"providers": "all registered"})
    azure.network()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda a, g: a.account(group=g), "StorageAccountAlreadyTaken"),
        (lambda a, g: a.vault(group=g), "VaultAlreadyExists"),
        (partial(make, kind="Microsoft.ContainerRegistry/registries"), "AlreadyInUse"),
        (partial(make, kind="Microsoft.DBforPostgreSQL/flexibleServers"), "ServerNameAlreadyExists"),
        (partial(make, kind="Microsoft.Cache/redisEnterprise"), "NameNotAvailable"),
    ],
)
def test_a_name_that_another_group_has_is_taken(azure: Azure, make: Callable[[Azure, str], Any], code: str) -> None:
    azure.register("Microsoft.ContainerRegistry", "Microsoft.DBforPostgreSQL", "Microsoft.Cache")
    make(azure, GROUP)
    make(azure, GROUP)
    azure.put(OTHER, location="eastus")
    assert "name" in refused(code, lambda: make(azure, OTHER))


def test_each_kind_of_a_name_for_all_of_azure_has_words() -> None:
    named = {kind.type for kind in kinds().values() if kind.global_names}
    assert named == {*taken_names._TAKEN, "Microsoft.KeyVault/vaults"}


def test_a_deleted_vault_keeps_its_name_until_it_is_recovered(azure: Azure) -> None:
    azure.vault(softDeleteRetentionInDays=7)
    azure.delete("Microsoft.KeyVault/vaults/goodies-vault")
    refused("ConflictError", azure.vault)
    assert azure.get(DELETED)["properties"]["vaultId"].endswith("goodies-vault")
    assert azure.vault(createMode="recover")["properties"]["softDeleteRetentionInDays"]
    refused("DeletedVaultNotFound", lambda: azure.get(DELETED))


def test_the_name_of_a_deleted_vault_is_free_after_its_retention(azure: Azure) -> None:
    azure.vault(softDeleteRetentionInDays=7)
    azure.delete("Microsoft.KeyVault/vaults/goodies-vault")
    clock.move(azure.store, seconds=8 * DAY)
    azure.vault()


def test_nothing_is_recovered_that_was_not_deleted(azure: Azure) -> None:
    refused("SoftDeletedVaultDoesNotExist", lambda: azure.vault(createMode="recover"))


def test_a_group_that_is_deleted_leaves_its_vaults_deleted(azure: Azure) -> None:
    azure.vault()
    azure.delete(GROUP)
    azure.put(GROUP, location="eastus")
    refused("ConflictError", azure.vault)


@pytest.mark.parametrize("protected", [True, False])
def test_purge_protection_keeps_a_deleted_vault(azure: Azure, protected: bool) -> None:
    properties: Mapping[str, Any] = {"enablePurgeProtection": True} if protected else {}
    azure.vault(**properties)
    azure.delete("Microsoft.KeyVault/vaults/goodies-vault")
    if protected:
        assert "not allowed" in refused("Conflict", lambda: azure.call("POST", f"{DELETED}/purge"))
        refused("ConflictError", azure.vault)
    else:
        azure.call("POST", f"{DELETED}/purge")
        azure.vault()


@pytest.mark.parametrize(
    "change", [{"softDeleteRetentionInDays": 7}, {"enablePurgeProtection": False, "softDeleteRetentionInDays": 90}]
)
def test_retention_and_purge_protection_stay(azure: Azure, change: Mapping[str, Any]) -> None:
    azure.vault(softDeleteRetentionInDays=90, enablePurgeProtection=True)
    refused("BadRequest", lambda: azure.vault(**{"enablePurgeProtection": True, **change}))
    path = "Microsoft.KeyVault/vaults/goodies-vault"
    body = {"properties": change}
    refused("BadRequest", lambda: azure.call("PATCH", f"{GROUP}/providers/{path}", body))


def test_a_resource_stays_in_its_location(azure: Azure) -> None:
    azure.network()
    refused("InvalidResourceLocation", lambda: azure.network(location="West US 2"))
    refused("InvalidResourceGroupLocation", lambda: azure.put(GROUP, location="westus2"))
    azure.network(location="East US")


@pytest.mark.parametrize(
    ("location", "code"), [("", "LocationRequired"), ("mars", "LocationNotAvailableForResourceType")]
)
def test_a_location_is_one_of_azures(azure: Azure, location: str, code: str) -> None:
    refused(code, lambda: azure.network(location=location))


@pytest.mark.parametrize("name", ["Goodies", "go", "a" * 25, "goodies-state"])
def test_the_name_of_an_account_has_a_form(azure: Azure, name: str) -> None:
    refused("AccountNameInvalid", lambda: azure.account(name))


@pytest.mark.parametrize("name", ["1goodies", "go", "a" * 25, "goodies-", "good--ies"])
def test_the_name_of_a_vault_has_a_form(azure: Azure, name: str) -> None:
    refused("VaultNameNotValid", lambda: azure.vault(name))


def test_a_lock_keeps_what_it_stands_on_and_what_that_holds(azure: Azure) -> None:
    azure.network()
    azure.subnet()
    lock(azure, NET)
    for path in (NET, SUBNET, GROUP):
        said = refused("ScopeLocked", partial(azure.delete, path))
        assert f"are locked: '{NET}'" in said
    azure.subnet("b", "10.0.1.0/24")
    azure.delete(f"{NET}/{LOCK}")
    azure.delete(SUBNET)


def test_a_read_only_lock_forbids_changes_and_keys(azure: Azure) -> None:
    account = azure.account()["id"]
    lock(azure, account, "ReadOnly")
    refused("ScopeLocked", azure.account)
    refused("ScopeLocked", lambda: azure.call("POST", f"{account}/listKeys"))
    azure.get(account)


def test_a_subnet_with_an_endpoint_is_not_deleted_by_whatever_way(azure: Azure) -> None:
    azure.network()
    azure.subnet()
    endpoint(azure)
    assert "privateEndpoints/vault" in refused("InUseSubnetCannotBeDeleted", lambda: azure.delete(SUBNET))
    refused("InUseSubnetCannotBeDeleted", lambda: azure.delete(NET))
    body = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": []}
    refused("InUseSubnetCannotBeDeleted", lambda: azure.put(NET, body, location="eastus"))
    azure.delete("Microsoft.Network/privateEndpoints/vault")
    azure.delete(SUBNET)
    azure.delete(NET)


def test_a_delegated_subnet_takes_no_endpoint(azure: Azure) -> None:
    azure.network()
    delegation = {"name": "db", "properties": {"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}}
    azure.subnet(delegations=[delegation])
    refused("SubnetMissingRequiredDelegation", lambda: endpoint(azure))


@pytest.mark.parametrize(
    ("kind", "key", "code"),
    [
        ("networkSecurityGroups", "networkSecurityGroup", "InUseNetworkSecurityGroupCannotBeDeleted"),
        ("natGateways", "natGateway", "InUseNatGatewayCannotBeDeleted"),
    ],
)
def test_what_a_subnet_has_is_not_deleted(azure: Azure, kind: str, key: str, code: str) -> None:
    azure.network()
    body: Mapping[str, Any] = {"sku": {"name": "Standard"}} if kind == "natGateways" else {}
    made = azure.put(f"Microsoft.Network/{kind}/it", {}, location="eastus", **body)
    properties: Mapping[str, Any] = {key: {"id": made["id"]}}
    azure.subnet(**properties)
    assert SUBNET in refused(code, lambda: azure.delete(made["id"]))
    azure.subnet()
    azure.delete(made["id"])


def test_an_address_of_a_gateway_is_not_deleted(azure: Azure) -> None:
    sku = {"name": "Standard"}
    address = azure.put("Microsoft.Network/publicIPAddresses/ip", {}, location="eastus", sku=sku)
    used = {"publicIpAddresses": [{"id": address["id"]}]}
    azure.put("Microsoft.Network/natGateways/nat", used, location="eastus", sku=sku)
    refused("PublicIPAddressCannotBeDeleted", lambda: azure.delete(address["id"]))


def test_a_private_zone_with_links_is_not_deleted(azure: Azure) -> None:
    azure.network()
    azure.put(ZONE, location="global")
    azure.put(f"{ZONE}/virtualNetworkLinks/net", {"virtualNetwork": {"id": NET}}, location="global")
    refused("CannotDeleteResource", lambda: azure.delete(ZONE))
    azure.delete(f"{ZONE}/virtualNetworkLinks/net")
    azure.delete(ZONE)


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.0.0.128/25", "NetcfgSubnetRangesOverlap"),
        ("10.1.0.0/24", "NetcfgInvalidSubnet"),
        ("10.0.0.1/24", "InvalidAddressPrefixFormat"),
        ("nowhere", "InvalidAddressPrefixFormat"),
    ],
)
def test_a_subnet_lies_in_its_network_beside_the_others(azure: Azure, prefix: str, code: str) -> None:
    azure.network()
    azure.subnet()
    refused(code, lambda: azure.subnet("b", prefix))
    azure.subnet("b", "10.0.1.0/24")


def test_a_network_holds_its_subnets(azure: Azure) -> None:
    azure.network()
    azure.subnet()
    refused("InUsePrefixCannotBeDeleted", lambda: azure.network(space="10.1.0.0/16"))


def test_networks_that_overlap_are_not_peered(azure: Azure) -> None:
    said = refused("VnetAddressSpacesOverlap", lambda: peer(azure, "10.0.128.0/17"))
    assert "10.0.0.0/16" in said


def test_networks_beside_each_other_are_peered(azure: Azure) -> None:
    assert peer(azure, "10.1.0.0/16")["properties"]["peeringState"] == "Initiated"
    back = "Microsoft.Network/virtualNetworks/far/virtualNetworkPeerings/net"
    made = azure.put(back, {"remoteVirtualNetwork": {"id": NET}})
    assert made["properties"]["peeringState"] == "Connected"


def test_a_reference_leads_to_what_is_there_in_the_region(azure: Azure) -> None:
    azure.network()
    far = azure.put("Microsoft.Network/natGateways/nat", {}, location="westus2", sku={"name": "Standard"})
    gone = re.sub("nat$", "gone", far["id"])
    assert gone in refused("InvalidResourceReference", lambda: azure.subnet(natGateway={"id": gone}))
    address = azure.put("Microsoft.Network/publicIPAddresses/ip", {}, location="eastus", sku={"name": "Standard"})
    used = {"publicIpAddresses": [{"id": address["id"]}]}
    path = "Microsoft.Network/natGateways/nat"
    refused("InvalidResourceReference", lambda: azure.put(path, used, location="westus2", sku={"name": "Standard"}))


@pytest.mark.parametrize(
    ("setting", "zone", "passes"), [("1,2,3", "3", True), ("1,2", "3", False), ("none", "1", False)]
)
def test_a_zone_is_one_that_the_subscription_may_use(azure: Azure, setting: str, zone: str, passes: bool) -> None:
    SWITCHES.turn(azure.store, {"zones.eastus": setting})

    def make() -> Any:
        path = "Microsoft.Network/publicIPAddresses/ip"
        return azure.put(path, {}, location="eastus", sku={"name": "Standard"}, zones=[zone])

    if passes:
        make()
    else:
        assert f"'{zone}'" in refused("AvailabilityZoneNotSupported", make)


def test_an_unknown_switch_is_one_line(azure: Azure) -> None:
    with pytest.raises(ValueError, match=r"There is no switch nonsense; there are role_assignments, "):
        SWITCHES.turn(azure.store, {"nonsense": "on"})


def test_an_account_takes_a_key_that_its_identity_may_use(azure: Azure) -> None:
    azure.assign("Key Vault Administrator", SUBSCRIPTION)
    vault = azure.vault()["id"]
    identity = azure.put("Microsoft.ManagedIdentity/userAssignedIdentities/i", location="eastus")
    encryption = {
        "keySource": "Microsoft.Keyvault",
        "keyvaultproperties": {"keyname": "k", "keyvaulturi": "https://goodies-vault.vault.azure.net"},
        "identity": {"userAssignedIdentity": identity["id"]},
    }
    refused("KeyVaultEncryptionKeyNotFound", lambda: azure.account(encryption=encryption))
    azure.call("POST", "/keys/k/create", {"kty": "RSA"}, host="goodies-vault.vault.azure.net")
    refused("KeyVaultPolicyError", lambda: azure.account(encryption=encryption))
    azure.vault(enablePurgeProtection=True)
    refused("KeyVaultAuthenticationFailure", lambda: azure.account(encryption=encryption))
    role = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
    definition = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    properties = {"roleDefinitionId": definition, "principalId": identity["properties"]["principalId"]}
    scope = f"{vault}/keys/k/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-0000000000cc"
    azure.put(scope, properties)
    azure.account(encryption=encryption)
