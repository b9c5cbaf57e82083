"""PostgreSQL and Redis: what is only written, what a replica has of its source, parameters, access keys."""

import pytest

from local.azure.switches import SWITCHES
from tests.local.azure.conftest import GROUP, Azure, AzureError

SERVER = "Microsoft.DBforPostgreSQL/flexibleServers/goodies"
REPLICA = "Microsoft.DBforPostgreSQL/flexibleServers/goodies-replica"
CACHE = "Microsoft.Cache/redisEnterprise/goodies"
PROPERTIES = {
    "administratorLogin": "goodies",
    "administratorLoginPassword": "hidden",
    "createMode": "Default",
    "storage": {"storageSizeGB": 128, "autoGrow": "Enabled"},
    "version": "17",
}


@pytest.fixture(autouse=True)
def server(azure: Azure) -> str:
    azure.register("Microsoft.DBforPostgreSQL", "Microsoft.Cache")
    sku = {"name": "Standard_D2ds_v4", "tier": "GeneralPurpose"}
    return str(azure.put(SERVER, PROPERTIES, location="eastus", sku=sku)["id"])


def test_a_password_is_answered_and_kept_nowhere(azure: Azure, server: str) -> None:
    azure.call("PATCH", server, {"properties": {"administratorLoginPassword": "hidden", "backup": {}}})
    assert "hidden" not in str(azure.get(server))
    assert "hidden" not in str(azure.store.documents("resources").list(""))


def test_a_replica_has_what_its_source_has(azure: Azure, server: str) -> None:
    made = azure.put(REPLICA, {"createMode": "Replica", "sourceServerResourceId": server}, location="westus2")
    properties = made["properties"]
    assert (properties["version"], properties["administratorLogin"]) == ("17", "goodies")
    assert properties["storage"]["storageSizeGB"] == 128
    assert (properties["replicationRole"], properties["sourceServerResourceId"]) == ("AsyncReplica", server)
    assert made["sku"]["name"] == "Standard_D2ds_v4"
    assert azure.get(server)["properties"]["replica"] == {"role": "Primary", "capacity": 5}


def test_a_replica_of_nothing_is_refused(azure: Azure, server: str) -> None:
    azure.delete(server)
    with pytest.raises(AzureError, match="404"):
        azure.put(REPLICA, {"createMode": "Replica", "sourceServerResourceId": server}, location="westus2")


@pytest.mark.parametrize(("mode", "standby"), [("ZoneRedundant", "3"), ("SameZone", "2")])
def test_a_standby_stands_where_it_is_put(azure: Azure, server: str, mode: str, standby: str) -> None:
    SWITCHES.turn(azure.store, {"postgresql_ha.eastus": "allowed"})
    standby_settings = {"mode": mode} | ({"standbyAvailabilityZone": "3"} if mode == "ZoneRedundant" else {})
    properties = {**PROPERTIES, "availabilityZone": "2", "highAvailability": standby_settings}
    azure.call("PUT", "/".join((GROUP, "providers", SERVER)), {"location": "eastus", "properties": properties})
    found = azure.get(server)["properties"]
    assert (found["availabilityZone"], found["highAvailability"]["standbyAvailabilityZone"]) == ("2", standby)


def test_a_parameter_has_its_default_until_it_is_set(azure: Azure, server: str) -> None:
    path = f"{server}/configurations/max_connections"
    before = azure.get(path)["properties"]
    assert (before["value"], before["source"], before["isDynamicConfig"]) == ("859", "system-default", False)
    change = {"properties": {"value": "640", "source": "user-override"}}
    assert azure.send("PATCH", path, change).status == 202
    after = azure.get(path)["properties"]
    assert (after["value"], after["defaultValue"], after["source"]) == ("640", "859", "user-override")


def test_a_server_is_restarted_by_an_operation(azure: Azure, server: str) -> None:
    answer = azure.send("POST", f"{server}/restart")
    assert answer.status == 202
    assert "/operations/" in answer.headers["Azure-AsyncOperation"]


def test_a_cache_has_keys_only_where_it_takes_them(azure: Azure) -> None:
    azure.put(CACHE, location="eastus", sku={"name": "Balanced_B3"})
    database = f"{CACHE}/databases/default"
    made = azure.put(database, {"clusteringPolicy": "NoCluster"})["id"]
    with pytest.raises(AzureError, match="400 AccessKeysAuthenticationDisabled"):
        azure.call("POST", f"{made}/listKeys")
    azure.put(database, {"clusteringPolicy": "NoCluster", "accessKeysAuthentication": "Enabled"})
    keys = azure.call("POST", f"{made}/listKeys")
    assert len({*keys.values()}) == 2
    assert azure.call("POST", f"{made}/listKeys") == keys


def test_the_endpoint_of_a_cache_has_its_region_in_its_name(azure: Azure) -> None:
    azure.network()
    azure.subnet()
    cache = azure.put(CACHE, location="eastus", sku={"name": "Balanced_B3"})
    connection = {"name": "cache", "properties": {"privateLinkServiceId": cache["id"], "groupIds": ["redisEnterprise"]}}
    subnet = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/a"
    properties = {"subnet": {"id": subnet}, "privateLinkServiceConnections": [connection]}
    azure.put("Microsoft.Network/privateEndpoints/e", properties, location="eastus")
    zone = azure.put("Microsoft.Network/privateDnsZones/privatelink.redis.azure.net", location="global")["id"]
    group = {"privateDnsZoneConfigs": [{"name": "cache", "properties": {"privateDnsZoneId": zone}}]}
    azure.put("Microsoft.Network/privateEndpoints/e/privateDnsZoneGroups/default", group)
    name = cache["properties"]["hostName"].removesuffix(".redis.azure.net")
    assert azure.get(f"{zone}/A/{name}")["properties"]["aRecords"]


def test_a_region_says_which_machines_and_standbys_it_has(azure: Azure) -> None:
    path = "/providers/Microsoft.DBforPostgreSQL/locations/{}/capabilities"
    subscription = GROUP.partition("/resourceGroups")[0]

    def machines(location: str) -> dict[str, list[str]]:
        editions = azure.get(subscription + path.format(location))["value"][0]["supportedServerEditions"]
        found = [each for edition in editions for each in edition["supportedServerSkus"]]
        return {each["name"]: each.get("supportedHaMode", []) for each in found}

    assert machines("eastus")["Standard_D2ds_v5"] == ["SameZone"]
    assert "Standard_D2ds_v5" not in machines("westus2")
    assert machines("westus2")["Standard_B2s"] == []
    SWITCHES.turn(azure.store, {"postgresql_ha.westus2": "allowed"})
    assert machines("westus2")["Standard_D2ds_v4"] == ["SameZone", "ZoneRedundant"]
