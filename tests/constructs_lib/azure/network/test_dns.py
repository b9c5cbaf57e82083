"""DNS: the zone of the domain, and the private names."""

import pytest

import environments
from tests.gcp.terraform import Stack

AUTHORITIES = ["digicert.com", "letsencrypt.org"]
PRIVATE = {
    "privatelink.vaultcore.azure.net",
    "privatelink.blob.core.windows.net",
    "privatelink.redis.azure.net",
    "privatelink.azurecr.io",
    "goodies.private.postgres.database.azure.com",
}


@pytest.mark.plan("AZR-8/zone")
def test_the_domain_has_a_zone_that_nobody_destroys(azure_environment: Stack) -> None:
    name = azure_environment.name.removeprefix("azure-")
    (domain,) = (item.account.domain for item in environments.load() if item.name == name)
    zone = azure_environment.one("azurerm_dns_zone")
    assert (zone["name"], zone.protected) == (domain, True)
    assert f".{zone.name}.name_servers" in azure_environment.content["output"]["NameServers"]["value"]


@pytest.mark.plan("AZR-8/zone")
def test_only_the_authorities_of_its_certificates_issue_for_the_domain(azure_environment: Stack) -> None:
    record = azure_environment.one("azurerm_dns_caa_record")
    assert record["name"] == "@"
    assert record["record"] == [{"flags": 0, "tag": "issue", "value": name} for name in AUTHORITIES]


@pytest.mark.plan("SEC-1/data")
def test_private_names_are_known_in_every_network_and_nowhere_else(azure_environment: Stack) -> None:
    zones = azure_environment.resources("azurerm_private_dns_zone")
    assert {zone["name"] for zone in zones} == PRIVATE
    links = {
        (str(link.body["private_dns_zone_name"]), link["virtual_network_id"].name)
        for link in azure_environment.resources("azurerm_private_dns_zone_virtual_network_link")
    }
    networks = azure_environment.resources("azurerm_virtual_network")
    assert links == {
        (f"${{azurerm_private_dns_zone.{zone.name}.name}}", network.name) for zone in zones for network in networks
    }
