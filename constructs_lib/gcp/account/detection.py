"""Detection: alarms on entries of a project's audit log (SEC-8, SEC-9, SEC-11)."""

from constructs import Construct

from constructs_lib.gcp.monitoring.log_alarms import log_alarm
from constructs_lib.gcp.monitoring.notifications import Notifications
from constructs_lib.signals import dangerous_acts

_RUNBOOK = "docs/runbooks/account/finding.md"
# One message per act and hour: a script that repeats the act a hundred times is one incident.
_AT_MOST_SECONDS = 3600
_POLICY = "protoPayload.serviceData.policyDelta"


# Filters that find each act, in the language of Cloud Logging.
_FILTERS = {
    dangerous_acts.OWNER_ADDED: f'{_POLICY}.bindingDeltas.action="ADD" AND {_POLICY}.bindingDeltas.role="roles/owner"',
    dangerous_acts.AUDIT_CHANGED: f'protoPayload.methodName="SetIamPolicy" AND {_POLICY}.auditConfigDeltas:*',
    dangerous_acts.SINK_CHANGED: (
        'protoPayload.methodName=~"google.logging.v2.ConfigServiceV2.(Update|Delete)(Sink|Bucket)"'
    ),
    dangerous_acts.ACCOUNT_KEY_MADE: 'protoPayload.methodName="google.iam.admin.v1.CreateServiceAccountKey"',
    # A version is disabled by an update of its state ("Cloud KMS audit logging", Cloud KMS documentation).
    dangerous_acts.ENCRYPTION_KEY_ENDED: 'protoPayload.methodName=~"(Destroy|Update)CryptoKeyVersion$"',
    # "Service Usage audit logging", Service Usage documentation.
    dangerous_acts.DETECTION_STOPPED: (
        'protoPayload.methodName="google.api.serviceusage.v1.ServiceUsage.DisableService"'
    ),
}


class Detection(Construct):
    """Log-based alarms that page on call as soon as an entry of the audit log is a dangerous act.

    Args:
        name: prefix of the alarms' names.
        notifications: notification channels of the project.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, notifications: Notifications) -> None:
        super().__init__(scope, construct_id)
        for act in dangerous_acts.DANGEROUS_ACTS:
            log_alarm(
                self,
                act.name,
                name=f"{name}-Account-{act.name}",
                severity="CRITICAL",
                condition="as soon as it is in the audit log",
                log_filter=f'log_id("cloudaudit.googleapis.com/activity") AND {_FILTERS[act]}',
                extracted={
                    "who": "protoPayload.authenticationInfo.principalEmail",
                    "what": "protoPayload.resourceName",
                },
                subject=f"Critical: {name}-Account-{act.name}",
                content=f"{act.description} By $${{log.extracted_label.who}}, at $${{log.extracted_label.what}}."
                f" First check: whether it was planned. Runbook: {_RUNBOOK}",
                notification_channel=notifications.on_call,
                at_most_seconds=_AT_MOST_SECONDS,
            )
