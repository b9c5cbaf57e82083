"""Managed Redis: failover, TLS, access key, encryption, persistence, the private endpoint."""

import pytest

import environments
from tests.azure.security_groups import networks
from tests.gcp.terraform import Assembly, Stack

CACHE = "azurerm_managed_redis"


@pytest.mark.plan("AZR-5", "ENV-3/production-like", "ENV-4/scale")
@pytest.mark.parametrize("name", ["azure-prod", "azure-staging"])
def test_the_cache_fails_over_by_itself(name: str, azure: Assembly) -> None:
    assert azure.stacks[name].one(CACHE)["high_availability_enabled"] is True


@pytest.mark.plan("ENV-2/minimal")
def test_development_pays_for_one_node(azure: Assembly) -> None:
    cache = azure.stacks["azure-dev"].one(CACHE)
    assert (cache["high_availability_enabled"], cache["sku_name"]) == (False, "Balanced_B3")


@pytest.mark.plan("AZR-5")
def test_any_client_of_redis_finds_all_keys(azure_environment: Stack) -> None:
    """A cluster moves a client from port to port, or refuses a command over several keys; one shard does not."""
    database = azure_environment.one(CACHE)["default_database"]
    assert database["clustering_policy"] == "NoCluster"


@pytest.mark.plan("AZR-2/private", "AZR-5", "SEC-1/data")
def test_only_the_private_network_leads_to_the_cache(azure_environment: Stack) -> None:
    cache = azure_environment.one(CACHE)
    assert cache["public_network_access"] == "Disabled"
    endpoint = azure_environment.one("azurerm_private_endpoint", "Cache")
    way = endpoint["private_service_connection"]
    assert (way["private_connection_resource_id"], way["subresource_names"]) == (cache, ["redisEnterprise"])
    assert (endpoint["subnet_id"]["name"], endpoint["location"]) == ("cache", cache["location"])
    (zone,) = endpoint["private_dns_zone_group"]["private_dns_zone_ids"]
    assert zone["name"] == "privatelink.redis.azure.net"
    assert networks(azure_environment)[cache["location"]].groups["cache"]


@pytest.mark.plan("SEC-6/encrypted", "SEC-2")
def test_the_cache_speaks_tls_and_asks_for_a_key(azure_environment: Stack) -> None:
    database = azure_environment.one(CACHE)["default_database"]
    assert (database["client_protocol"], database["access_keys_authentication_enabled"]) == ("Encrypted", True)


@pytest.mark.plan("SEC-5")
def test_the_cache_is_encrypted_with_the_key_of_its_region(azure_environment: Stack) -> None:
    cache = azure_environment.one(CACHE)
    # With a version: without one Azure refuses it.
    (key,) = (
        key
        for key in azure_environment.resources("azurerm_key_vault_key")
        if cache.body["customer_managed_key"]["key_vault_key_id"] == f"${{azurerm_key_vault_key.{key.name}.id}}"
    )
    assert key["key_vault_id"]["location"] == cache["location"]
    (identity,) = cache["identity"]["identity_ids"]
    assert cache["customer_managed_key"]["user_assigned_identity_id"] == identity
    (grant,) = (
        item
        for item in azure_environment.resources("azurerm_role_assignment")
        if identity.name in item.body["principal_id"]
    )
    assert key.name in grant.body["scope"]
    assert f"{grant.type}.{grant.name}" in cache.body["depends_on"]


@pytest.mark.plan("AZR-5")
def test_a_full_cache_forgets_what_was_used_least_recently(azure_environment: Stack) -> None:
    assert azure_environment.one(CACHE)["default_database"]["eviction_policy"] == "AllKeysLRU"


@pytest.mark.plan("AZR-5")
def test_the_cache_of_production_survives_a_restart(azure_prod: Stack) -> None:
    assert azure_prod.one(CACHE)["default_database"]["persistence_redis_database_backup_frequency"] == "12h"


@pytest.mark.plan("AZR-9", "DR-7/stored", "DR-7/region")
def test_the_caches_key_is_a_secret_in_each_vault(azure_environment: Stack) -> None:
    cache = azure_environment.one(CACHE)
    stored = azure_environment.resources("azurerm_key_vault_secret", name="cache-password")
    vaults = azure_environment.resources("azurerm_key_vault")
    assert sorted(secret["key_vault_id"].name for secret in stored) == sorted(vault.name for vault in vaults)
    for secret in stored:
        # A reference, so the value is in the state and in no template.
        assert secret.body["value"] == f"${{{CACHE}.{cache.name}.default_database[0].primary_access_key}}"


@pytest.mark.plan("AZR-5")
def test_the_cache_has_the_memory_that_its_size_says(azure_environment: Stack) -> None:
    name = azure_environment.name.removeprefix("azure-")
    environment = next(item for item in environments.load() if item.name == name)
    assert azure_environment.one(CACHE)["sku_name"] == environment.cache_size.azure


def test_a_new_cache_has_an_hour_to_come_up(azure_environment: Stack) -> None:
    assert azure_environment.one(CACHE)["timeouts"]["create"] == "60m"


@pytest.mark.plan("AZR-1/recovery")
def test_the_recovery_region_has_no_cache_until_it_serves(azure_prod: Stack) -> None:
    assert [cache["location"] for cache in azure_prod.resources(CACHE)] == ["eastus"]


@pytest.mark.plan("AZR-5")
def test_who_connects_to_the_cache_is_logged(azure_environment: Stack) -> None:
    cache = azure_environment.one(CACHE)
    settings = azure_environment.resources("azurerm_monitor_diagnostic_setting", target_resource_id=cache)
    sent = {str(setting.body["target_resource_id"]).rpartition(f"{cache.name}.")[2]: setting for setting in settings}
    assert sent["default_database[0].id}"]["enabled_log"] == [{"category": "ConnectionEvents"}]
    assert sent["id}"]["enabled_metric"] == [{"category": "AllMetrics"}]
