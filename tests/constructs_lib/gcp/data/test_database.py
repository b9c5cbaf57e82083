"""Cloud SQL for PostgreSQL: high availability, backups, TLS, insights, the replica."""

import pytest

from tests.gcp.terraform import Resource, Stack

DATABASE = "google_sql_database_instance"


def flags(database: Resource) -> dict[str, str]:
    return {flag["name"]: flag["value"] for flag in database["settings"]["database_flags"]}


def databases(stack: Stack) -> list[Resource]:
    found = stack.resources(DATABASE)
    assert found, f"{stack.name} has no database"
    return found


@pytest.mark.plan("GCP-4/postgresql")
def test_the_database_is_postgresql(gcp_environment: Stack) -> None:
    assert {database["database_version"] for database in databases(gcp_environment)} == {"POSTGRES_18"}


@pytest.mark.plan("GCP-4/ha", "ENV-3/production-like", "ENV-4/scale")
@pytest.mark.parametrize("name", ["gcp_prod", "gcp_staging"])
def test_the_database_survives_the_loss_of_a_zone(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)
    assert stack.one(DATABASE, "Database")["settings"]["availability_type"] == "REGIONAL"


@pytest.mark.plan("ENV-2/minimal")
def test_development_pays_for_one_zone(gcp_dev: Stack) -> None:
    settings = gcp_dev.one(DATABASE)["settings"]
    assert (settings["availability_type"], settings["tier"]) == ("ZONAL", "db-custom-2-4096")


@pytest.mark.plan("SEC-1/data", "GCP-2/private")
def test_no_database_has_a_public_address(gcp_environment: Stack) -> None:
    for database in databases(gcp_environment):
        addresses = database["settings"]["ip_configuration"]
        assert addresses["ipv4_enabled"] is False, database
        assert addresses["private_network"] == gcp_environment.one("google_compute_network"), database
        assert "authorized_networks" not in addresses, database


@pytest.mark.plan("SEC-6/encrypted")
def test_databases_refuse_connections_without_tls(gcp_environment: Stack) -> None:
    accepted = {"ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}
    found = databases(gcp_environment)
    assert [str(item) for item in found if item["settings"]["ip_configuration"]["ssl_mode"] not in accepted] == []


@pytest.mark.plan("DR-1")
def test_the_database_is_backed_up_daily(gcp_environment: Stack) -> None:
    backup = gcp_environment.one(DATABASE, "Database")["settings"]["backup_configuration"]
    assert (backup["enabled"], backup["start_time"]) == (True, "03:00")
    assert backup["backup_retention_settings"]["retained_backups"] >= 7


@pytest.mark.plan("DR-2")
def test_the_database_can_be_restored_to_any_second_of_the_last_7_days(gcp_environment: Stack) -> None:
    backup = gcp_environment.one(DATABASE, "Database")["settings"]["backup_configuration"]
    assert backup["point_in_time_recovery_enabled"] is True
    assert backup["transaction_log_retention_days"] == 7


@pytest.mark.plan("DR-3")
def test_backups_of_production_lie_in_us_east1_for_35_days(gcp_prod: Stack) -> None:
    backup = gcp_prod.one(DATABASE, "Database")["settings"]["backup_configuration"]
    assert (backup["location"], backup["backup_retention_settings"]) == (
        "us-east1",
        {"retained_backups": 35, "retention_unit": "COUNT"},
    )


@pytest.mark.plan("DR-1")
def test_backups_outlive_the_database(gcp_environment: Stack) -> None:
    assert gcp_environment.one(DATABASE, "Database")["settings"]["retain_backups_on_delete"] is True


@pytest.mark.plan("DR-3", "GCP-1/primary", "GCP-1/recovery")
def test_a_copy_of_the_database_stands_in_us_east1(gcp_prod: Stack) -> None:
    copy = gcp_prod.one(DATABASE, "Replica")
    assert copy["region"] == "us-east1"
    assert copy["master_instance_name"] == gcp_prod.one(DATABASE, "Database")
    assert gcp_prod.one(DATABASE, "Database")["region"] == "us-central1"


@pytest.mark.plan("DR-3")
def test_the_copy_is_as_large_as_the_original_may_grow(gcp_prod: Stack) -> None:
    source, copy = (gcp_prod.one(DATABASE, at)["settings"] for at in ("Database", "Replica"))
    assert copy["disk_autoresize_limit"] >= source["disk_autoresize_limit"]


@pytest.mark.plan("SEC-5", "SEC-7")
def test_each_database_is_encrypted_with_the_key_of_its_region(gcp_environment: Stack) -> None:
    for database in databases(gcp_environment):
        assert database["encryption_key_name"]["key_ring"]["location"] == database["region"], database


@pytest.mark.plan("IMP-2/insights")
def test_query_insights_are_on(gcp_environment: Stack) -> None:
    found = databases(gcp_environment)
    assert [str(item) for item in found if not item["settings"]["insights_config"]["query_insights_enabled"]] == []


@pytest.mark.plan("IMP-2/slow-queries")
def test_slow_queries_are_logged(gcp_environment: Stack) -> None:
    found = databases(gcp_environment)
    assert {str(database): flags(database)["log_min_duration_statement"] for database in found} == {
        str(database): "500" for database in found
    }


@pytest.mark.plan("ENV-4/data")
def test_no_database_can_be_deleted_in_production(gcp_prod: Stack) -> None:
    for database in databases(gcp_prod):
        assert database.protected, database
        assert database["deletion_protection"] is True, database
        assert database["settings"]["deletion_protection_enabled"] is True, database


def test_storage_grows_by_itself_and_no_plan_shrinks_it(gcp_environment: Stack) -> None:
    for database in databases(gcp_environment):
        settings = database["settings"]
        assert settings["disk_autoresize"] is True, database
        assert settings["disk_autoresize_limit"] > settings["disk_size"], database
        assert "settings[0].disk_size" in database["lifecycle"]["ignore_changes"], database


@pytest.mark.plan("SEC-8/managed", "GCP-10")
def test_the_password_is_the_same_in_database_and_secret_and_in_no_state(gcp_environment: Stack) -> None:
    user = gcp_environment.one("google_sql_user")
    version = gcp_environment.one("google_secret_manager_secret_version", "Database")
    assert user["password_wo"].startswith("${ephemeral.random_password.")
    assert user["password_wo"] == version["secret_data_wo"]
    assert user["password_wo_version"] == version["secret_data_wo_version"]
    assert not {"password", "secret_data"} & (user.body.keys() | version.body.keys())


@pytest.mark.plan("SEC-6/encrypted")
def test_clients_trust_every_authority_of_a_server_while_a_rotation_runs(gcp_environment: Stack) -> None:
    """Both Cloud SQL and Memorystore have two for a while; the second must be trusted before it is used."""
    trusted = gcp_environment.one("kubernetes_config_map_v1", "Service")["data"]
    for name, text in trusted.items():
        assert text.startswith("${join("), name
        assert "[*].cert" in text, name
    assert "data.google_sql_ca_certs." in trusted["database.pem"]
    assert "server_ca_cert." not in str(gcp_environment.content)


@pytest.mark.plan("GCP-2/private")
def test_nothing_private_is_made_before_its_door(gcp_environment: Stack) -> None:
    (connection,) = gcp_environment.resources("google_service_networking_connection")
    private = [*databases(gcp_environment), *gcp_environment.resources("google_redis_instance")]
    assert [str(item) for item in private if f"{connection.type}.{connection.name}" not in item["depends_on"]] == []
