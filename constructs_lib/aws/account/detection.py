"""GuardDuty, Access Analyzer and Inspector, and the notifications of their findings (IMP-5, IMP-8, SEC-12)."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_events as events
from aws_cdk import aws_guardduty as guardduty
from constructs import Construct

from constructs_lib.aws.account.event_notifications import EventNotifications
from constructs_lib.aws.monitoring.notifications import Notifications
from constructs_lib.signals import dangerous_acts
from constructs_lib.signals.dangerous_acts import DangerousAct
from environments import SecurityPolicy

# All features of a detector, because one that is not named is enabled, and paid for, unless it is runtime monitoring
# (CreateDetector, API reference). EKS_RUNTIME_MONITORING is a part of RUNTIME_MONITORING, and a detector that names
# both is refused (same page).
_FEATURES = {
    "S3_DATA_EVENTS": True,
    "RDS_LOGIN_EVENTS": True,
    "EKS_AUDIT_LOGS": False,
    "EBS_MALWARE_PROTECTION": False,
    "LAMBDA_NETWORK_LOGS": False,
    "RUNTIME_MONITORING": False,
    "AI_PROTECTION": False,
    "AI_ANALYST": False,
}
_RUNBOOK = "Runbook: docs/runbooks/account/finding.md"
# The calls that are each act, by service. CloudTrail sends a call as an event in the region that was called.
_REGIONAL_ACTS: Mapping[DangerousAct, Mapping[str, Sequence[str]]] = {
    dangerous_acts.AUDIT_CHANGED: {"cloudtrail": ["PutEventSelectors", "PutInsightSelectors"]},
    dangerous_acts.SINK_CHANGED: {"cloudtrail": ["StopLogging", "DeleteTrail", "UpdateTrail"]},
    dangerous_acts.ENCRYPTION_KEY_ENDED: {"kms": ["ScheduleKeyDeletion", "DisableKey"]},
    dangerous_acts.DETECTION_STOPPED: {
        "config": ["StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"],
        "guardduty": [
            "DeleteDetector",
            "UpdateDetector",
            "StopMonitoringMembers",
            "DisassociateFromAdministratorAccount",
        ],
        "access-analyzer": ["DeleteAnalyzer"],
        "inspector2": ["Disable"],
    },
}
# IAM has one endpoint for all regions, whose calls are events of us-east-1 ("Logging IAM and AWS STS API calls with AWS
# CloudTrail", IAM user guide).
_GLOBAL_ACTS: Mapping[DangerousAct, Mapping[str, Sequence[str]]] = {
    dangerous_acts.OWNER_ADDED: {"iam": ["AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"]},
    dangerous_acts.ACCOUNT_KEY_MADE: {"iam": ["CreateAccessKey"]},
}
# Policies of AWS that permit everything, or to permit oneself everything.
_ALL_PERMISSIONS = ("AdministratorAccess", "IAMFullAccess")


class Detection(Construct):
    """GuardDuty and the analyzer of external access in one region; a critical finding pages a person.

    Args:
        detector: whether to make a detector; without one the organization's writes the findings.

    Attributes:
        analyzer_arn: of the analyzer of external access.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        detector: bool,
        event_notifications: EventNotifications,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        if detector:
            guardduty.CfnDetector(
                self,
                "Attacks",
                enable=True,
                finding_publishing_frequency="FIFTEEN_MINUTES",
                features=[
                    guardduty.CfnDetector.CFNFeatureConfigurationProperty(
                        name=name, status="ENABLED" if wanted else "DISABLED"
                    )
                    for name, wanted in _FEATURES.items()
                ],
            )
        self.analyzer_arn = accessanalyzer.CfnAnalyzer(self, "ExternalAccess", type="ACCOUNT").attr_arn
        event_notifications.notify(
            "Attack",
            notifications.on_call,
            pattern=_pattern(
                "aws.guardduty",
                "GuardDuty Finding",
                {"severity": events.Match.greater_than_or_equal(policy.critical_severity)},
            ),
            text=f"GuardDuty: {_field('title')}. {_RUNBOOK}",
        )
        event_notifications.notify(
            "OpenDoor",
            notifications.team,
            pattern=_pattern("aws.access-analyzer", "Access Analyzer Finding", {"status": ["ACTIVE"]}),
            text=f"Access from outside: {_field('resource')}. {_RUNBOOK}",
        )
        event_notifications.notify(
            "BrokenRule",
            notifications.team,
            pattern=_pattern(
                "aws.config",
                "Config Rules Compliance Change",
                {"newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]}},
            ),
            text=f"{_field('configRuleName')} does not hold for {_field('resourceId')}. {_RUNBOOK}",
        )


class DangerousActs(Construct):
    """Notifications of dangerous acts in one region; one pages a person."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        event_notifications: EventNotifications,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        for act, calls in _REGIONAL_ACTS.items():
            _notify_of_act(event_notifications, notifications, act, calls)


class GlobalDetection(Construct):
    """Notifications of acts whose events arrive in us-east-1 only: sign-in of the root user, and calls of IAM."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        event_notifications: EventNotifications,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        event_notifications.notify(
            "RootUser",
            notifications.on_call,
            pattern=_pattern("aws.signin", "AWS Console Sign In via CloudTrail", {"userIdentity": {"type": ["Root"]}}),
            text=f"The root user signed in from {_field('sourceIPAddress')}. {_RUNBOOK}",
        )
        policies = [
            Stack.of(self).format_arn(service="iam", region="", account="aws", resource="policy", resource_name=name)
            for name in _ALL_PERMISSIONS
        ]
        limits = {dangerous_acts.OWNER_ADDED: {"requestParameters": {"policyArn": policies}}}
        for act, calls in _GLOBAL_ACTS.items():
            _notify_of_act(event_notifications, notifications, act, calls, limits.get(act, {}))


