"""Backup vault and backup plan of AWS Backup (DR-1, DR-3, DR-4), and a monthly restore of a snapshot.

AWS Backup takes snapshots only. Point-in-time recovery is RDS's own (DR-2): a plan with continuous backups would take
over the instance's retention and backup window, and RDS would refuse each later change of them in a template
(crossplane-contrib/provider-aws#1356, hashicorp/terraform-provider-aws#33465).
"""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.schedule import later
from environments import BackupPolicy, DatabaseSize, VaultLock

# Grace time in which a compliance lock can still be removed; three days is the least that AWS Backup accepts
# (PutBackupVaultLockConfiguration, API reference).
_GRACE = Duration.days(3)
# Time in which a backup must have begun; an hour is the least (BackupRule, API reference).
_START_WINDOW = Duration.hours(1)
# Time in which a restore test begins, and for which the restored instance stays.
_TEST_HOURS = 4


class Vault(Construct):
    """Backup vault with an optional lock, which forbids deleting backups early.

    Args:
        lock: ``none``: anybody with the permission may delete backups; ``governance``: only a privileged person;
            ``compliance``: nobody.

    Attributes:
        vault: vault for the plan that backs up or copies into it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, lock: VaultLock, policy: BackupPolicy, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        shortest = Duration.days(policy.point_in_time_days)
        locks: dict[VaultLock, backup.LockConfiguration | None] = {
            "none": None,
            "governance": backup.LockConfiguration(min_retention=shortest),
            "compliance": backup.LockConfiguration(min_retention=shortest, changeable_for=_GRACE),
        }
        self.vault = backup.BackupVault(
            self,
            "Vault",
            encryption_key=key,
            lock_configuration=locks[lock],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )


class BackupPlan(Construct):
    """Daily and monthly snapshots of the database; the daily ones are copied to the recovery region, if there is one.

    The start windows of the two rules never overlap: of those that do, AWS Backup runs only the one with the longer
    retention ("Backup plan options and configuration", AWS Backup developer guide), and the day would have no copy.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: BackupPolicy,
        vault: backup.IBackupVault,
        copies: backup.IBackupVault | None,
        database: rds.DatabaseInstance,
    ) -> None:
        super().__init__(scope, construct_id)
        plan = backup.BackupPlan(
            self,
            "Plan",
            backup_vault=vault,
            backup_plan_rules=[
                backup.BackupPlanRule(
                    rule_name="daily",
                    # The database's own backup is taken first.
                    schedule_expression=_cron(later(policy.daily_at_utc, hours=2)),
                    start_window=_START_WINDOW,
                    delete_after=Duration.days(policy.point_in_time_days),
                    copy_actions=[_copy_to(copies, policy)] if copies else None,
                ),
                backup.BackupPlanRule(
                    rule_name="monthly-archive",
                    # More than an hour after the database's maintenance window.
                    schedule_expression=_cron(later(policy.daily_at_utc, hours=8), day="1"),
                    start_window=_START_WINDOW,
                    move_to_cold_storage_after=Duration.days(policy.archive_after_days),
                    delete_after=Duration.days(policy.archive_keep_days),
                ),
            ],
        )
        selection = plan.add_selection(
            "Database", resources=[backup.BackupResource.from_rds_database_instance(database)]
        )
        acknowledge(
            selection,
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AWSBackupServiceRolePolicyForBackup]",
            because="AWS keeps this policy in step with what AWS Backup does",
        )


class RestoreTest(Construct):
    """Monthly restore of the newest snapshot into an instance that AWS Backup deletes a few hours later.

    The instance has the smallest size and is reached by nobody. A restore that fails is a failed job of AWS Backup.

    Attributes:
        role: role that AWS Backup restores with; also for a restore by hand (docs/runbooks/change/restore.md).

    Args:
        name: of the restore testing plan: letters, digits and underscores.
        size: instance class of the restored instance.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        policy: BackupPolicy,
        size: DatabaseSize,
        vault: backup.IBackupVault,
        database: rds.DatabaseInstance,
        vpc: ec2.IVpc,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = restore_role(self, "Role")
        group = ec2.SecurityGroup(
            self, "Restored", vpc=vpc, description="A restored copy that is reached by nobody", allow_all_outbound=False
        )
        plan = backup.CfnRestoreTestingPlan(
            self,
            "Plan",
            restore_testing_plan_name=name,
            # The second of the month: the first has the monthly snapshot and the export.
            schedule_expression=_cron(later(policy.daily_at_utc, hours=10), day="2").expression_string,
            start_window_hours=_TEST_HOURS,
            recovery_point_selection=backup.CfnRestoreTestingPlan.RestoreTestingRecoveryPointSelectionProperty(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[vault.backup_vault_arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=policy.point_in_time_days,
            ),
        )
        selection = backup.CfnRestoreTestingSelection(
            self,
            "Database",
            restore_testing_plan_name=plan.ref,
            restore_testing_selection_name="database",
            protected_resource_type="RDS",
            protected_resource_arns=[database.instance_arn],
            iam_role_arn=self.role.role_arn,
            validation_window_hours=_TEST_HOURS,
            # A network of its own has no defaults that AWS Backup could infer ("Restore testing inferred metadata").
            restore_metadata_overrides={
                "dbInstanceClass": size.aws,
                "dbSubnetGroupName": _subnet_group(database),
                "vpcSecurityGroupIds": Stack.of(self).to_json_string([group.security_group_id]),
                "multiAz": "false",
            },
        )
        selection.node.add_dependency(self.role)


def restore_role(scope: Construct, construct_id: str) -> iam.Role:
    """Return a role that AWS Backup may restore a database with."""
    role = iam.Role(
        scope,
        construct_id,
        description="Restores what AWS Backup holds",
        assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
        managed_policies=[
            iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSBackupServiceRolePolicyForRestores")
        ],
    )
    acknowledge(
        role,
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
        "AWSBackupServiceRolePolicyForRestores]",
        because="AWS keeps this policy in step with what AWS Backup does",
    )
    return role


def _subnet_group(database: rds.DatabaseInstance) -> str:
    group = database.node.find_child("SubnetGroup").node.default_child
    if not isinstance(group, rds.CfnDBSubnetGroup):
        raise TypeError(f"{database.node.path} has no subnet group of its own")
    return group.ref


def _cron(time: str, *, day: str | None = None) -> events.Schedule:
    hour, minute = time.split(":")
    return events.Schedule.cron(hour=hour, minute=minute, day=day)


def _copy_to(vault: backup.IBackupVault, policy: BackupPolicy) -> backup.BackupPlanCopyActionProps:
    return backup.BackupPlanCopyActionProps(
        destination_backup_vault=vault, delete_after=Duration.days(policy.copy_keep_days)
    )
