"""Network security groups: who may reach whom, decided as Azure decides it."""

from collections.abc import Callable

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
BETWEEN_REGIONS = {("nodes", "database"): {5432}, ("database", "database"): {5432}, ("nodes", "endpoints"): {443}}


Pairs = dict[tuple[str, str], set[int]]


def leaving(here: Network, there: Network) -> Pairs:
    """Return the ports that each subnet of a network may connect to in each of another, or of the same."""
    return _ports(here, there, lambda source, target, port: here.lets_out(source, there.addresses(target), port))


def arriving(here: Network, there: Network) -> Pairs:
    """Return the ports that each subnet of a network takes connections at from each of another, or of the same."""
    return _ports(here, there, lambda source, target, port: there.admits(target, here.addresses(source), port))


def _ports(here: Network, there: Network, passes: Callable[[str, str, int], bool]) -> Pairs:
    found = {
        (source, target): {port for port in PORTS if passes(source, target, port)}
        for source in here.subnets
        for target in there.subnets
    }
    return {pair: ports for pair, ports in found.items() if ports}


@pytest.mark.plan("SEC-2", "SEC-1/data", "AZR-2/private")
def test_each_side_of_a_connection_allows_what_must_be_and_nothing_else(azure_environment: Stack) -> None:
    for network in networks(azure_environment).values():
        assert leaving(network, network) == PASSES
        assert arriving(network, network) == PASSES


@pytest.mark.plan("SEC-2", "SEC-1/data")
def test_between_the_regions_only_the_database_and_endpoints_are_reached(azure_prod: Stack) -> None:
    found = networks(azure_prod)
    for here, there in (("eastus", "westus2"), ("westus2", "eastus")):
        assert leaving(found[here], found[there]) == BETWEEN_REGIONS
        assert arriving(found[here], found[there]) == BETWEEN_REGIONS


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
