"""Virtual networks: regions, a subnet for each concern, ways out, flow logs."""

from ipaddress import IPv4Network

import pytest

import environments
from constructs_lib.azure.network.network import Addresses
from tests.azure.security_groups import SUBNET, networks, overlapping
from tests.gcp.terraform import Assembly, Stack

NETWORK = "azurerm_virtual_network"
CONCERNS = {"gateway", "nodes", "api-server", "database", "cache", "endpoints", "balancer"}
DELEGATIONS = {
    "api-server": "Microsoft.ContainerService/managedClusters",
    "database": "Microsoft.DBforPostgreSQL/flexibleServers",
}


@pytest.mark.plan("AZR-2/private")
def test_a_range_is_divided_into_parts_that_do_not_overlap() -> None:
    cidr = IPv4Network("10.30.0.0/21")
    plan = vars(Addresses.within(cidr))
    assert {name: str(part) for name, part in plan.items()} == {
        "gateway": "10.30.0.0/24",
        "api_server": "10.30.1.0/28",
        "database": "10.30.1.16/28",
        "balancer": "10.30.1.32/28",
        "cache": "10.30.1.48/28",
        "endpoints": "10.30.1.64/26",
        "nodes": "10.30.4.0/22",
    }
    assert overlapping([*plan.values()]) == []
    assert all(part.subnet_of(cidr) for part in plan.values())


@pytest.mark.plan("AZR-1/primary", "AZR-1/recovery", "ENV-4/regions")
def test_production_has_room_in_both_regions(azure_prod: Stack) -> None:
    assert {network["location"] for network in azure_prod.resources(NETWORK)} == {"eastus", "westus2"}


@pytest.mark.plan("AZR-1/primary", "ENV-2/minimal", "ENV-3/scaled-down")
@pytest.mark.parametrize("name", ["azure-staging", "azure-dev"])
def test_other_environments_have_room_in_one(name: str, azure: Assembly) -> None:
    assert [network["location"] for network in azure.stacks[name].resources(NETWORK)] == ["eastus"]


@pytest.mark.plan("AZR-1/primary", "AZR-1/recovery")
def test_nothing_stands_outside_the_two_regions(azure: Assembly) -> None:
    places = {
        str(item): item["location"]
        for stack in azure.stacks.values()
        for item in stack.resources()
        if item.get("location")
    }
    assert {name: place for name, place in places.items() if place not in {"eastus", "westus2"}} == {}
    assert len(places) > 50


@pytest.mark.plan("AZR-1/recovery")
def test_each_resource_group_is_where_it_must_live(azure: Assembly) -> None:
    groups = [group for stack in azure.stacks.values() for group in stack.resources("azurerm_resource_group")]
    assert {group["name"]: group["location"] for group in groups} == {
        "goodies-shared-state": "westus2",
        "goodies-shared-eastus": "eastus",
        "goodies-shared-westus2": "westus2",
        "goodies-dev-eastus": "eastus",
        "goodies-dev-global": "westus2",
        "goodies-staging-eastus": "eastus",
        "goodies-staging-global": "westus2",
        "goodies-prod-eastus": "eastus",
        "goodies-prod-global": "westus2",
        "goodies-prod-westus2": "westus2",
    }


@pytest.mark.plan("AZR-1/recovery")
def test_what_a_recovery_changes_stands_in_groups_that_outlive_the_primary_region(azure: Assembly) -> None:
    kinds = (
        "azurerm_dns_zone",
        "azurerm_dns_caa_record",
        "azurerm_private_dns_zone",
        "azurerm_private_dns_zone_virtual_network_link",
    )
    changed = [item for stack in azure.stacks.values() for kind in kinds for item in stack.resources(kind)]
    changed.append(azure.stacks["azure-shared"].one("azurerm_storage_account", "State"))
    assert len(changed) > 30
    for item in changed:
        reference = str(item.body["resource_group_name"])
        (group,) = (
            each for each in item.stack.resources("azurerm_resource_group") if f".{each.name}.name" in reference
        )
        assert group["location"] == "westus2", str(item)


