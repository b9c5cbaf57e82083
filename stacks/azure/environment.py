"""Environments on Azure, one stack each (ARC-1, AZR-1, ENV-4).

The stack is complete, so that ``cdktf deploy azure-staging`` deploys all of it. What holds state in it refuses to be
destroyed.
"""

from collections.abc import Sequence

from cdktf import App

from constructs_lib import naming
from environments import Environment, SharedSubscription, Subscription
from stacks import terraform
from stacks.azure.account import add_shared
from stacks.azure.base import GoodiesTerraformStack
from stacks.azure.data import add_data
from stacks.azure.foundation import add_foundation
from stacks.azure.network import add_network
from stacks.azure.recovery import add_recovery, add_standby


def add_environment(app: App, environment: Environment, *, account: Subscription, shared: SharedSubscription) -> None:
    """Add ``azure-<name>``: an environment, in both regions.

    Args:
        app: that the stack is added to.
        environment: its data.
        account: the subscription that it lives in.
        shared: the subscription of the state.
    """
    stack = GoodiesTerraformStack(
        app,
        naming.terraform_stack("azure", environment.name),
        environment=environment.name,
        component="environment",
        subscription=account.subscription_id,
        shared=shared,
    )
    foundation = add_foundation(stack, environment=environment, account=account)
    recovery = (
        add_recovery(stack, environment=environment, account=account, settings=environment.recovery)
        if environment.recovery
        else None
    )
    network = add_network(stack, environment=environment, foundation=foundation, recovery=recovery)
    data = add_data(
        stack,
        environment=environment,
        account=account,
        foundation=foundation,
        network=network,
        recovery=recovery,
    )
    if recovery and network.recovery:
        add_standby(
            stack,
            environment=environment,
            account=account,
            recovery=recovery,
            way=network.recovery,
            private_zones=network.private_zones,
            database=data.database,
        )


def add_stacks(app: App, environments: Sequence[Environment]) -> None:
    """Add every environment and what they share, or those that the context names.

    Raises:
        EnvironmentsError: when a file names no subscription.
    """
    policy = environments[0].policy
    places = {environment.name: environment.account.azure for environment in environments}

    def shared_stack(shared: SharedSubscription) -> None:
        add_shared(app, policy, account=shared)

    def environment_stack(environment: Environment, shared: SharedSubscription) -> None:
        if account := places[environment.name]:
            add_environment(app, environment, account=account, shared=shared)

    terraform.add_stacks(
        app,
        environments,
        key="account.azure.subscription_id",
        what="the subscription to deploy to",
        shared=policy.account.azure,
        places=places,
        add_shared=shared_stack,
        add_environment=environment_stack,
    )
