"""Environments on Google Cloud, one stack each (ARC-1, GCP-1, ENV-4).

The stack is complete, so that ``cdktf deploy gcp-staging`` deploys all of it. What holds state in it refuses to be
destroyed.
"""

from collections.abc import Sequence
from pathlib import Path

from cdktf import App

from constructs_lib import naming
from environments import Environment, EnvironmentsError, InputError, SharedGcpAccount, select_environments
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


def build(environments: Sequence[Environment], *, output: Path) -> App:
    """Return the application with every environment and what they share.

    ``CDKTF_CONTEXT_JSON='{"environments": "prod"}'`` takes that environment only, without what they share.

    Args:
        environments: all of them.
        output: the folder that is written to, which must be there.

    Raises:
        EnvironmentsError: when a file names no project of Google Cloud.
    """
    policy = environments[0].policy
    shared = policy.account.gcp
    missing = [
        InputError(f"environments/{name}.yaml", None, "account.gcp.project", "nothing", "the project to deploy to")
        for name, account in [("policy", shared), *((item.name, item.account.gcp) for item in environments)]
        if account is None
    ]
    if shared is None or missing:
        raise EnvironmentsError(missing)
    # CDKTF's validation asks the `terraform` binary for its version, which only a real project needs; the bytes are the
    # same without.
    app = App(outdir=str(output), skip_validation=True)
    only = app.node.try_get_context("environments")
    if not only:
        add_shared(app, policy, account=shared, environments=environments)
    for environment in select_environments(environments, only):
        if environment.account.gcp:
            add_environment(app, environment, project=environment.account.gcp.project, shared=shared)
    return app