@pytest.mark.plan("AZR-1/primary")
def test_what_has_a_location_stands_in_a_group_of_the_same(azure: Assembly) -> None:
    for stack in azure.stacks.values():
        groups = {group.name: group["location"] for group in stack.resources("azurerm_resource_group")}
        for item in stack.resources():
            if (
                item.get("location")
                and "resource_group_name" in item.body
                and item.body["resource_group_name"] != "NetworkWatcherRG"
            ):
                (group,) = (name for name in groups if f".{name}.name" in item.body["resource_group_name"])
                assert groups[group] == item["location"], str(item)


@pytest.mark.plan("AZR-2/public", "AZR-2/private")
def test_each_concern_has_its_own_subnet_and_security_group(azure_environment: Stack) -> None:
    for network in networks(azure_environment).values():
        assert network.subnets.keys() == network.groups.keys() == CONCERNS
        assert len({group.name for group in network.groups.values()}) == len(CONCERNS)
        assert overlapping([network.addresses(name) for name in network.subnets]) == []
        assert all(network.addresses(name).subnet_of(network.range) for name in network.subnets)
        assert all(group["location"] == network.location for group in network.groups.values())


@pytest.mark.plan("AZR-2/private")
def test_what_azure_demands_for_itself_is_delegated(azure_environment: Stack) -> None:
    for network in networks(azure_environment).values():
        delegated = {name: subnet["delegation"] for name, subnet in network.subnets.items() if subnet.get("delegation")}
        assert {name: given[0]["service_delegation"]["name"] for name, given in delegated.items()} == DELEGATIONS
        assert network.subnets["database"]["service_endpoints"] == ["Microsoft.Storage"]


@pytest.mark.plan("SEC-1/compute", "SEC-1/data")
def test_no_subnet_has_a_way_to_the_internet_but_the_nodes(azure_environment: Stack) -> None:
    subnets = azure_environment.resources(SUBNET)
    assert [str(subnet) for subnet in subnets if subnet.get("default_outbound_access_enabled") is not False] == []
    translated = [item["subnet_id"] for item in azure_environment.resources("azurerm_subnet_nat_gateway_association")]
    assert {subnet["name"] for subnet in translated} == {"nodes"}
    assert len(translated) == len(azure_environment.resources(NETWORK))


@pytest.mark.plan("SEC-1/compute", "SEC-1/data")
def test_the_only_public_addresses_are_those_of_nat(azure_environment: Stack) -> None:
    used = [
        item["public_ip_address_id"].name
        for item in azure_environment.resources("azurerm_nat_gateway_public_ip_association")
    ]
    assert sorted(address.name for address in azure_environment.resources("azurerm_public_ip")) == sorted(used)


@pytest.mark.plan("SEC-1/data", "SEC-2")
def test_security_groups_bind_private_endpoints(azure_environment: Stack) -> None:
    endpoints = azure_environment.resources("azurerm_private_endpoint")
    assert endpoints
    subnets = [item for item in azure_environment.resources(SUBNET) if item["name"] in {"cache", "endpoints"}]
    for subnet in [*subnets, *(endpoint["subnet_id"] for endpoint in endpoints)]:
        assert subnet["private_endpoint_network_policies"] == "NetworkSecurityGroupEnabled", str(subnet)


@pytest.mark.plan("AZR-1/recovery")
def test_the_networks_of_both_regions_are_peered_both_ways(azure_prod: Stack) -> None:
    found = networks(azure_prod)
    assert {name: network.peers for name, network in found.items()} == {
        "eastus": (found["westus2"].range,),
        "westus2": (found["eastus"].range,),
    }
    assert overlapping([network.range for network in found.values()]) == []
    # Subnets are locked by the network's name.
    assert len({network.name for network in found.values()}) == len(found)


@pytest.mark.plan("SEC-11")
def test_every_connection_is_logged(azure_environment: Stack) -> None:
    name = azure_environment.name.removeprefix("azure-")
    (settings,) = (item.network for item in environments.load() if item.name == name)
    logs = azure_environment.resources("azurerm_network_watcher_flow_log")
    logged = [log["target_resource_id"].name for log in logs]
    assert sorted(logged) == sorted(network.name for network in azure_environment.resources(NETWORK))
    for log in logs:
        network, account = log["target_resource_id"], log["storage_account_id"]
        assert network["location"] == account["location"] == log["location"]
        assert log["network_watcher_name"] == f"NetworkWatcher_{log['location']}"
        assert (log["enabled"], log["version"]) == (True, 2)
        assert log["retention_policy"] == {"enabled": True, "days": settings.flow_log_days}
