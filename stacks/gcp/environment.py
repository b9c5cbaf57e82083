"""Environments on Google Cloud, one stack each (ARC-1, GCP-1, ENV-4).

The stack is complete, so that ``cdktf deploy gcp-staging`` deploys all of it. What holds state in it refuses to be
destroyed.
"""

from collections.abc import Sequence

from cdktf import App

from constructs_lib import naming
from environments import Environment, SharedGcpAccount
from stacks import terraform
from stacks.gcp.account import add_audit, add_shared
from stacks.gcp.base import GoodiesTerraformStack
from stacks.gcp.data import add_data
from stacks.gcp.edge import add_edge
from stacks.gcp.foundation import add_foundation
from stacks.gcp.network import add_network
from stacks.gcp.operations import add_operations
from stacks.gcp.recovery import add_recovery, add_standby
from stacks.gcp.service import add_service


def add_environment(app: App, environment: Environment, *, project: str, shared: SharedGcpAccount) -> None:
    """Add ``gcp-<name>``: an environment, in both regions.

    Args:
        app: that the stack is added to.
        environment: its data.
        project: the id of the project that it lives in.
        shared: the project of the state, the images and the audit trail.
    """
    stack = GoodiesTerraformStack(
        app,
        naming.terraform_stack("gcp", environment.name),
        environment=environment.name,
        component="environment",
        project=project,
        region=environment.policy.regions.gcp.primary.name,
        state_project=shared.project,
    )
    foundation = add_foundation(stack, environment=environment)
    network = add_network(stack, environment=environment)
    recovery = (
        add_recovery(stack, environment=environment, settings=environment.recovery, network=network)
        if environment.recovery
        else None
    )
    data = add_data(stack, environment=environment, foundation=foundation, network=network, recovery=recovery)
    edge = add_edge(stack, environment=environment, foundation=foundation, data=data)
    service = add_service(
        stack,
        environment=environment,
        shared=shared,
        foundation=foundation,
        network=network,
        data=data,
        edge=edge,
    )
    standby = (
        add_standby(
            stack,
            environment=environment,
            recovery=recovery,
            database=data.database,
            private_service_access=data.private_service_access,
        )
        if recovery
        else None
    )
    add_operations(
        stack,
        environment=environment,
        foundation=foundation,
        data=data,
        edge=edge,
        service=service,
        standby=standby,
    )
    add_audit(
        stack,
        name=naming.stack(environment.name),
        regions=environment.policy.regions.gcp,
        shared=shared,
        notifications=foundation.notifications,
    )


def add_stacks(app: App, environments: Sequence[Environment]) -> None:
    """Add every environment and what they share, or those that the context names.

    Raises:
        EnvironmentsError: when a file names no project of Google Cloud.
    """
    policy = environments[0].policy
    places = {environment.name: environment.account.gcp for environment in environments}

    def shared_stack(shared: SharedGcpAccount) -> None:
        add_shared(app, policy, account=shared, environments=environments)

    def environment_stack(environment: Environment, shared: SharedGcpAccount) -> None:
        if place := places[environment.name]:
            add_environment(app, environment, project=place.project, shared=shared)

    terraform.add_stacks(
        app,
        environments,
        key="account.gcp.project",
        what="the project to deploy to",
        shared=policy.account.gcp,
        places=places,
        add_shared=shared_stack,
        add_environment=environment_stack,
    )
