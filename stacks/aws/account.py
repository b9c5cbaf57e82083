"""Account stacks: audit, detection, compliance, reviews and budgets (SEC-10 to SEC-12, IMP-5 to IMP-8, CST-5, CST-7).

``GoodiesAccount`` is the account of the registry; another account that environments live in carries its number in its
stacks' names. Each has a second stack in the recovery region.
"""

from collections.abc import Sequence

from aws_cdk import App

from constructs_lib import naming
from constructs_lib.aws.account.audit import AccountBuckets, AuditTrail
from constructs_lib.aws.account.budgets import BudgetTopics
from constructs_lib.aws.account.compliance import Compliance
from constructs_lib.aws.account.detection import AccountDetection, Detection
from constructs_lib.aws.account.event_notifications import EventNotifications
from constructs_lib.aws.account.mfa_policy import MfaPolicy
from constructs_lib.aws.account.reviews import Reviews
from constructs_lib.aws.account.tickets import Tickets
from constructs_lib.aws.base.keys import AccountKey
from constructs_lib.aws.monitoring.notifications import Notifications
from environments import Environment, Policy
from stacks.aws.base import SHARED, GoodiesStack
from stacks.aws.budgets import add_budgets


class RegionalAccountStack(GoodiesStack):
    """Key, topics, buckets, detection and compliance rules of an account in one region.

    Args:
        name: of the stack; the account's topics and alarms begin with it.
        purpose: one line; CloudFormation shows it as the stack's description.
        account: number of the account.
        region: name of the region.
        whole_account: whether it also checks what exists once per account, in no region.

    Attributes:
        key: encrypts what the account keeps in this region.
        notifications: the account's topics in this region.
        buckets: of access logs and reports.
        event_notifications: sends events to topics.
        detection: GuardDuty and the analyzer of external access.
    """

    def __init__(
        self, app: App, name: str, policy: Policy, *, purpose: str, account: str, region: str, whole_account: bool
    ) -> None:
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
        self.buckets = AccountBuckets(self, "Records", policy=policy.objects, key=self.key)
        self.event_notifications = EventNotifications(self, "Messages", notifications=self.notifications)
        self.detection = Detection(
            self,
            "Detection",
            policy=policy.security,
            event_notifications=self.event_notifications,
            notifications=self.notifications,
        )
        Compliance(
            self,
            "Compliance",
            policy=policy.security,
            reports=self.buckets.reports,
            key=self.key,
            whole_account=whole_account,
        )


class AccountStack(RegionalAccountStack):
    """``GoodiesAccount``: the account's primary region, with what exists once per account.

    Args:
        name: of the stack; the account's topics and alarms begin with it.
        account: number of the account.
        environments: those that live in it; each has a budget.
    """

    def __init__(
        self, app: App, name: str, policy: Policy, *, account: str, environments: Sequence[Environment]
    ) -> None:
        super().__init__(
            app,
            name,
            policy,
            purpose="Account: audit trail, compliance, detection, budgets and reviews",
            account=account,
            region=policy.regions.aws.primary.name,
            whole_account=True,
        )
        AuditTrail(self, "Audit", policy=policy.security, key=self.key, logs=self.buckets.logs)
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
        topics = BudgetTopics(
            self,
            "Readers",
            key=self.key,
            event_notifications=self.event_notifications,
            notifications=self.notifications,
        )
        add_budgets(self, topics=topics, policy=policy, environments=environments)


def add_accounts(app: App, environments: Sequence[Environment]) -> None:
    """Add the stacks of each account that the environments and the registry live in."""
    policy = environments[0].policy
    registry = policy.account.aws_account_id
    for account in sorted({registry, *(environment.account.aws_account_id for environment in environments)}):
        name = naming.stack("account", "" if account == registry else account)
        AccountStack(
            app,
            name,
            policy,
            account=account,
            environments=[item for item in environments if item.account.aws_account_id == account],
        )
        RegionalAccountStack(
            app,
            f"{name}-Recovery",
            policy,
            purpose="Account, recovery region: compliance and detection",
            account=account,
            region=policy.regions.aws.recovery.name,
            whole_account=False,
        )