class AccountDetection(Construct):
    """Findings of image scans and the analyzer of unused access: once per account.

    Inspector scans an image when it is pushed, and again whenever a new vulnerability becomes known: more often than
    weekly ("Scanning Amazon ECR container images", Inspector user guide). The registry's stack turns it on.

    Attributes:
        analyzer_arn: of the analyzer of unused access.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: SecurityPolicy,
        event_notifications: EventNotifications,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        self.analyzer_arn = accessanalyzer.CfnAnalyzer(
            self,
            "UnusedAccess",
            type="ACCOUNT_UNUSED_ACCESS",
            analyzer_configuration=accessanalyzer.CfnAnalyzer.AnalyzerConfigurationProperty(
                unused_access_configuration=accessanalyzer.CfnAnalyzer.UnusedAccessConfigurationProperty(
                    unused_access_age=policy.unused_days
                )
            ),
        ).attr_arn
        event_notifications.notify(
            "Vulnerability",
            notifications.on_call,
            pattern=_pattern("aws.inspector2", "Inspector2 Finding", {"severity": ["CRITICAL"], "status": ["ACTIVE"]}),
            text=f"Inspector: {_field('title')}. Runbook: docs/runbooks/account/patch.md",
        )


def _notify_of_act(
    event_notifications: EventNotifications,
    notifications: Notifications,
    act: DangerousAct,
    calls: Mapping[str, Sequence[str]],
    limits: Mapping[str, object] | None = None,
) -> None:
    event_notifications.notify(
        act.name,
        notifications.on_call,
        pattern=events.EventPattern(
            source=[f"aws.{service}" for service in calls],
            detail_type=["AWS API Call via CloudTrail"],
            detail={"eventName": [name for names in calls.values() for name in names], **(limits or {})},
        ),
        text=f"{act.description} {_field('eventName')} by {_field('userIdentity.arn')}"
        f" from {_field('sourceIPAddress')}. {_RUNBOOK}",
    )


def _pattern(source: str, kind: str, detail: Mapping[str, object]) -> events.EventPattern:
    return events.EventPattern(source=[source], detail_type=[kind], detail=detail)


def _field(name: str) -> str:
    return events.EventField.from_path(f"$.detail.{name}")
