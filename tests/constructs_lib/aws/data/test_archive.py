"""Monthly export of the database to S3."""

import pytest

from tests.aws.assembly import Assembly
from tests.aws.iam import statements
from tests.aws.resources import Environment
from tests.aws.state_machines import Run, run

STATE_MACHINE = "AWS::StepFunctions::StateMachine"


@pytest.mark.plan("DR-4")
def test_the_database_is_archived_every_month(environment: Environment) -> None:
    schedule = environment.one("AWS::Scheduler::Schedule", "Data/Archive")
    assert schedule["ScheduleExpression"].endswith(" 1 * ? *)")
    assert schedule["State"] == "ENABLED"
    assert schedule["Target"]["Arn"] == environment.one(STATE_MACHINE, "Data/Archive")


@pytest.mark.plan("DR-4")
def test_the_archive_is_an_export_of_the_database_to_the_backups(environment: Environment) -> None:
    steps = environment.one(STATE_MACHINE, "Data/Archive")["DefinitionString"]
    assert "rds:startExportTask" in steps
    assert str(environment.one("AWS::RDS::DBInstance", "Data")) in steps
    assert f'"S3BucketName":"{environment.one("AWS::S3::Bucket", "Data/Storage/Backups")}"' in steps


@pytest.mark.plan("DR-4", "DR-10")
def test_the_archive_moves_to_cold_storage(environment: Environment) -> None:
    lifecycle = environment.one("AWS::S3::Bucket", "Data/Storage/Backups")["LifecycleConfiguration"]
    (archive,) = (rule for rule in lifecycle["Rules"] if rule.get("Prefix") == "archive/")
    assert [step["StorageClass"] for step in archive["Transitions"]] == ["DEEP_ARCHIVE"]
    assert archive["ExpirationInDays"] >= 365


@pytest.mark.plan("SEC-5")
def test_the_archive_is_encrypted_with_the_environments_key(environment: Environment) -> None:
    steps = environment.one(STATE_MACHINE, "Data/Archive")["DefinitionString"]
    assert f'"KmsKeyId":"{environment.one("AWS::KMS::Key")}"' in steps


@pytest.mark.plan("SEC-9/roles")
def test_the_export_writes_nothing_but_the_archive(environment: Environment) -> None:
    backups = environment.one("AWS::S3::Bucket", "Data/Storage/Backups")
    written = {
        resource
        for statement in statements(environment)
        if statement.holder.path.startswith("Archive/ExportRole")
        for resource in statement.resources
        if any(action.startswith(("s3:Put", "s3:Delete")) for action in statement.actions)
    }
    assert written == {f"{backups}/archive/*"}


# "Providing access to an Amazon S3 bucket using an IAM role", RDS user guide.
OF_THE_GUIDE = {"s3:PutObject*", "s3:GetObject*", "s3:ListBucket", "s3:DeleteObject*", "s3:GetBucketLocation"}


@pytest.mark.plan("DR-4")
def test_the_export_has_the_permissions_of_the_guide(environment: Environment) -> None:
    given = {
        action
        for statement in statements(environment)
        if statement.holder.path.startswith("Archive/ExportRole")
        for action in statement.actions
    }
    assert given == OF_THE_GUIDE


@pytest.mark.plan("SEC-9/roles")
def test_the_archive_gives_keys_and_roles_to_rds_only(environment: Environment) -> None:
    conditions = {
        action: statement.conditions
        for statement in statements(environment)
        if statement.holder.path.startswith("Archive/Export/")
        for action in statement.actions
    }
    of_rds = {"kms:ViaService": "rds.us-east-1.amazonaws.com"}
    assert conditions["kms:DescribeKey"] == {"StringEquals": of_rds}
    assert conditions["kms:CreateGrant"] == {"StringEquals": of_rds, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert conditions["iam:PassRole"] == {"StringEquals": {"iam:PassedToService": "export.rds.amazonaws.com"}}


@pytest.mark.plan("SEC-9/roles")
def test_no_role_gives_a_key_or_a_role_without_a_condition(assembly: Assembly) -> None:
    """A grant or a passed role is worth all that it opens, to whoever may make it."""
    for environment in assembly.environments:
        for statement in statements(environment):
            keys = {key for operands in statement.conditions.values() for key in operands}
            if "kms:CreateGrant" in statement.actions:
                assert "kms:GrantIsForAWSResource" in keys, statement.holder
            if "iam:PassRole" in statement.actions:
                assert "iam:PassedToService" in keys, statement.holder


def archive(environment: Environment, *states: str) -> Run:
    """Run the archive; its export has these states one after the other."""
    tasks = [{"ExportTasks": [{"ExportTaskIdentifier": "archive-1", "Status": state}]} for state in states]
    snapshot = {"Status": "available", "SnapshotCreateTime": "2026-11-01T03:00:00Z", "DbSnapshotArn": "a-snapshot"}
    return run(
        environment.one(STATE_MACHINE, "Data/Archive"),
        {},
        {
            "rds:describeDBSnapshots": [{"DbSnapshots": [snapshot]}],
            "rds:startExportTask": [{"ExportTaskIdentifier": "archive-1"}],
            "rds:describeExportTasks": [*tasks],
        },
    )


@pytest.mark.plan("DR-4")
def test_the_archive_ends_when_its_export_has_ended(dev: Environment) -> None:
    done = archive(dev, "STARTING", "IN_PROGRESS", "COMPLETE")
    assert done.error == ""
    assert done.calls["rds:describeExportTasks"] == [{"ExportTaskIdentifier": "archive-1"}] * 3


@pytest.mark.plan("DR-4")
@pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
def test_an_archive_whose_export_fails_fails(dev: Environment, state: str) -> None:
    assert archive(dev, "IN_PROGRESS", state).error == "ExportFailed"
