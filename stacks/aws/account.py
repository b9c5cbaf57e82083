"""Account stacks: audit, detection, compliance and reviews (SEC-10 to SEC-12, IMP-5 to IMP-8, CST-7).

``GoodiesAccount`` is the account of the registry; another account that environments live in carries its number in its
stacks' names. Each has a second stack in the recovery region.
"""

from aws_cdk import App

from constructs_lib.aws.account.audit import AccountBuckets, AuditTrail
from constructs_lib.aws.account.background_jobs import BackgroundJobs
from constructs_lib.aws.account.compliance import Compliance
from constructs_lib.aws.account.detection import AccountDetection, DangerousActs, Detection, GlobalDetection
from constructs_lib.aws.account.event_notifications import EventNotifications
from constructs_lib.aws.account.mfa_policy import MfaPolicy
from constructs_lib.aws.account.reviews import Reviews
from constructs_lib.aws.account.service_linked_roles import ServiceLinkedRoles
from constructs_lib.aws.account.tickets import Tickets
from constructs_lib.aws.base.keys import AccountKey
from constructs_lib.aws.monitoring.notifications import Notifications
from constructs_lib.aws.monitoring.receivers import ReceiverCheck
from environments import Policy
from stacks.aws.base import SHARED, GoodiesStack

# Calls of IAM and sign-ins of the root user are events of this region only, and billing has its endpoint there.
GLOBAL_REGION = "us-east-1"


class NotifyingStack(GoodiesStack):
    """Key and topics of an account in one region, and the rules on dangerous acts and failed jobs that publish to them.

    Args:
        name: of the stack; the account's topics and alarms begin with it.
        purpose: one line; CloudFormation shows it as the stack's description.
        account: number of the account.
        region: name of the region.

    Attributes:
        key: encrypts what the account keeps in this region.
        notifications: the account's topics in this region.
        event_notifications: sends events to topics.
    """

    def __init__(self, app: App, name: str, policy: Policy, *, purpose: str, account: str, region: str) -> None:
        super().__init__(
            app,
            name,
            purpose=purpose,
            environment=SHARED,
            component="account",
            account=account,
            region=region,
            stateful=True,
        )
        self.key = AccountKey(self, "Key", policy=policy.security).key
        self.notifications = Notifications(
            self, "Notifications", name=name, receivers=policy.account.receivers, key=self.key
        )
        receivers = ReceiverCheck(
            self,
            "Receivers",
            expected=self.notifications.expected,
            log_days=policy.security.log_days,
            key=self.key,
        )
        on_call, team = self.notifications.on_call, self.notifications.team
        receivers.alarm("OnCallUnreachable", on_call, receiver="the on-call receiver", alarm_topic=team)
        receivers.alarm("TeamUnreachable", team, receiver="the team", alarm_topic=on_call)
        self.event_notifications = EventNotifications(self, "Messages", notifications=self.notifications, key=self.key)
        BackgroundJobs(
            self,
            "BackgroundJobs",
            event_notifications=self.event_notifications,
            notifications=self.notifications,
        )
        DangerousActs(
            self,
            "DangerousActs",
            event_notifications=self.event_notifications,
            notifications=self.notifications,
        )
        if region == GLOBAL_REGION:
            GlobalDetection(
                self,
                "GlobalDetection",
                event_notifications=self.event_notifications,
                notifications=self.notifications,
            )


class RegionalAccountStack(NotifyingStack):
    """Key, topics, buckets, detection and compliance rules of an account in one region.

    Args:
        name: of the stack; the account's topics and alarms begin with it.
        purpose: one line; CloudFormation shows it as the stack's description.
        account: number of the account.
        region: name of the region.
        whole_account: whether it also checks what exists once per account, in no region.

    Attributes:
        buckets: of access logs and reports.
        detection: GuardDuty and the analyzer of external access.
    """

    def __init__(
        self, app: App, name: str, policy: Policy, *, purpose: str, account: str, region: str, whole_account: bool
    ) -> None:
        super().__init__(app, name, policy, purpose=purpose, account=account, region=region)
        self.buckets = AccountBuckets(self, "Records", policy=policy.objects, key=self.key)
        self.detection = Detection(
            self,
            "Detection",
            policy=policy.security,
            detector=not policy.account.organization_runs("detector"),
            event_notifications=self.event_notifications,
            notifications=self.notifications,
        )
        Compliance(
            self,
            "Compliance",
            policy=policy.security,
            recorder=not policy.account.organization_runs("recorder"),
            reports=self.buckets.reports,
            key=self.key,
            whole_account=whole_account,
        )


class AccountStack(RegionalAccountStack):
    """``GoodiesAccount``: the account's primary region, with what exists once per account.

    Args:
        name: of the stack; the account's topics and alarms begin with it.
        account: number of the account.
    """

    def __init__(self, app: App, name: str, policy: Policy, *, account: str) -> None:
        super().__init__(
            app,
            name,
            policy,
            purpose="Account: audit trail, compliance, detection and reviews",
            account=account,
            region=policy.regions.aws.primary.name,
            whole_account=True,
        )
        if not policy.account.organization_runs("trail"):
            AuditTrail(self, "Audit", policy=policy.security, key=self.key, logs=self.buckets.logs)
        ServiceLinkedRoles(self, "ServiceLinkedRoles")
        MfaPolicy(self, "People")
        detection = AccountDetection(
            self,
            "AccountDetection",
            policy=policy.security,
            event_notifications=self.event_notifications,
            notifications=self.notifications,
        )
        tickets = Tickets(
            self,
            "Tickets",
            log_days=policy.security.log_days,
            reports=self.buckets.reports,
            key=self.key,
            event_notifications=self.event_notifications,
            notifications=self.notifications,
        )
        Reviews(
            self,
            "Reviews",
            policies=policy.reviews,
            tickets=tickets,
            external_access=self.detection.analyzer_arn,
            unused_access=detection.analyzer_arn,
        )
