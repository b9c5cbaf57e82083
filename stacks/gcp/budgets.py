"""Budgets of the projects on Google Cloud (CST-5)."""

from collections.abc import Sequence
from math import ceil

from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject

from constructs_lib import naming
from constructs_lib.gcp.account.budgets import Budget
from constructs_lib.gcp.monitoring.notifications import AccountNotifications
from environments import Environment, Policy, SharedGcpAccount
from stacks.gcp.base import GoodiesTerraformStack
from stacks.terraform import SHARED


def add_budgets(
    stack: GoodiesTerraformStack,
    *,
    policy: Policy,
    account: SharedGcpAccount,
    environments: Sequence[Environment],
    notifications: AccountNotifications,
) -> None:
    """Add a budget for each environment's project, and one for what they share."""
    budgets = [(SHARED, stack.project, policy.costs.shared_budget_usd)]
    for environment in environments:
        if environment.account.gcp:
            # Other constructs of the stack have names of small letters, too.
            construct_id = f"{environment.title}Project"
            project = DataGoogleProject(stack, construct_id, project_id=environment.account.gcp.project)
            budgets.append((environment.name, project, environment.budget_usd))
    for name, project, usd in budgets:
        Budget(
            stack,
            f"{name.title()}Budget",
            policy=policy.costs,
            billing_account=account.billing_account,
            name=naming.stack(name),
            project=project.number,
            currency=account.currency,
            limit=ceil(usd * account.currency_per_usd),
            readers=[notifications.team, notifications.owner],
        )
