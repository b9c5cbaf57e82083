"""Costs stack of an account: budgets, targets of reserved capacity, and anomalies (CST-2, CST-5, CST-6)."""

from collections.abc import Sequence

from aws_cdk import App

from constructs_lib import naming
from constructs_lib.aws.account.budgets import Anomalies, Budget, BudgetTopics, ReservedCapacity
from environments import Environment, Policy
from stacks.aws.account import NotifyingStack
from stacks.aws.base import SHARED, GoodiesStack


class CostsStack(GoodiesStack):
    """``GoodiesAccount-Costs``: budgets of each environment, of what they share and of the account; cost anomalies.

    It is a stack of its own because it needs Cost Explorer, which a person enables, and a failure of it must not take
    the audit trail with it. Cost allocation tags belong to the payer: another account of an organization has neither
    budgets by tag nor the monitor by tag.

    It stands in us-east-1, where billing has its endpoint, because CloudFormation knows no budgets in some regions
    (aws-cloudformation/cloudformation-coverage-roadmap#2177).

    Args:
        name: of the account's first stack; the name of the whole account's budget begins with it.
        regional: stack of the account in the region of billing, whose key and topics it uses.
        environments: those that live in the account; each has a budget.
    """

    def __init__(
        self, app: App, name: str, *, policy: Policy, regional: NotifyingStack, environments: Sequence[Environment]
    ) -> None:
        super().__init__(
            app,
            f"{name}-Costs",
            purpose="Costs: budgets and cost anomalies of an account",
            environment=SHARED,
            component="account",
            account=regional.account,
            region=regional.region,
            stateful=False,
        )
        costs, receivers = policy.costs, policy.account.receivers
        pays = policy.account.pays(regional.account)
        topics = BudgetTopics(
            self,
            "Readers",
            key=regional.key,
            log_days=policy.security.log_days,
            account=[receivers.team, receivers.owner],
            environments={
                environment.title: [environment.account.receivers.team, receivers.owner]
                for environment in (environments if pays else ())
            },
            alarm_topic=regional.notifications.team,
        )
        if pays:
            for environment in environments:
                Budget(
                    self,
                    f"{environment.title}Budget",
                    policy=costs,
                    name=naming.stack(environment.name),
                    environment=environment.name,
                    usd=environment.budget_usd,
                    topic=topics.topic(environment.title),
                )
            Budget(
                self,
                "SharedBudget",
                policy=costs,
                name=naming.stack(SHARED),
                environment=SHARED,
                usd=costs.shared_budget_usd,
                topic=topics.topic(),
            )
            Anomalies(self, "Anomalies", policy=costs, topic=topics.topic())
        Budget(
            self,
            "Budget",
            policy=costs,
            name=name,
            environment=None,
            usd=costs.shared_budget_usd + sum(environment.budget_usd for environment in environments),
            topic=topics.topic(),
        )
        ReservedCapacity(self, "ReservedCapacity", policy=costs, topic=topics.topic())
