"""What an AWS account needs once, whichever environments live in it (SEC-10, SEC-11, SEC-12, IMP-5…8, CST-5, CST-7).

``GoodiesAccount`` is the account of the registry; another account that environments live in carries its number in its
stacks' names. Each has a twin in the recovery region.
"""

from collections.abc import Sequence

from aws_cdk import App

from constructs_lib import naming
from constructs_lib.aws.account.audit import AuditTrail, Records
from constructs_lib.aws.account.budgets import Anomalies, Budget, Readers, ReservedCapacity
from constructs_lib.aws.account.compliance import Compliance
from constructs_lib.aws.account.detection import AccountDetection, Detection
from constructs_lib.aws.account.event_notifications import Messages
from constructs_lib.aws.account.mfa_policy import People
from constructs_lib.aws.account.reviews import Reviews
from constructs_lib.aws.account.tickets import Tickets
from constructs_lib.aws.base.keys import AccountKey
from constructs_lib.aws.monitoring.notifications import Notifications
from environments import Environment, Policy
from stacks.aws.base import GoodiesStack

_SHARED = "shared"


class AccountPart(GoodiesStack):
    """What both regions of an account have: a key, receivers, and the search for what should not be."""

    def __init__(
        self, app: App, name: str, policy: Policy, *, purpose: str, account: str, region: str, whole_account: bool
    ) -> None:
        super().__init__(
            app,
            name,
            purpose=purpose,
            environment=_SHARED,
            component="account",
            account=account,
            region=region,
            stateful=True,
        )
        self.key = AccountKey(self, "Key", policy=policy.security).key
        self.notifications = Notifications(
            self, "Notifications", name=name, receivers=policy.account.receivers, key=self.key
        )
        self.records = Records(self, "Records", policy=policy.objects, key=self.key)
        self.messages = Messages(self, "Messages", notifications=self.notifications)
        self.detection = Detection(
            self,
            "Detection",
            policy=policy.security,
            messages=self.messages,
            notifications=self.notifications,
        )
        Compliance(
            self,
            "Compliance",
            policy=policy.security,
            reports=self.records.reports,
            key=self.key,
            whole_account=whole_account,
        )


class AccountStack(AccountPart):
    """``GoodiesAccount``: who did what, who may do what, what it costs."""

    def __init__(
        self, app: App, name: str, policy: Policy, *, account: str, environments: Sequence[Environment]
    ) -> None:
        super().__init__(
            app,
            name,
            policy,
            purpose="What an account needs once",
            account=account,
            region=policy.regions.aws.primary.name,
            whole_account=True,
        )
        AuditTrail(self, "Audit", policy=policy.security, key=self.key, logs=self.records.logs)
        People(self, "People")
        detection = AccountDetection(
            self,
            "AccountDetection",
            policy=policy.security,
            messages=self.messages,
            notifications=self.notifications,
        )
        tickets = Tickets(
            self,
            "Tickets",
            log_days=policy.security.log_days,
            reports=self.records.reports,
            key=self.key,
            messages=self.messages,
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
        self._watch_costs(policy, environments)

    def _watch_costs(self, policy: Policy, environments: Sequence[Environment]) -> None:
        costs, receivers = policy.costs, policy.account.receivers
        everybody = Readers(self, "Readers", key=self.key, messages=self.messages, notifications=self.notifications)
        readers = everybody.topic(receivers.team, receivers.owner)
        for environment in environments:
            Budget(
                self,
                f"{environment.title}Budget",
                policy=costs,
                name=naming.stack(environment.name),
                environment=environment.name,
                usd=environment.budget_usd,
                readers=everybody.topic(environment.account.receivers.team, receivers.owner),
            )
        Budget(
            self,
            "SharedBudget",
            policy=costs,
            name=naming.stack(_SHARED),
            environment=_SHARED,
            usd=costs.shared_budget_usd,
            readers=readers,
        )
        Budget(
            self,
            "Budget",
            policy=costs,
            name=self.stack_name,
            environment=None,
            usd=costs.shared_budget_usd + sum(environment.budget_usd for environment in environments),
            readers=readers,
        )
        ReservedCapacity(self, "ReservedCapacity", policy=costs, readers=readers)
        Anomalies(self, "Anomalies", policy=costs, readers=readers)


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
        AccountPart(
            app,
            f"{name}-Recovery",
            policy,
            purpose="What an account needs in its recovery region",
            account=account,
            region=policy.regions.aws.recovery.name,
            whole_account=False,
        )
