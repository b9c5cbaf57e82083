"""RDS for PostgreSQL: Multi-AZ, backups, encryption, clients, insights, the replica."""

import pytest

from tests.aws.checks import in_one_zone, uninvited
from tests.aws.iam import encrypted_with
from tests.aws.resources import Environment

DATABASE = "AWS::RDS::DBInstance"


@pytest.mark.plan("AWS-4/postgresql")
def test_the_database_is_postgresql(environment: Environment) -> None:
    assert environment.one(DATABASE, "Data")["Engine"] == "postgres"


@pytest.mark.plan("AWS-4/multi-az", "ENV-4/scale")
def test_databases_and_caches_survive_the_loss_of_a_zone_in_production(prod: Environment) -> None:
    assert in_one_zone(prod) == []


@pytest.mark.plan("AWS-4/multi-az", "ENV-3/production-like")
def test_databases_and_caches_survive_the_loss_of_a_zone_in_staging(staging: Environment) -> None:
    assert in_one_zone(staging) == []


@pytest.mark.plan("SEC-2")
def test_only_the_tasks_and_the_rotation_reach_the_database(environment: Environment) -> None:
    assert uninvited(environment, "Database", invited={"Service", "Rotation"}) == []


@pytest.mark.plan("DR-1")
def test_the_database_is_backed_up_daily(environment: Environment) -> None:
    database = environment.one(DATABASE, "Data")
    assert database["BackupRetentionPeriod"] > 0
    assert database["PreferredBackupWindow"]


@pytest.mark.plan("DR-2")
def test_the_database_can_be_restored_to_any_second_of_the_last_7_days(environment: Environment) -> None:
    assert environment.one(DATABASE, "Data")["BackupRetentionPeriod"] >= 7


@pytest.mark.plan("DR-1")
def test_backups_outlive_the_database(environment: Environment) -> None:
    assert environment.one(DATABASE, "Data")["DeleteAutomatedBackups"] is False


@pytest.mark.plan("DR-3", "AWS-1/recovery")
def test_a_copy_of_the_database_stands_in_us_west_2(prod: Environment) -> None:
    source = prod.one(DATABASE, "Data")
    copy = prod.one(DATABASE, "Standby")
    assert copy.region == "us-west-2"
    assert copy["SourceDBInstanceIdentifier"].endswith(f":us-east-1:111122223333:db:{source}")


@pytest.mark.plan("DR-3")
def test_the_copy_is_as_large_as_the_original_may_grow(prod: Environment) -> None:
    source, copy = prod.one(DATABASE, "Data"), prod.one(DATABASE, "Standby")
    assert copy["MaxAllocatedStorage"] >= source["MaxAllocatedStorage"]


@pytest.mark.plan("SEC-5", "SEC-7")
def test_the_database_is_encrypted_with_the_environments_key(environment: Environment) -> None:
    database = environment.one(DATABASE, "Data")
    assert database["StorageEncrypted"] is True
    assert database["KmsKeyId"] == environment.one("AWS::KMS::Key")


@pytest.mark.plan("SEC-5", "SEC-7")
def test_the_copy_is_encrypted_with_the_same_key_in_its_own_region(prod: Environment) -> None:
    assert encrypted_with(prod.one(DATABASE, "Standby")) == {prod.one("AWS::KMS::ReplicaKey")}


@pytest.mark.plan("SEC-6/encrypted")
def test_databases_refuse_connections_without_tls(environment: Environment) -> None:
    databases = environment.resources(DATABASE)
    assert {
        str(database): database["DBParameterGroupName"]["Parameters"]["rds.force_ssl"] for database in databases
    } == {str(database): "1" for database in databases}


@pytest.mark.plan("IMP-2/insights")
def test_query_insights_are_on(environment: Environment) -> None:
    databases = environment.resources(DATABASE)
    assert [str(database) for database in databases if database["EnablePerformanceInsights"] is not True] == []


@pytest.mark.plan("IMP-2/slow-queries")
def test_slow_queries_are_logged_and_the_log_is_exported(environment: Environment) -> None:
    for database in environment.resources(DATABASE):
        parameters = database["DBParameterGroupName"]["Parameters"]
        assert int(parameters["log_min_duration_statement"]) > 0, database
        assert "pg_stat_statements" in parameters["shared_preload_libraries"], database
        assert "postgresql" in database["EnableCloudwatchLogsExports"], database


@pytest.mark.plan("ENV-4/data")
def test_no_database_can_be_deleted_in_production(prod: Environment) -> None:
    databases = prod.resources(DATABASE)
    assert [str(database) for database in databases if database["DeletionProtection"] is not True] == []


def test_storage_grows_by_itself(environment: Environment) -> None:
    database = environment.one(DATABASE, "Data")
    assert database["StorageType"] == "gp3"
    assert database["MaxAllocatedStorage"] > int(database["AllocatedStorage"])
