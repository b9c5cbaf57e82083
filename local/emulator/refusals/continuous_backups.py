"""Refusal of changes to the backups of a database that AWS Backup has taken over."""

from collections.abc import Iterator

from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.refusals.rule import Operation, Refusal
from local.emulator.schemas import Properties

_DATABASE = "AWS::RDS::DBInstance"
_TAKEN_OVER = ("BackupRetentionPeriod", "PreferredBackupWindow")


class ContinuousBackups(Refusal):
    """Rule: a continuous backup of AWS Backup owns the retention and the window of a database."""

    text = "The backup retention and window of a database in a plan with continuous backups do not change."
    source = "hashicorp/terraform-provider-aws#33465; aws-controllers-k8s/community#2216"
    calling_types = frozenset({_DATABASE})

    @override
    def check(self, operation: Operation) -> None:
        old, new = operation.old, operation.new
        if operation.type != _DATABASE or old is None or new is None:
            return
        changed = [name for name in _TAKEN_OVER if old.get(name) != new.get(name)]
        if changed and any(arn.endswith(f":db:{operation.physical_id}") for arn in _continuously_backed_up()):
            raise ValueError(
                f"Your RDS instance {operation.physical_id} is associated with an AWS Backup resource. You can leave "
                f"{changed[0]} blank, or you can specify it only with the current value {old.get(changed[0])}"
            )


def _continuously_backed_up() -> Iterator[str]:
    for plan in call("backup", "ListBackupPlans", {})["BackupPlansList"]:
        named: Properties = {"BackupPlanId": plan["BackupPlanId"]}
        rules = call("backup", "GetBackupPlan", named)["BackupPlan"]["Rules"]
        if not any(rule.get("EnableContinuousBackup") for rule in rules):
            continue
        for selection in call("backup", "ListBackupSelections", named)["BackupSelectionsList"]:
            found = call("backup", "GetBackupSelection", {**named, "SelectionId": selection["SelectionId"]})
            yield from found["BackupSelection"].get("Resources", [])
