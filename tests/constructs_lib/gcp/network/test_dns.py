"""Cloud DNS: records, DNSSEC, CAA, delegation of the zone."""

import pytest

from tests.gcp.terraform import Stack

RECORD = "google_dns_record_set"


@pytest.mark.plan("GCP-8")
@pytest.mark.parametrize(("kind", "version"), [("A", "IPV4"), ("AAAA", "IPV6")])
def test_the_name_of_the_api_leads_to_the_load_balancer(gcp_environment: Stack, kind: str, version: str) -> None:
    record = gcp_environment.one(RECORD, "Zone", type=kind)
    address = gcp_environment.one("google_compute_global_address", "Edge", ip_version=version)
    (rule,) = gcp_environment.one("google_compute_target_https_proxy")["url_map"]["host_rule"]
    assert record["rrdatas"] == [address]
    assert rule["hosts"] == [record["name"].removesuffix(".")]


@pytest.mark.plan("GCP-8")
def test_the_zone_is_signed(gcp_environment: Stack) -> None:
    zone = gcp_environment.one("google_dns_managed_zone", "Zone")
    assert zone["dnssec_config"] == {"state": "on", "non_existence": "nsec3"}
    assert zone.protected


@pytest.mark.plan("GCP-8")
def test_every_public_record_stands_in_the_environments_own_zone(gcp_environment: Stack) -> None:
    zone = gcp_environment.one("google_dns_managed_zone", "Zone")
    public = [item for item in gcp_environment.resources("google_dns_managed_zone") if not item.get("visibility")]
    assert public == [zone]
    assert {record["managed_zone"] for record in gcp_environment.resources(RECORD, "Zone")} == {zone}


@pytest.mark.plan("GCP-8", "GCP-9")
def test_only_google_may_issue_certificates(gcp_environment: Stack) -> None:
    record = gcp_environment.one(RECORD, "Zone", type="CAA")
    assert record["rrdatas"] == ['0 issue "pki.goog"']
    assert record["name"] == gcp_environment.one("google_dns_managed_zone", "Zone")


@pytest.mark.plan("GCP-8")
@pytest.mark.parametrize("output", ["NameServers", "DelegationSigner"])
def test_an_operator_is_told_how_to_delegate_the_domain(gcp_environment: Stack, output: str) -> None:
    assert gcp_environment.content["output"][output]["value"]
