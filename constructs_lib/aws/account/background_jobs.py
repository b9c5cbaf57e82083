"""Background jobs: messages to the team about what fails without a person noticing (DR-1, DR-3, DR-4, SEC-8)."""

from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib.aws.account.event_notifications import EventNotifications
from constructs_lib.aws.monitoring.notifications import Notifications

_RUNBOOK = "Runbook: docs/runbooks/backups.md"
_TICKETS = "Runbook: docs/runbooks/account/reviews.md"


class BackgroundJobs(Construct):
    """Rules on failures of all background jobs of an account in one region, whichever environment they belong to.

    A failed review is one of the failed state machines.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        event_notifications: EventNotifications,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        # Jobs of backups and copies have a state, those of restores a status ("Monitoring AWS Backup events using
        # Amazon EventBridge", AWS Backup developer guide).
        ended = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]
        patterns = {
            "BackupJob": (
                events.EventPattern(
                    source=["aws.backup"],
                    detail_type=["Backup Job State Change", "Copy Job State Change"],
                    detail={"state": ended},
                ),
                f"{_field('detail-type')}: {_field('detail.state')}, {_field('detail.resourceArn')}",
            ),
            "RestoreJob": (
                events.EventPattern(
                    source=["aws.backup"], detail_type=["Restore Job State Change"], detail={"status": ended}
                ),
                f"{_field('detail-type')}: {_field('detail.status')}, {_field('detail.restoreJobId')}",
            ),
            # "Log AWS Secrets Manager events with AWS CloudTrail", Secrets Manager user guide.
            "Secret": (
                events.EventPattern(
                    source=["aws.secretsmanager"],
                    detail_type=["AWS Service Event via CloudTrail"],
                    detail={"eventName": ["RotationFailed", "RotationAbandoned", "ReplicationFailed"]},
                ),
                f"{_field('detail.eventName')}: {_field('detail.additionalEventData.SecretId')}",
            ),
            # "Amazon RDS event categories and event messages", RDS user guide.
            "Database": (
                events.EventPattern(
                    source=["aws.rds"],
                    detail_type=["RDS DB Instance Event"],
                    detail={"EventCategories": ["failover", "failure", "low storage"]},
                ),
                f"{_field('detail.SourceIdentifier')}: {_field('detail.Message')}",
            ),
            # Replication of a read replica stopped or ended.
            "Replica": (
                events.EventPattern(
                    source=["aws.rds"],
                    detail_type=["RDS DB Instance Event"],
                    detail={"EventID": ["RDS-EVENT-0045", "RDS-EVENT-0057"]},
                ),
                f"{_field('detail.SourceIdentifier')}: {_field('detail.Message')}",
            ),
            # An export of a snapshot failed or was cancelled.
            "Export": (
                events.EventPattern(
                    source=["aws.rds"],
                    detail_type=["RDS DB Snapshot Event"],
                    detail={"EventID": ["RDS-EVENT-0159", "RDS-EVENT-0160"]},
                ),
                f"{_field('detail.SourceIdentifier')}: {_field('detail.Message')}",
            ),
        }
        for name, (pattern, text) in patterns.items():
            event_notifications.notify(name, notifications.team, pattern=pattern, text=f"{text}. {_RUNBOOK}")
        event_notifications.notify(
            "StateMachine",
            notifications.team,
            pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"status": ["FAILED", "TIMED_OUT", "ABORTED"]},
            ),
            text=f"{_field('detail.stateMachineArn')}: {_field('detail.status')}. {_TICKETS}",
        )


def _field(path: str) -> str:
    return events.EventField.from_path(f"$.{path}")
