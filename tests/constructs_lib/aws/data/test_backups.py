"""AWS Backup: plan, vaults, copies in the recovery region, vault lock."""

import pytest

from assembly.values import Json
from tests.aws.iam import encrypted_with, ways_out
from tests.aws.resources import Environment

VAULT = "AWS::Backup::BackupVault"


def rules(environment: Environment) -> dict[str, Json]:
    plan = environment.one("AWS::Backup::BackupPlan")["BackupPlan"]
    return {rule["RuleName"]: rule for rule in plan["BackupPlanRule"]}


@pytest.mark.plan("DR-1")
def test_the_database_is_backed_up_to_the_vault_every_day(environment: Environment) -> None:
    daily = rules(environment)["daily"]
    assert daily["ScheduleExpression"].endswith(" * * ? *)")
    assert daily["TargetBackupVault"] == environment.one(VAULT, "Data")


@pytest.mark.plan("DR-1")
def test_the_plan_covers_the_database(environment: Environment) -> None:
    selection = environment.one("AWS::Backup::BackupSelection")["BackupSelection"]
    (covered,) = selection["Resources"]
    assert covered.endswith(f":db:{environment.one('AWS::RDS::DBInstance', 'Data')}")


@pytest.mark.plan("DR-2")
def test_the_vault_holds_7_days_of_continuous_recovery(environment: Environment) -> None:
    daily = rules(environment)["daily"]
    assert daily["EnableContinuousBackup"] is True
    assert daily["Lifecycle"]["DeleteAfterDays"] >= 7


@pytest.mark.plan("DR-3", "AWS-1/recovery")
def test_backups_are_copied_to_the_vault_in_us_west_2(prod: Environment) -> None:
    (copy,) = rules(prod)["daily"]["CopyActions"]
    vault = copy["DestinationBackupVaultArn"]
    assert (vault, vault.region) == (prod.one(VAULT, "Recovery"), "us-west-2")


@pytest.mark.plan("DR-4")
def test_a_monthly_backup_is_kept_longer(environment: Environment) -> None:
    monthly = rules(environment)["monthly-archive"]
    assert monthly["ScheduleExpression"].endswith(" 1 * ? *)")
    assert monthly["Lifecycle"]["DeleteAfterDays"] >= monthly["Lifecycle"]["MoveToColdStorageAfterDays"] + 90


@pytest.mark.plan("SEC-5")
def test_vaults_are_encrypted_with_the_key_of_their_region(environment: Environment) -> None:
    for vault in environment.resources(VAULT):
        assert [key.region for key in encrypted_with(vault)] == [vault.region], vault


@pytest.mark.plan("ENV-4/data", "DR-1")
def test_backups_cannot_be_deleted_before_their_time_in_production(prod: Environment) -> None:
    assert all(vault["LockConfiguration"]["MinRetentionDays"] >= 7 for vault in prod.resources(VAULT))


@pytest.mark.plan("AWS-1/recovery", "ENV-4/regions")
def test_a_network_stands_ready_in_us_west_2(prod: Environment) -> None:
    subnets = prod.resources("AWS::EC2::Subnet", "Recovery")
    assert {subnet["AvailabilityZone"][:-1] for subnet in subnets} == {"us-west-2"}
    assert ways_out(prod, subnets) == {"gateway", "nat", "none"}


@pytest.mark.plan("AWS-1/recovery")
def test_the_networks_of_both_regions_can_be_joined(prod: Environment) -> None:
    ranges = [vpc["CidrBlock"] for vpc in prod.resources("AWS::EC2::VPC")]
    assert len(set(ranges)) == 2
