"""Environments on AWS: their stacks, and what passes between them (ARC-1, AWS-1, ENV-4).

The stacks are split by what may be thrown away: the service can be destroyed and deployed again without touching the
data.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import App, Validations

from constructs_lib import naming
from environments import Environment, select_environments
from stacks.aws.data import DataStack
from stacks.aws.delivery import DeliveryStack
from stacks.aws.edge import EdgeStack
from stacks.aws.foundation import EDGE_REGION, EdgeFoundationStack, FoundationStack
from stacks.aws.network import NetworkStack
from stacks.aws.operations import OperationsStack
from stacks.aws.recovery import RecoveryStack, StandbyStack
from stacks.aws.service import ServiceStack


def add_environment(app: App, environment: Environment) -> None:
    """Add an environment's stacks in the order of their deployment; ``cdk deploy Goodies<Name>`` deploys all."""
    settings = environment.recovery
    foundation = FoundationStack(app, environment)
    network = NetworkStack(app, environment, foundation=foundation)
    recovery = RecoveryStack(app, environment, settings=settings, foundation=foundation) if settings else None
    here: list[FoundationStack | RecoveryStack] = [foundation, *([recovery] if recovery else [])]
    at_the_edge = next((stack for stack in here if stack.region == EDGE_REGION), None)
    edge_foundation = at_the_edge or EdgeFoundationStack(app, environment, foundation=foundation)
    data = DataStack(
        app, environment, foundation=foundation, network=network, recovery=recovery, edge_foundation=edge_foundation
    )
    service = ServiceStack(app, environment, foundation=foundation, network=network, data=data)
    edge = EdgeStack(app, environment, foundation=foundation, regional=edge_foundation, data=data, service=service)
    operations = OperationsStack(
        app, environment, foundation=foundation, data=data, service=service, edge=edge, recovery=recovery
    )
    if settings and recovery:
        standby = StandbyStack(
            app,
            environment,
            settings=settings,
            recovery=recovery,
            source=data.database.instance,
            replicated=data.storage.replicated(recovery.storage),
        )
        operations.add_stack_dependency(standby)


def _check(app: App) -> None:
    # Imported here, because the edit loop does without it and should not wait for it.
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks  # noqa: PLC0415

    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())


def _add_accounts(app: App, environments: Sequence[Environment]) -> None:
    # Imported here, because one environment does without it: a tenth of what is imported is for the accounts.
    from stacks.aws.account import GLOBAL_REGION, AccountStack, NotifyingStack, RegionalAccountStack  # noqa: PLC0415
    from stacks.aws.budgets import CostsStack  # noqa: PLC0415

    policy = environments[0].policy
    registry = policy.account.aws_account_id
    for account in sorted({registry, *(environment.account.aws_account_id for environment in environments)}):
        name = naming.stack("account", "" if account == registry else account)
        main = AccountStack(app, name, policy, account=account)
        recovery = RegionalAccountStack(
            app,
            f"{name}-Recovery",
            policy,
            purpose="Account, recovery region: compliance and detection",
            account=account,
            region=policy.regions.aws.recovery.name,
            whole_account=False,
        )
        here: list[NotifyingStack] = [main, recovery]
        if all(stack.region != GLOBAL_REGION for stack in here):
            here.append(
                NotifyingStack(
                    app,
                    f"{name}-Global",
                    policy,
                    purpose="Account, no region: sign-in of the root user, calls of IAM",
                    account=account,
                    region=GLOBAL_REGION,
                )
            )
        CostsStack(
            app,
            name,
            policy=policy,
            regional=next(stack for stack in here if stack.region == GLOBAL_REGION),
            environments=[item for item in environments if item.account.aws_account_id == account],
        )


def build(environments: Sequence[Environment], *, context: Mapping[str, object] | None = None) -> App:
    """Return the application with every environment and what they share.

    ``--context environments=prod`` or ``=dev,staging`` takes those only, without the account's stacks.
    ``--context unchecked=yes`` leaves cdk-nag out, for the edit loop.

    Args:
        environments: all of them.
        context: the feature flags, where the CDK's CLI does not hand them over.
    """
    app = App(context=context)
    if not app.node.try_get_context("unchecked"):
        _check(app)
    DeliveryStack(app, policy=environments[0].policy, environments=environments)
    only = app.node.try_get_context("environments")
    if not only:
        _add_accounts(app, environments)
    for environment in select_environments(environments, only):
        add_environment(app, environment)
    return app
