"""Network security groups: who may reach whom, decided as Azure decides it."""

import pytest

from tests.azure.security_groups import GROUP, Network, networks
from tests.gcp.terraform import Stack

PORTS = (22, 80, 443, 4443, 5432, 6379, 8000, 9988, 10000, 10250)
# From, to, and the ports at which both let it pass.
PASSES = {
    ("gateway", "nodes"): {8000},
    ("gateway", "balancer"): {8000},
    ("gateway", "endpoints"): {443},
    ("nodes", "nodes"): {*PORTS},
    ("nodes", "api-server"): {443, 4443},
    ("nodes", "database"): {5432},
    ("nodes", "cache"): {10000},
    ("nodes", "endpoints"): {443},
    ("api-server", "nodes"): {*PORTS},
    ("database", "database"): {5432},
}
BETWEEN_REGIONS = {("nodes", "database"): {5432}, ("database", "database"): {5432}}


def passing(here: Network, there: Network) -> dict[tuple[str, str], set[int]]:
    """Return the ports that pass from each subnet of a network to each of another, or of the same."""
    found = {
        (source, target): {
            port
            for port in PORTS
            if here.lets_out(source, there.addresses(target), port)
            and there.admits(target, here.addresses(source), port)
        }
        for source in here.subnets
        for target in there.subnets
    }
    return {pair: ports for pair, ports in found.items() if ports}


@pytest.mark.plan("SEC-2", "SEC-1/data", "AZR-2/private")
def test_a_subnet_is_reached_from_where_it_must_be_and_nowhere_else(azure_environment: Stack) -> None:
    for network in networks(azure_environment).values():
        assert passing(network, network) == PASSES


@pytest.mark.plan("SEC-2", "SEC-1/data")
def test_between_the_regions_only_the_database_is_reached(azure_prod: Stack) -> None:
    found = networks(azure_prod)
    assert passing(found["eastus"], found["westus2"]) == BETWEEN_REGIONS
    assert passing(found["westus2"], found["eastus"]) == BETWEEN_REGIONS


@pytest.mark.plan("AZR-2/public", "SEC-1/compute", "SEC-1/data", "SEC-2")
def test_the_internet_reaches_nothing_and_front_door_the_gateway(azure_environment: Stack) -> None:
    for network in networks(azure_environment).values():
        admitted = {
            (tag, name): [port for port in PORTS if network.admits(name, tag, port)]
            for tag in ("Internet", "AzureFrontDoor.Backend", "GatewayManager")
            for name in network.subnets
        }
        assert {pair: ports for pair, ports in admitted.items() if ports} == {
            ("AzureFrontDoor.Backend", "gateway"): [443]
        }
        assert network.admits("gateway", "GatewayManager", 65200)


@pytest.mark.plan("SEC-1/data", "SEC-2")
def test_data_calls_nobody_on_the_internet(azure_environment: Stack) -> None:
    for network in networks(azure_environment).values():
        called = {
            name: [port for port in PORTS if network.lets_out(name, "Internet", port)] for name in network.subnets
        }
        # The gateway's must stay open, and the API server is Azure's own.
        assert {name: ports for name, ports in called.items() if ports} == {
            "gateway": [*PORTS],
            "nodes": [443],
            "api-server": [*PORTS],
        }
        services = [tag for tag in ("Storage", "AzureActiveDirectory") if network.lets_out("database", tag, 443)]
        assert services == ["Storage", "AzureActiveDirectory"]


@pytest.mark.plan("SEC-2")
def test_azure_probes_what_it_balances(azure_environment: Stack) -> None:
    for network in networks(azure_environment).values():
        probed = {name for name in network.subnets if network.admits(name, "AzureLoadBalancer", 9988)}
        assert probed == {"gateway", "nodes", "api-server", "balancer"}


@pytest.mark.plan("SEC-2")
def test_every_group_denies_the_rest_in_both_directions(azure_environment: Stack) -> None:
    for group in azure_environment.resources(GROUP):
        last = [rule for rule in group["security_rule"] if rule["priority"] == 4096]
        assert {(rule["direction"], rule["access"], rule["protocol"]) for rule in last} == {
            ("Inbound", "Deny", "*"),
            ("Outbound", "Deny", "*"),
        }
        taken = [(rule["direction"], rule["priority"]) for rule in group["security_rule"]]
        assert len(taken) == len(set(taken))
