"""Resource Manager: ids, statuses, operations, values that only a provider sets, and bad input."""

import json
from typing import Any

import pytest

from local.azure.arm.data import kinds, statuses
from tests.local.azure.conftest import GROUP, SUBSCRIPTION, Azure, AzureError

NET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"


def test_ids_are_compared_without_regard_to_case(azure: Azure) -> None:
    azure.network()
    azure.subnet()
    found = azure.get(f"{NET.lower()}/SUBNETS/A")
    assert found["id"] == f"{NET}/subnets/a"
    assert azure.get(NET.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))["id"] == NET


def test_a_network_has_the_subnets_that_were_made_beside_it(azure: Azure) -> None:
    azure.network()
    azure.subnet()
    azure.network()
    assert [each["name"] for each in azure.get(NET)["properties"]["subnets"]] == ["a"]
    body = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": []}
    azure.put(NET, body, location="eastus")
    with pytest.raises(AzureError, match="404 ResourceNotFound"):
        azure.get(f"{NET}/subnets/a")


@pytest.mark.parametrize(
    ("path", "body", "first", "again"),
    [
        ("Microsoft.Network/virtualNetworks/net", {"location": "eastus"}, 201, 200),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/i", {"location": "eastus"}, 201, 200),
        ("Microsoft.Storage/storageAccounts/goodies", {"location": "eastus"}, 200, 200),
    ],
)
def test_a_change_answers_what_the_provider_takes(azure: Azure, path: str, body: Any, first: int, again: int) -> None:
    whole = f"{GROUP}/providers/{path}"
    assert [azure.send("PUT", whole, body).status for _ in range(2)] == [first, again]
    assert azure.delete(whole).status in {200, 202}
    assert azure.delete(whole).status == 204


def test_an_operation_is_done_at_its_second_look(azure: Azure) -> None:
    made = azure.send("PUT", NET, {"location": "eastus", "properties": {}})
    url = made.headers["Azure-AsyncOperation"].removeprefix("https://management.azure.com").partition("?")[0]
    assert azure.get(url)["status"] == "InProgress"
    assert azure.get(url)["status"] == "Succeeded"
    with pytest.raises(AzureError, match="404 OperationNotFound"):
        azure.get(url + "0")


def test_what_only_the_provider_sets_is_not_taken_from_a_caller(azure: Azure) -> None:
    body = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "resourceGuid": "mine", "provisioningState": "Mine"}
    made = azure.put(NET, body, location="East US")
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert made["properties"]["resourceGuid"] != "mine"
    assert made["location"] == "eastus"


def test_an_identity_has_ids_of_its_own(azure: Azure) -> None:
    made = azure.put("Microsoft.ManagedIdentity/userAssignedIdentities/i", location="eastus")["properties"]
    assert len({made["clientId"], made["principalId"], made["tenantId"]}) == 3


def test_a_zone_begins_with_its_records(azure: Azure) -> None:
    zone = azure.put("Microsoft.Network/dnsZones/example.com", location="global")
    assert len(zone["properties"]["nameServers"]) == 4
    assert zone["properties"]["numberOfRecordSets"] == 2
    soa = azure.get("Microsoft.Network/dnsZones/example.com/SOA/@")["properties"]
    assert (soa["fqdn"], soa["SOARecord"]["host"]) == ("example.com.", zone["properties"]["nameServers"][0])
    azure.put("Microsoft.Network/dnsZones/example.com/CNAME/api", {"TTL": 300, "CNAMERecord": {"cname": "x.example"}})
    assert azure.get("Microsoft.Network/dnsZones/example.com")["properties"]["numberOfRecordSets"] == 3


