"""``azure-shared``: what belongs to no environment (DR-6)."""

from cdktf import App

from constructs_lib import naming
from constructs_lib.azure.account.state import State
from constructs_lib.azure.base.resource_groups import ResourceGroup
from environments import Policy, SharedSubscription
from stacks.azure.base import STATE, STATE_CONTAINER, GoodiesTerraformStack, state_account
from stacks.terraform import SHARED


def add_shared(app: App, policy: Policy, *, account: SharedSubscription) -> None:
    """Add ``azure-shared``. The state stands in the recovery region, so that a recovery can write it."""
    stack = GoodiesTerraformStack(
        app,
        naming.terraform_stack("azure", SHARED),
        environment=SHARED,
        component="delivery",
        subscription=account.subscription_id,
        shared=account,
    )
    group = ResourceGroup(
        stack, "StateGroup", environment=SHARED, place=STATE, location=policy.regions.azure.recovery.name
    )
    State(
        stack,
        "State",
        name=state_account(account),
        container=STATE_CONTAINER,
        group=group,
        policy=policy.objects,
        subscription=stack.subscription,
        deployers=account.deployers,
    )
