"""VPC network: ranges of the subnetworks, Private Google Access, firewall rules, NAT."""

from ipaddress import IPv4Network

import pytest

from constructs_lib.gcp.network.network import Addresses
from tests.gcp.terraform import Resource, Stack

FIREWALL = "google_compute_firewall"
SUBNETWORK = "google_compute_subnetwork"


def allowing(stack: Stack) -> list[Resource]:
    return [rule for rule in stack.resources(FIREWALL) if rule.get("allow")]


def ranges(rule: Resource) -> list[str]:
    return [*rule.get("source_ranges", []), *rule.get("destination_ranges", [])]


@pytest.mark.plan("GCP-2/private")
def test_a_range_is_divided_into_four_quarters_that_do_not_overlap() -> None:
    plan = Addresses.within(IPv4Network("10.30.0.0/16"))
    assert [str(part) for part in (plan.nodes, plan.pods, plan.services, plan.data)] == [
        "10.30.0.0/18",
        "10.30.64.0/18",
        "10.30.128.0/18",
        "10.30.192.0/18",
    ]


@pytest.mark.plan("GCP-1/primary", "GCP-1/recovery", "ENV-4/regions")
def test_production_has_room_in_both_regions(gcp_prod: Stack) -> None:
    assert {part["region"] for part in gcp_prod.resources(SUBNETWORK)} == {"us-central1", "us-east1"}


@pytest.mark.plan("GCP-1/primary", "ENV-2/minimal", "ENV-3/scaled-down")
@pytest.mark.parametrize("name", ["gcp_staging", "gcp_dev"])
def test_other_environments_have_room_in_one(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)
    assert [part["region"] for part in stack.resources(SUBNETWORK)] == ["us-central1"]


@pytest.mark.plan("SEC-1/compute", "GCP-2/private")
def test_nobody_makes_subnetworks_but_the_stack(gcp_environment: Stack) -> None:
    assert gcp_environment.one("google_compute_network")["auto_create_subnetworks"] is False


@pytest.mark.plan("SEC-1/compute", "GCP-2/private")
def test_machines_reach_google_without_the_internet(gcp_environment: Stack) -> None:
    parts = gcp_environment.resources(SUBNETWORK)
    assert parts
    assert [str(part) for part in parts if part["private_ip_google_access"] is not True] == []
    assert gcp_environment.resources("google_compute_router_nat") == []


@pytest.mark.plan("SEC-1/compute")
@pytest.mark.parametrize("domain", ["googleapis.com", "gcr.io", "pkg.dev"])
def test_googles_names_lead_to_private_addresses(gcp_environment: Stack, domain: str) -> None:
    zone = gcp_environment.one("google_dns_managed_zone", dns_name=f"{domain}.")
    assert zone["visibility"] == "private"
    records = gcp_environment.resources("google_dns_record_set", managed_zone=zone)
    assert {(record["type"], tuple(record["rrdatas"])) for record in records} == {
        ("A", ("199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11")),
        ("CNAME", (f"{domain}.",)),
    }


@pytest.mark.plan("SEC-2")
@pytest.mark.parametrize("direction", ["INGRESS", "EGRESS"])
def test_what_no_rule_allows_is_denied_and_written_down(gcp_environment: Stack, direction: str) -> None:
    (rule,) = [rule for rule in gcp_environment.resources(FIREWALL, direction=direction) if rule.get("deny")]
    assert rule["deny"] == [{"protocol": "all"}]
    assert ranges(rule) == ["0.0.0.0/0"]
    assert rule["log_config"]
    assert [str(other) for other in allowing(gcp_environment) if other.get("priority", 1000) >= rule["priority"]] == []


@pytest.mark.plan("SEC-2")
def test_no_rule_lets_in_or_out_from_everywhere(gcp_environment: Stack) -> None:
    assert [
        str(rule)
        for rule in allowing(gcp_environment)
        if any(IPv4Network(part).num_addresses > 2**18 for part in ranges(rule))
    ] == []


@pytest.mark.plan("SEC-2")
def test_every_rule_is_for_an_identity(gcp_environment: Stack) -> None:
    assert [str(rule) for rule in allowing(gcp_environment) if not rule.get("target_service_accounts")] == []


@pytest.mark.plan("SEC-11")
def test_connections_are_written_down(gcp_environment: Stack) -> None:
    parts = gcp_environment.resources(SUBNETWORK)
    assert {part["log_config"]["metadata"] for part in parts} == {"INCLUDE_ALL_METADATA"}
    assert {part["log_config"]["flow_sampling"] for part in parts} == {1}


@pytest.mark.plan("GCP-2/private", "SEC-1/data")
def test_databases_and_caches_have_a_range_in_each_region(gcp_environment: Stack) -> None:
    connection = gcp_environment.one("google_service_networking_connection")
    reserved = gcp_environment.resources("google_compute_global_address", purpose="VPC_PEERING")
    assert connection["reserved_peering_ranges"] == reserved
    assert len(reserved) == len(gcp_environment.resources(SUBNETWORK))


@pytest.mark.plan("GCP-2/private")
def test_the_internet_is_reached_through_cloud_nat_where_the_data_says_so(gcp_prod_variant: Stack) -> None:
    nat = gcp_prod_variant.one("google_compute_router_nat")
    assert nat["router"]["network"] == gcp_prod_variant.one("google_compute_network")
    assert (nat["nat_ip_allocate_option"], nat["source_subnetwork_ip_ranges_to_nat"]) == (
        "AUTO_ONLY",
        "ALL_SUBNETWORKS_ALL_IP_RANGES",
    )
