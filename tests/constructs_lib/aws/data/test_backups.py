"""AWS Backup: plan, vaults, copies in the recovery region, vault lock."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from assembly.values import Json
from tests.aws.iam import encrypted_with, ways_out
from tests.aws.ingress import reaches
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
def test_point_in_time_recovery_has_one_owner(environment: Environment) -> None:
    """A continuous backup would take over the retention and the window that the instance's template sets."""
    assert environment.one("AWS::RDS::DBInstance", "Data")["BackupRetentionPeriod"] >= 7
    assert [name for name, rule in rules(environment).items() if rule.get("EnableContinuousBackup")] == []


@dataclass(frozen=True)
class Firing:
    """A start window of a rule."""

    rule: str
    start: datetime
    end: datetime
    copied: bool


def firings(environment: Environment) -> list[Firing]:
    """Return the start windows of all rules in a leap year, in order."""
    found = []
    for name, rule in rules(environment).items():
        fields = re.fullmatch(r"cron\((\d+) (\d+) (\*|\d+) \* \? \*\)", rule["ScheduleExpression"])
        assert fields, rule
        minute, hour, day = fields.groups()
        for offset in range(366):
            start = datetime(2028, 1, 1, int(hour), int(minute), tzinfo=UTC) + timedelta(days=offset)
            if day in {"*", str(start.day)}:
                end = start + timedelta(minutes=rule["StartWindowMinutes"])
                found.append(Firing(name, start, end, bool(rule.get("CopyActions"))))
    return sorted(found, key=lambda firing: firing.start)


@pytest.mark.plan("DR-1", "DR-4")
def test_no_two_start_windows_of_a_year_overlap(environment: Environment) -> None:
    overlapping = [
        f"{earlier.rule} until {earlier.end}, {later.rule} from {later.start}"
        for earlier, later in pairwise(firings(environment))
        if later.start < earlier.end
    ]
    assert overlapping == []


@pytest.mark.plan("DR-3", "AWS-1/recovery")
def test_a_backup_of_every_day_of_the_year_is_copied(prod: Environment) -> None:
    assert len({firing.start.date() for firing in firings(prod) if firing.copied}) == 366


@pytest.mark.plan("DR-1")
def test_no_backup_begins_within_an_hour_of_the_databases_own_windows(environment: Environment) -> None:
    """AWS Backup does not begin one then ("Considerations for Amazon RDS", AWS Backup developer guide)."""
    database, hour = environment.one("AWS::RDS::DBInstance", "Data"), timedelta(hours=1)
    windows = [database["PreferredBackupWindow"], re.sub("[a-z]+:", "", database["PreferredMaintenanceWindow"])]
    for firing in firings(environment):
        for window in windows:
            start, end = (firing.start.replace(hour=int(text[:2]), minute=int(text[3:])) for text in window.split("-"))
            assert firing.end <= start - hour or firing.start >= end + hour, (firing, window)


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


@pytest.mark.plan("DR-1")
def test_a_snapshot_is_restored_every_month(environment: Environment) -> None:
    plan = environment.one("AWS::Backup::RestoreTestingPlan")
    assert plan["ScheduleExpression"].endswith(" 2 * ? *)")
    assert plan["RecoveryPointSelection"]["IncludeVaults"] == [environment.one(VAULT, "Data")]
    assert plan["RecoveryPointSelection"]["RecoveryPointTypes"] == ["SNAPSHOT"]
    selection = environment.one("AWS::Backup::RestoreTestingSelection")
    assert selection["ProtectedResourceArns"][0].endswith(f":db:{environment.one('AWS::RDS::DBInstance', 'Data')}")
    overrides = selection["RestoreMetadataOverrides"]
    assert overrides["dbSubnetGroupName"] == environment.one("AWS::RDS::DBSubnetGroup", "Data")


def test_nobody_reaches_a_restored_copy(environment: Environment) -> None:
    assert reaches(environment, "Data/RestoreTest") == set()


def test_aws_backup_may_restore_in_both_regions(prod: Environment) -> None:
    roles = [
        role
        for role in prod.resources("AWS::IAM::Role")
        if "AWSBackupServiceRolePolicyForRestores" in str(role.get("ManagedPolicyArns"))
    ]
    assert {role.region for role in roles} == {"us-east-1", "us-west-2"}