def test_an_endpoint_writes_its_record_into_the_private_zone(azure: Azure) -> None:
    azure.network()
    azure.subnet()
    vault = azure.vault()["id"]
    zone = azure.put("Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net", location="global")["id"]
    connection = {"name": "vault", "properties": {"privateLinkServiceId": vault, "groupIds": ["vault"]}}
    properties = {"subnet": {"id": f"{NET}/subnets/a"}, "privateLinkServiceConnections": [connection]}
    azure.put("Microsoft.Network/privateEndpoints/e", properties, location="eastus")
    configuration = {"name": "vault", "properties": {"privateDnsZoneId": zone}}
    group = "Microsoft.Network/privateEndpoints/e/privateDnsZoneGroups/default"
    made = azure.put(group, {"privateDnsZoneConfigs": [configuration]})["properties"]["privateDnsZoneConfigs"][0]
    assert made["properties"]["recordSets"][0]["ipAddresses"] == ["10.0.0.4"]
    record = azure.get(f"{zone}/A/goodies-vault")["properties"]
    assert record["aRecords"] == [{"ipv4Address": "10.0.0.4"}]
    state = azure.get("Microsoft.Network/privateEndpoints/e")["properties"]["privateLinkServiceConnections"][0]
    assert state["properties"]["privateLinkServiceConnectionState"]["status"] == "Approved"
    assert azure.get(vault)["properties"]["privateEndpointConnections"]
    azure.delete("Microsoft.Network/privateEndpoints/e")
    with pytest.raises(AzureError, match="404"):
        azure.get(f"{zone}/A/goodies-vault")


def test_a_group_goes_with_all_that_is_in_it(azure: Azure) -> None:
    azure.network()
    azure.delete(GROUP)
    with pytest.raises(AzureError, match="404 ResourceGroupNotFound"):
        azure.get(NET)
    with pytest.raises(AzureError, match="404 ResourceGroupNotFound"):
        azure.network()


def test_resources_are_listed_by_type_and_name(azure: Azure) -> None:
    azure.network()
    azure.vault()
    query = {"$filter": "resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'goodies-vault'"}
    found = azure.call("GET", f"{SUBSCRIPTION}/resources", query=query)["value"]
    assert [each["name"] for each in found] == ["goodies-vault"]
    listed = azure.get(f"{SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks")["value"]
    assert [each["name"] for each in listed] == ["net"]
    assert {each["name"] for each in azure.get(f"{SUBSCRIPTION}/resourceGroups")["value"]} == {
        "goodies",
        "NetworkWatcherRG",
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", f"{SUBSCRIPTION}/resourceGroups/none", None, "404 ResourceGroupNotFound"),
        ("GET", "/subscriptions/nobody", None, "400 InvalidSubscriptionId"),
        ("GET", f"{GROUP}/providers/Microsoft.Nothing/x/y", None, "404 InvalidResourceNamespace"),
        ("GET", f"{GROUP}/providers/Microsoft.Network/x/y", None, "404 InvalidResourceType"),
        ("POST", f"{NET}/explode", None, "404 InvalidResourceType"),
        ("PUT", f"{NET}/subnets/a", {"properties": {}}, "404 ParentResourceNotFound"),
        ("PUT", NET, b"{", "400 InvalidRequestContent"),
        ("PUT", NET, b"[]1", "400 InvalidRequestContent"),
        ("PUT", NET, b"[1]", "400 InvalidRequestContent"),
        ("PUT", NET, {"location": 1}, "400 InvalidRequestFormat"),
        ("PUT", NET, {"location": "eastus", "properties": {"subnets": {}}}, "400 InvalidRequestFormat"),
        ("PUT", NET, {"location": "eastus", "properties": {"adressSpace": {}}}, "400 InvalidRequestFormat"),
        ("TRACE", NET, None, "405 MethodNotAllowed"),
        ("GET", "/", None, "404"),
    ],
)
def test_bad_input_is_an_answer(azure: Azure, method: str, path: str, body: Any, said: str) -> None:
    with pytest.raises(AzureError, match=said):
        azure.call(method, path, body)


def test_a_request_without_a_version_is_refused(azure: Azure) -> None:
    answer = azure.send("GET", GROUP, query={"api-version": ""})
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "MissingApiVersionParameter")


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.type)
def test_each_kind_is_one_whose_statuses_are_known(kind: Any) -> None:
    assert statuses(kind.key, "PUT").accepted
    assert kind.type.startswith("Microsoft.")
