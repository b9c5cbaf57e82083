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


# Properties that a read replica takes from its source (CreateDBInstanceReadReplica, RDS API reference), and the consent
# to a major upgrade, in which a replica of another region has no part.
NOT_OF_A_COPY = {
    "AllowMajorVersionUpgrade",
    "AllocatedStorage",
    "DBName",
    "Engine",
    "EngineVersion",
    "MasterUserPassword",
    "MasterUsername",
    "StorageEncrypted",
}


@pytest.mark.plan("DR-2")
def test_a_promoted_copy_has_all_that_the_database_has(prod: Environment) -> None:
    source, copy = prod.one(DATABASE, "Data"), prod.one(DATABASE, "Standby")
    assert source.properties.keys() - copy.properties.keys() == NOT_OF_A_COPY
    equal = (
        "BackupRetentionPeriod",
        "PreferredBackupWindow",
        "MultiAZ",
        "DeletionProtection",
        "DeleteAutomatedBackups",
    )
    assert {key: copy[key] for key in equal} == {key: source[key] for key in equal}


@pytest.mark.plan("DR-3")
def test_the_copy_has_the_parameters_of_the_database(prod: Environment) -> None:
    """A standby needs no fewer connections, workers, senders, locks and prepared transactions than its primary."""
    source, copy = (prod.one(DATABASE, part)["DBParameterGroupName"] for part in ("Data", "Standby"))
    assert (copy["Family"], copy["Parameters"]) == (source["Family"], source["Parameters"])


@pytest.mark.plan("SEC-5")
def test_the_logs_of_databases_have_a_retention_and_a_key(environment: Environment) -> None:
    for database in environment.resources(DATABASE):
        for log in database["EnableCloudwatchLogsExports"]:
            name = f"/aws/rds/instance/{database['DBInstanceIdentifier']}/{log}"
            (group,) = (
                group
                for group in environment.resources("AWS::Logs::LogGroup", LogGroupName=name)
                if group.stack == database.stack
            )
            assert group["RetentionInDays"] == 30
            assert group["KmsKeyId"] == database["KmsKeyId"]
            assert group.logical_id in database.body["DependsOn"], "RDS would make the group first"


def test_rds_chooses_the_minor_version(environment: Environment) -> None:
    """RDS refuses a minor version below that which it has upgraded to, and withdraws each after about a year."""
    assert environment.one(DATABASE, "Data")["EngineVersion"].isdigit()
