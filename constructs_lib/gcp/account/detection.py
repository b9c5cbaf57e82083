"""Looks for what should not happen in a project, and tells about it (SEC-8, SEC-9, SEC-11)."""

from dataclasses import dataclass

from constructs import Construct

from constructs_lib.gcp.monitoring.log_alarms import log_alarm
from constructs_lib.gcp.monitoring.notifications import Notifications

_RUNBOOK = "docs/runbooks/account/finding.md"
# One message per kind and hour: a script that does it a hundred times is one finding.
_AT_MOST_SECONDS = 3600
_POLICY = "protoPayload.serviceData.policyDelta"


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that a person or a program does and should not do unasked.

    Attributes:
        name: of its alarm.
        filter: finds it in the audit logs.
        means: what has happened.
    """

    name: str
    filter: str
    means: str


# The first three are what "CIS Google Cloud Platform Foundation Benchmark" asks for in its chapter on logging.
_ACTS = (
    Act(
        name="OwnerAdded",
        filter=f'{_POLICY}.bindingDeltas.action="ADD" AND {_POLICY}.bindingDeltas.role="roles/owner"',
        means="Somebody was made an owner of the project, who may do everything in it.",
    ),
    Act(
        name="AuditChanged",
        filter=f'protoPayload.methodName="SetIamPolicy" AND {_POLICY}.auditConfigDeltas:*',
        means="What is recorded in the audit logs was changed.",
    ),
    Act(
        name="SinkChanged",
        filter='protoPayload.methodName=~"google.logging.v2.ConfigServiceV2.(Update|Delete)(Sink|Bucket)"',
        means="The way of the audit logs to the trail was changed.",
    ),
    Act(
        name="AccountKeyMade",
        filter='protoPayload.methodName="google.iam.admin.v1.CreateServiceAccountKey"',
        means="A long-lived key of a service account was made. No service of this platform needs one.",
    ),
    Act(
        name="EncryptionKeyEnded",
        filter='protoPayload.methodName="DestroyCryptoKeyVersion"',
        means="A key that encrypts data is going to be destroyed; what it encrypts is lost with it.",
    ),
)


class Detection(Construct):
    """Tells who is on call as soon as one of these acts is in the audit log."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, notifications: Notifications) -> None:
        super().__init__(scope, construct_id)
        for act in _ACTS:
            log_alarm(
                self,
                act.name,
                name=f"{name}-Account-{act.name}",
                severity="CRITICAL",
                when="as soon as it is in the audit log",
                log_filter=f'log_id("cloudaudit.googleapis.com/activity") AND {act.filter}',
                extracted={
                    "who": "protoPayload.authenticationInfo.principalEmail",
                    "what": "protoPayload.resourceName",
                },
                subject=f"Critical: {name}-Account-{act.name}",
                content=f"{act.means} By $${{log.extracted_label.who}}, at $${{log.extracted_label.what}}."
                f" Look first: whether it was planned. Runbook: {_RUNBOOK}",
                told=notifications.on_call,
                at_most_seconds=_AT_MOST_SECONDS,
            )
