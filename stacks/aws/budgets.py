"""Budgets of an account: one per environment, one for what they share, one for all of it (CST-2, CST-5, CST-6)."""

from collections.abc import Sequence

from constructs_lib import naming
from constructs_lib.aws.account.budgets import Anomalies, Budget, BudgetTopics, ReservedCapacity
from environments import Environment, Policy
from stacks.aws.base import SHARED, GoodiesStack


def add_budgets(
    stack: GoodiesStack, *, topics: BudgetTopics, policy: Policy, environments: Sequence[Environment]
) -> None:
    """Add budgets, the targets of reserved capacity, and the detection of cost anomalies."""
    costs, receivers = policy.costs, policy.account.receivers
    account_topic = topics.topic(receivers.team, receivers.owner)
    for environment in environments:
        Budget(
            stack,
            f"{environment.title}Budget",
            policy=costs,
            name=naming.stack(environment.name),
            environment=environment.name,
            usd=environment.budget_usd,
            topic=topics.topic(environment.account.receivers.team, receivers.owner),
        )
    Budget(
        stack,
        "SharedBudget",
        policy=costs,
        name=naming.stack(SHARED),
        environment=SHARED,
        usd=costs.shared_budget_usd,
        topic=account_topic,
    )
    Budget(
        stack,
        "Budget",
        policy=costs,
        name=stack.stack_name,
        environment=None,
        usd=costs.shared_budget_usd + sum(environment.budget_usd for environment in environments),
        topic=account_topic,
    )
    ReservedCapacity(stack, "ReservedCapacity", policy=costs, topic=account_topic)
    Anomalies(stack, "Anomalies", policy=costs, topic=account_topic)
