"""PostgreSQL servers that a region does not offer, or whose subnet and names are not theirs."""

from typing import Any

import pytest

from local.azure.switches import SWITCHES
from tests.local.azure.conftest import GROUP, Azure, AzureError
from tests.local.azure.refusals.test_refusals import refused

SERVER = "Microsoft.DBforPostgreSQL/flexibleServers/goodies"
ID = f"{GROUP}/providers/{SERVER}"
SUBNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/a"
ZONE = "Microsoft.Network/privateDnsZones/goodies.private.postgres.database.azure.com"
LINK = {"virtualNetwork": {"id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"}}


@pytest.fixture
def azure(azure: Azure) -> Azure:
    """An embedded Azure that makes databases."""
    azure.register("Microsoft.DBforPostgreSQL")
    return azure


def server(
    azure: Azure, name: str = SERVER, *, size: str = "Standard_D2ds_v4", location: str = "eastus", **properties: Any
) -> Any:
    """Make a server, or change it."""
    tier = "Burstable" if size.startswith("Standard_B") else "GeneralPurpose"
    return azure.put(name, properties, location=location, sku={"name": size, "tier": tier})


@pytest.mark.parametrize(
    ("location", "size"),
    [
        ("eastus", "Standard_D2ds_v6"),
        ("westus2", "Standard_D2ds_v5"),
        ("westus2", "Standard_D2ads_v5"),
        ("westcentralus", "Standard_D2ds_v4"),
    ],
)
def test_a_size_that_a_region_has_not_is_refused(azure: Azure, location: str, size: str) -> None:
    said = refused("ParameterOutOfRange", lambda: server(azure, size=size, location=location))
    assert "The value of the 'Sku.Name' should be in" in said
    with pytest.raises(AzureError, match="404"):
        azure.get(SERVER)


@pytest.mark.parametrize(
    ("location", "size"),
    [
        ("eastus", "Standard_D2ads_v5"),
        ("eastus", "Standard_D2s_v3"),
        ("westus2", "Standard_D2ds_v4"),
        ("westus2", "Standard_B2s"),
    ],
)
def test_a_size_that_a_region_has_is_taken(azure: Azure, location: str, size: str) -> None:
    server(azure, size=size, location=location)


def test_a_switch_brings_a_generation_to_a_region(azure: Azure) -> None:
    SWITCHES.turn(azure.store, {"postgresql_sizes.westus2": "v3,v4,v5"})
    server(azure, size="Standard_D2ds_v5", location="westus2")


@pytest.mark.parametrize("location", ["eastus", "westus2"])
def test_zone_redundancy_is_refused_where_a_region_blocks_it(azure: Azure, location: str) -> None:
    redundant: dict[str, Any] = {"highAvailability": {"mode": "ZoneRedundant"}}
    said = refused("HADisabledForRegion", lambda: server(azure, location=location, **redundant))
    assert f"HA is disabled for region {location}." in said
    server(azure, location=location, highAvailability={"mode": "SameZone"})
    change = {"properties": redundant}
    refused("HADisabledForRegion", lambda: azure.call("PATCH", ID, change))
    SWITCHES.turn(azure.store, {f"postgresql_ha.{location}": "allowed"})
    azure.call("PATCH", ID, change)
    SWITCHES.turn(azure.store, {f"postgresql_ha.{location}": "blocked"})
    azure.call("PATCH", ID, {**change, "tags": {"a": "b"}})  # one that has it keeps it


@pytest.mark.parametrize("place", [{"availabilityZone": "3"}, {"highAvailability": {"standbyAvailabilityZone": "3"}}])
def test_a_zone_that_the_subscription_has_not_is_refused(azure: Azure, place: dict[str, Any]) -> None:
    SWITCHES.turn(azure.store, {"zones.eastus": "1,2"})
    assert "'3' is not found" in refused("AvailableZoneNotFound", lambda: server(azure, **place))


def test_a_burstable_server_stands_alone(azure: Azure) -> None:
    alone = {"size": "Standard_B2s"}
    refused("InvalidParameterValue", lambda: server(azure, **alone, highAvailability={"mode": "SameZone"}))
    server(azure, **alone)
    replica = {"createMode": "Replica", "sourceServerResourceId": ID}
    refused("InvalidParameterValue", lambda: server(azure, f"{SERVER}-replica", location="westus2", **replica))


def test_a_server_with_a_replica_is_not_deleted(azure: Azure) -> None:
    replica = {"createMode": "Replica", "sourceServerResourceId": ID}
    refused("ResourceNotFound", lambda: server(azure, f"{SERVER}-replica", location="westus2", **replica))
    server(azure)
    server(azure, f"{SERVER}-replica", location="westus2", **replica)
    assert f"{ID}-replica" in refused("InvalidOperation", lambda: azure.delete(SERVER))
    azure.delete(f"{SERVER}-replica")
    azure.delete(SERVER)


def private(azure: Azure, zone: str = ZONE, location: str = "eastus") -> Any:
    """Make a server in the subnet, with a zone for its name."""
    network = {"delegatedSubnetResourceId": SUBNET, "privateDnsZoneArmResourceId": f"{GROUP}/providers/{zone}"}
    return server(azure, location=location, network=network)


def test_a_server_takes_a_subnet_that_is_delegated_to_it(azure: Azure) -> None:
    azure.put(ZONE, location="global")
    refused("InvalidResourceReference", lambda: private(azure))
    azure.network()
    azure.subnet()
    assert "is missing a delegation to Microsoft.DBforPostgreSQL" in refused(
        "SubnetMissingRequiredDelegation", lambda: private(azure)
    )
    service = {"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}
    azure.subnet(delegations=[{"name": "postgresql", "properties": service}])
    refused("InvalidResourceReference", lambda: private(azure, location="westus2"))
    assert "is not linked" in refused("InvalidParameterValue", lambda: private(azure))
    azure.put(f"{ZONE}/virtualNetworkLinks/net", LINK, location="global")
    assert "must end with" in refused(
        "InvalidParameterValue", lambda: private(azure, "Microsoft.Network/privateDnsZones/x")
    )
    private(azure)
    assert ID in refused("InUseSubnetCannotBeDeleted", lambda: azure.delete(SUBNET))


@pytest.mark.parametrize("location", ["westus", "eastus"])
def test_an_account_over_zones_needs_zones(azure: Azure, location: str) -> None:
    SWITCHES.turn(azure.store, {"zones.eastus": "none"})
    account = "Microsoft.Storage/storageAccounts/goodiesfiles"
    body: dict[str, Any] = {"location": location, "kind": "StorageV2"}
    said = refused(
        "RedundancyConfigurationNotAvailableInRegion", lambda: azure.put(account, sku={"name": "Standard_ZRS"}, **body)
    )
    assert f"Sku: Standard_ZRS, Kind: StorageV2 - not available in selected Region - {location}" in said
    azure.put(account, sku={"name": "Standard_LRS"}, **body)
