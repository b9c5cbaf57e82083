"""PostgreSQL flexible server: standby, backups, network, TLS, parameters, the replica."""

import json

import pytest

import environments
from constructs_lib.azure.data.database import USER
from environments import Environment
from tests.gcp.terraform import Assembly, Resource, Stack

DATABASE = "azurerm_postgresql_flexible_server"
PARAMETER = "azurerm_postgresql_flexible_server_configuration"
# Words of azurerm for what reaches a region's pair, which is not the recovery region.
GEO = ("geo_redundant_backup_enabled", "geo_backup_key_vault_key_id", "geo_backup_user_assigned_identity_id")
REPLICATED_GEO = {"GRS", "RAGRS", "GZRS", "RAGZRS"}


def databases(stack: Stack) -> list[Resource]:
    found = stack.resources(DATABASE)
    assert found, f"{stack.name} has no database"
    return found


def parameters(stack: Stack, database: Resource) -> dict[str, str]:
    return {item["name"]: item["value"] for item in stack.resources(PARAMETER) if item["server_id"] == database}


def environment_of(stack: Stack) -> Environment:
    name = stack.name.removeprefix("azure-")
    return next(item for item in environments.load() if item.name == name)


@pytest.mark.plan("AZR-4")
def test_the_database_is_postgresql(azure_environment: Stack) -> None:
    assert azure_environment.one(DATABASE, "Database")["version"] == "18"
    (database,) = azure_environment.resources("azurerm_postgresql_flexible_server_database")
    assert (database["name"], database["server_id"]) == ("goodies", azure_environment.one(DATABASE, "Database"))
    assert database.protected


@pytest.mark.plan("AZR-4", "ENV-3/production-like", "ENV-4/scale")
@pytest.mark.parametrize("name", ["azure-prod", "azure-staging"])
def test_the_database_has_a_standby_where_the_data_says(name: str, azure: Assembly) -> None:
    stack = azure.stacks[name]
    database, settings = stack.one(DATABASE, "Database"), environment_of(stack).database
    assert settings.multi_az
    assert database["high_availability"]["mode"] == settings.azure_standby
    assert database["sku_name"].startswith("GP_")


@pytest.mark.plan("ENV-2/minimal")
def test_development_pays_for_one_burstable_server(azure: Assembly) -> None:
    database = azure.stacks["azure-dev"].one(DATABASE)
    assert (database.get("high_availability"), database["sku_name"]) == (None, "B_Standard_B2s")


@pytest.mark.plan("AZR-4")
def test_storage_is_the_next_amount_and_shown(azure_environment: Stack) -> None:
    environment = environment_of(azure_environment)
    wanted, steps = environment.database.storage_gib, environment.policy.sizes.azure_storage_gib
    for database in databases(azure_environment):
        gib = database["storage_mb"] // 1024
        assert gib in steps, database
        assert gib >= wanted, database
        assert [step for step in steps if wanted <= step < gib] == [], database
        assert azure_environment.content["output"]["DatabaseStorage"]["value"] == f"{gib} GiB for {wanted}"


@pytest.mark.plan("AZR-2/private", "SEC-1/data")
def test_no_database_has_a_public_address(azure_environment: Stack) -> None:
    for database in databases(azure_environment):
        assert database["public_network_access_enabled"] is False, database
        subnet = database["delegated_subnet_id"]
        assert subnet["name"] == "database", database
        assert subnet["virtual_network_name"]["location"] == database["location"], database
        assert database["private_dns_zone_id"]["name"].endswith(".postgres.database.azure.com"), database
    assert azure_environment.resources("azurerm_postgresql_flexible_server_firewall_rule") == []


@pytest.mark.plan("SEC-6/encrypted")
def test_databases_speak_tls_1_3_and_nothing_else(azure_environment: Stack) -> None:
    for database in databases(azure_environment):
        set_there = parameters(azure_environment, database)
        assert set_there["require_secure_transport"] == "on", database
        assert set_there["ssl_min_protocol_version"] == "TLSv1.3", database


@pytest.mark.plan("DR-1")
def test_the_database_is_backed_up_daily_and_patched_later(azure_environment: Stack) -> None:
    """A flexible server takes a snapshot each day of itself, for as long as it keeps backups."""
    database, policy = azure_environment.one(DATABASE, "Database"), environment_of(azure_environment).policy
    assert database["backup_retention_days"] >= 7
    window = database["maintenance_window"]
    begins = window["start_hour"] * 60 + window["start_minute"]
    hour, minute = policy.backup.daily_at_utc.split(":")
    assert begins >= int(hour) * 60 + int(minute) + 60


