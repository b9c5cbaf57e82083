"""GuardDuty, Access Analyzer and Inspector, and the notifications of their findings (IMP-5, IMP-8, SEC-12)."""

from collections.abc import Mapping

from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_guardduty as guardduty
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.account.event_notifications import EventNotifications
from constructs_lib.aws.monitoring.notifications import Notifications
from environments import SecurityPolicy

_FEATURES = ("S3_DATA_EVENTS", "RDS_LOGIN_EVENTS")
_RUNBOOK = "Runbook: docs/runbooks/account/finding.md"


class Detection(Construct):
    """GuardDuty and the analyzer of external access in one region. A critical finding pages a person.

    Attributes:
        analyzer_arn: of the analyzer of external access.
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
        guardduty.CfnDetector(
            self,
            "Attacks",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            features=[
                guardduty.CfnDetector.CFNFeatureConfigurationProperty(name=name, status="ENABLED") for name in _FEATURES
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


class AccountDetection(Construct):
    """Scans of images, the analyzer of unused access, and notifications of the root user: once per account.

    Inspector scans an image when it is pushed, and again whenever a new vulnerability becomes known: more often than
    weekly ("Scanning Amazon ECR container images", Inspector user guide).

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
        images = ecr.CfnRegistryScanningConfiguration.RepositoryFilterProperty(
            filter=f"{naming.PROJECT}/*", filter_type="WILDCARD"
        )
        ecr.CfnRegistryScanningConfiguration(
            self,
            "Scans",
            scan_type="ENHANCED",
            rules=[
                ecr.CfnRegistryScanningConfiguration.ScanningRuleProperty(
                    scan_frequency="CONTINUOUS_SCAN", repository_filters=[images]
                )
            ],
        )
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
        event_notifications.notify(
            "RootUser",
            notifications.on_call,
            pattern=_pattern("aws.signin", "AWS Console Sign In via CloudTrail", {"userIdentity": {"type": ["Root"]}}),
            text=f"The root user signed in from {_field('sourceIPAddress')}. {_RUNBOOK}",
        )


def _pattern(source: str, kind: str, detail: Mapping[str, object]) -> events.EventPattern:
    return events.EventPattern(source=[source], detail_type=[kind], detail=detail)


def _field(name: str) -> str:
    return events.EventField.from_path(f"$.detail.{name}")
