"""Detection: alarms on entries of a project's audit log (SEC-8, SEC-9, SEC-11)."""

from dataclasses import dataclass

from constructs import Construct

from constructs_lib.gcp.monitoring.log_alarms import log_alarm
from constructs_lib.gcp.monitoring.notifications import Notifications

_RUNBOOK = "docs/runbooks/account/finding.md"
# One message per rule and hour: a script that repeats the change a hundred times is one incident.
_AT_MOST_SECONDS = 3600
_POLICY = "protoPayload.serviceData.policyDelta"


@dataclass(frozen=True, kw_only=True)
class AuditLogRule:
    """Rule that finds an unwanted change in the audit log.

    Attributes:
        name: last part of the alarm's name.
        filter: filter of the entries, in the language of Cloud Logging.
        description: the change that has happened, one sentence.
    """

    name: str
    filter: str
    description: str


# The first three are what "CIS Google Cloud Platform Foundation Benchmark" asks for in its chapter on logging.
_RULES = (
    AuditLogRule(
        name="OwnerAdded",
        filter=f'{_POLICY}.bindingDeltas.action="ADD" AND {_POLICY}.bindingDeltas.role="roles/owner"',
        description="Somebody was made an owner of the project, who may do everything in it.",
    ),
    AuditLogRule(
        name="AuditChanged",
        filter=f'protoPayload.methodName="SetIamPolicy" AND {_POLICY}.auditConfigDeltas:*',
        description="What is recorded in the audit logs was changed.",
    ),
    AuditLogRule(
        name="SinkChanged",
        filter='protoPayload.methodName=~"google.logging.v2.ConfigServiceV2.(Update|Delete)(Sink|Bucket)"',
        description="The way of the audit logs to the trail was changed.",
    ),
    AuditLogRule(
        name="AccountKeyMade",
        filter='protoPayload.methodName="google.iam.admin.v1.CreateServiceAccountKey"',
        description="A long-lived key of a service account was made. No service of this platform needs one.",
    ),
    AuditLogRule(
        name="EncryptionKeyEnded",
        filter='protoPayload.methodName="DestroyCryptoKeyVersion"',
        description="A key that encrypts data is going to be destroyed; what it encrypts is lost with it.",
    ),
)


class Detection(Construct):
    """Log-based alarms that page on call as soon as an entry of the audit log matches a rule.

    Args:
        name: prefix of the alarms' names.
        notifications: notification channels of the project.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, notifications: Notifications) -> None:
        super().__init__(scope, construct_id)
        for rule in _RULES:
            log_alarm(
                self,
                rule.name,
                name=f"{name}-Account-{rule.name}",
                severity="CRITICAL",
                condition="as soon as it is in the audit log",
                log_filter=f'log_id("cloudaudit.googleapis.com/activity") AND {rule.filter}',
                extracted={
                    "who": "protoPayload.authenticationInfo.principalEmail",
                    "what": "protoPayload.resourceName",
                },
                subject=f"Critical: {name}-Account-{rule.name}",
                content=f"{rule.description} By $${{log.extracted_label.who}}, at $${{log.extracted_label.what}}."
                f" Look first: whether it was planned. Runbook: {_RUNBOOK}",
                notification_channel=notifications.on_call,
                at_most_seconds=_AT_MOST_SECONDS,
            )