@pytest.mark.plan("DR-2")
def test_the_database_can_be_restored_to_any_second_of_the_last_7_days(azure_environment: Stack) -> None:
    assert azure_environment.one(DATABASE, "Database")["backup_retention_days"] == 7


@pytest.mark.plan("DR-3", "AZR-1/recovery")
def test_nothing_is_copied_to_the_paired_region(azure: Assembly) -> None:
    for stack in azure.stacks.values():
        for database in stack.resources(DATABASE):
            said = json.dumps(database.body)
            assert [word for word in GEO[1:] if word in said] == [], database
            assert database[GEO[0]] is False, database
        for account in stack.resources("azurerm_storage_account"):
            assert account["account_replication_type"] not in REPLICATED_GEO, account


@pytest.mark.plan("DR-3", "AZR-1/primary", "AZR-1/recovery")
def test_a_copy_of_the_database_stands_in_west_us_2(azure_prod: Stack) -> None:
    source, copy = (azure_prod.one(DATABASE, at) for at in ("Database", "Replica"))
    assert (source["location"], copy["location"]) == ("eastus", "westus2")
    assert (copy["create_mode"], copy["source_server_id"]) == ("Replica", source)
    assert copy["name"] != source["name"]


@pytest.mark.plan("DR-3")
def test_the_copy_replicates_through_the_peered_networks(azure_prod: Stack) -> None:
    copy = azure_prod.one(DATABASE, "Replica")
    ways = azure_prod.resources("azurerm_virtual_network_peering")
    assert len(ways) == 2
    assert [str(way) for way in ways if f"{way.type}.{way.name}" not in copy.body["depends_on"]] == []


@pytest.mark.plan("DR-3")
def test_the_copy_follows_whatever_the_original_does(azure_prod: Stack) -> None:
    source, copy = (azure_prod.one(DATABASE, at) for at in ("Database", "Replica"))
    # Burstable servers have no replica, and what is left out is the provider's 32 GiB.
    assert source["sku_name"].startswith("GP_")
    assert copy["sku_name"].startswith("GP_")
    assert copy["storage_mb"] == source["storage_mb"]
    assert copy["auto_grow_enabled"] is source["auto_grow_enabled"] is True
    here, there = (parameters(azure_prod, item) for item in (source, copy))
    assert int(there["max_connections"]) >= int(here["max_connections"])
    first = azure_prod.one(PARAMETER, "Replica", name="max_connections")
    last = azure_prod.one(PARAMETER, "Database", name="max_connections")
    assert f"{PARAMETER}.{first.name}" in last.body["depends_on"]


@pytest.mark.plan("SEC-5", "SEC-7")
def test_each_database_is_encrypted_with_the_key_of_its_region(azure_environment: Stack) -> None:
    identities = [database["identity"]["identity_ids"] for database in databases(azure_environment)]
    assert len({item.name for (item,) in identities}) == len(identities)
    for database in databases(azure_environment):
        given = database.body["customer_managed_key"]
        # Without a version, so that a rotation is followed.
        (key,) = (
            key
            for key in azure_environment.resources("azurerm_key_vault_key")
            if given["key_vault_key_id"] == f"${{azurerm_key_vault_key.{key.name}.versionless_id}}"
        )
        assert key["key_vault_id"]["location"] == database["location"], database
        (identity,) = database["identity"]["identity_ids"]
        assert database["customer_managed_key"]["primary_user_assigned_identity_id"] == identity, database
        (grant,) = (
            item
            for item in azure_environment.resources("azurerm_role_assignment")
            if identity.name in item.body["principal_id"]
        )
        assert key.name in grant.body["scope"], database
        assert f"{grant.type}.{grant.name}" in database.body["depends_on"], database


@pytest.mark.plan("IMP-2/insights")
def test_query_store_is_on(azure_environment: Stack) -> None:
    wanted = {
        "pg_qs.query_capture_mode": "top",
        "pgms_wait_sampling.query_capture_mode": "all",
        "track_io_timing": "on",
        "metrics.collector_database_activity": "on",
    }
    for database in databases(azure_environment):
        assert wanted.items() <= parameters(azure_environment, database).items(), database


@pytest.mark.plan("IMP-2/slow-queries")
def test_slow_queries_are_logged(azure_environment: Stack) -> None:
    for database in databases(azure_environment):
        assert parameters(azure_environment, database)["log_min_duration_statement"] == "500", database


@pytest.mark.plan("IMP-2/insights", "IMP-2/slow-queries")
def test_logs_and_statistics_of_queries_reach_the_workspace_of_the_region(azure_environment: Stack) -> None:
    for database in databases(azure_environment):
        (setting,) = azure_environment.resources("azurerm_monitor_diagnostic_setting", target_resource_id=database)
        assert {item["category"] for item in setting["enabled_log"]} == {
            "PostgreSQLLogs",
            "PostgreSQLFlexSessions",
            "PostgreSQLFlexQueryStoreRuntime",
            "PostgreSQLFlexQueryStoreWaitStats",
        }
        assert setting["enabled_metric"] == [{"category": "AllMetrics"}]
        assert setting["log_analytics_workspace_id"]["location"] == database["location"]


@pytest.mark.plan("AZR-4")
def test_every_database_accepts_what_its_size_says(azure_environment: Stack) -> None:
    environment = environment_of(azure_environment)
    given = parameters(azure_environment, azure_environment.one(DATABASE, "Database"))
    assert given["max_connections"] == str(environment.database_size.max_connections)


@pytest.mark.plan("ENV-4/data")
def test_no_database_can_be_deleted_in_production(azure_prod: Stack) -> None:
    for database in databases(azure_prod):
        assert database.protected, database
        (lock,) = (item for item in azure_prod.resources("azurerm_management_lock") if item["scope"] == database)
        assert lock["lock_level"] == "CanNotDelete", database


def test_storage_grows_by_itself_and_no_plan_shrinks_it(azure_environment: Stack) -> None:
    """Nor takes a plan back what a failover did: it swaps the zones of the database and its standby."""
    for database in databases(azure_environment):
        assert database["auto_grow_enabled"] is True, database
        ignored = database["lifecycle"]["ignore_changes"]
        assert {"storage_mb", "zone"} <= {*ignored}, database
        standby = "high_availability[0].standby_availability_zone"
        assert (standby in ignored) is bool(database.get("high_availability")), database


@pytest.mark.plan("SEC-8/managed", "AZR-9")
def test_the_password_is_the_same_in_database_and_vaults_and_in_no_state(azure_environment: Stack) -> None:
    database = azure_environment.one(DATABASE, "Database")
    stored = azure_environment.resources("azurerm_key_vault_secret", name="database-password")
    assert database["administrator_login"] == USER
    assert database["administrator_password_wo"].startswith("${ephemeral.random_password.")
    assert len(stored) == len(azure_environment.resources("azurerm_key_vault"))
    for secret in stored:
        assert secret["value_wo"] == database["administrator_password_wo"]
        assert secret["value_wo_version"] == database["administrator_password_wo_version"]
    assert "administrator_password" not in database.body
    drawn = azure_environment.content["ephemeral"]["random_password"]["database-password"]
    assert [drawn[kind] for kind in ("min_lower", "min_upper", "min_numeric")] == [1, 1, 1]


@pytest.mark.plan("AZR-4")
def test_people_log_in_with_their_own_identity(azure_environment: Stack) -> None:
    shared = environments.load()[0].policy.account.azure
    assert shared
    assert azure_environment.one(DATABASE, "Database")["authentication"] == {
        "active_directory_auth_enabled": True,
        "password_auth_enabled": True,
        "tenant_id": shared.tenant_id,
    }


@pytest.mark.plan("AZR-2/private", "SEC-2")
def test_no_database_comes_before_its_security_group(azure_environment: Stack) -> None:
    for database in databases(azure_environment):
        network = database["delegated_subnet_id"]["virtual_network_name"]
        (association,) = (
            item
            for item in azure_environment.resources("azurerm_subnet_network_security_group_association")
            if item["subnet_id"] == database["delegated_subnet_id"]
        )
        (link,) = (
            item
            for item in azure_environment.resources("azurerm_private_dns_zone_virtual_network_link")
            if item["private_dns_zone_name"] == database["private_dns_zone_id"]
            and item["virtual_network_id"] == network
        )
        wanted = {f"{item.type}.{item.name}" for item in (association, link)}
        assert wanted <= {*database.body["depends_on"]}, database


@pytest.mark.plan("AZR-4")
def test_a_servers_name_is_not_that_of_its_zone(azure_environment: Stack) -> None:
    for database in databases(azure_environment):
        assert not database["private_dns_zone_id"]["name"].startswith(f"{database['name']}."), database
